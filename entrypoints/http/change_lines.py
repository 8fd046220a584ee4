"""How the sum of a change of plan comes about, as lines: before it is made, and on its receipt."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from babel.numbers import format_decimal

from application.ports.papers import Amount
from domain.period import Interval, Period
from domain.subscriptions.change import Change
from domain.subscriptions.quote import Quote
from domain.subscriptions.terms import Terms
from entrypoints.http.sandbox_pages import money

LOCALE = "en_GB"
BILLED: Mapping[Interval, str] = {
    Interval.MONTHLY: "billed monthly",
    Interval.YEARLY: "billed yearly",
}
_DAY, _MINUTE = timedelta(days=1), timedelta(minutes=1)


def change_lines(change: Change | Quote, due_minor: int, other: str) -> Iterator[Amount]:
    """Return both plans with what each costs and brings for its time, and what else is due.

    `other` is what to call that: what a provider takes beside the two sides. There are no lines for
    a change that waits for its period's end.
    """
    made = change.reckoning
    if made is None:
        return
    left = rest_of(change.at, made.period)
    rest = BILLED[change.after.interval] if change.begins_period else f"for {left}"
    yield _side(change.after, rest, made.new_minor, made.new_credits)
    if made.unused_minor > 0 or made.unused_credits > 0:
        yield _side(change.before, f"unused, {left}", -made.unused_minor, -made.unused_credits)
    others = made.other_minor(due_minor)
    if others != 0:
        yield Amount(label=other, amount=signed(others, change.after.currency))


def _side(terms: Terms, detail: str, amount_minor: int, credits: int) -> Amount:
    """Return what a plan costs and brings, or what of one is given back: then below zero."""
    moved = f", {'−' if credits < 0 else ''}{counted(abs(credits))}" if credits else ""
    said = f"{detail[:1].upper()}{detail[1:]}{moved}"
    amount = signed(amount_minor, terms.currency)
    return Amount(label=terms.plan_name, detail=said, amount=amount)


def rest_of(at: datetime, period: Period) -> str:
    """Return how much of a period is left: `4 days 3 hours 20 minutes of 30 days`.

    The sum beside it is exact to the second; by the nearest minute it can be reckoned again.
    """
    minutes = (max(timedelta(0), period.end_at - at) + _MINUTE / 2) // _MINUTE
    days, minutes = divmod(minutes, _DAY // _MINUTE)
    hours, minutes = divmod(minutes, 60)
    parts = [(days, "day"), (hours, "hour"), (minutes, "minute")]
    said = " ".join(_many(number, what) for number, what in parts if number)
    whole = _many(round((period.end_at - period.start_at) / _DAY), "day")
    return f"{said or 'less than a minute'} of {whole}"


def _many(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def counted(credits: int) -> str:
    """Return a number of credits in words: `1,000 credits`."""
    number = format_decimal(credits, locale=LOCALE)
    return f"{number} {'credit' if credits == 1 else 'credits'}"


def less(amount_minor: int, currency: str) -> str:
    """Return an amount that is taken off."""
    return f"−{money(amount_minor, currency)}"


def signed(amount_minor: int, currency: str) -> str:
    """Return an amount as a part of a sum, with a true minus sign below zero."""
    return less(-amount_minor, currency) if amount_minor < 0 else money(amount_minor, currency)
