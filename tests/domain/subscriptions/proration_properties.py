"""What must hold of every change of plan, whatever the plans and whenever it is made.

Plain checks, so that Hypothesis looks for the smallest thing that breaks one, and a long loop for
the rarest.
"""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction

from domain.period import Period, add_months
from domain.subscriptions.proration import (
    Left,
    Rates,
    difference,
    fraction_left,
    fresh_start,
    halves,
)
from domain.subscriptions.reckoning import reckoning_of

Visit = tuple[Rates, int]
"""A plan, and the share of the period, in parts of `WHOLE`, at which it is moved to."""

WHOLE = 2_678_400_000_000
"""A month of 31 days, in microseconds."""

PRICE_MAX = 100_000_00
CREDITS_MAX = 10_000_000
_EPOCH = datetime(2024, 1, 1, tzinfo=UTC)
_MONTH = Period(_EPOCH, add_months(_EPOCH, 1))


def check_halves(amount: int, left: Fraction) -> None:
    """What is used and what is left are the whole, and neither is less than nothing."""
    parts = halves(amount, left)
    assert parts.used + parts.left == amount
    assert 0 <= parts.left <= amount


def check_bounds(before: Rates, after: Rates, left: Fraction) -> None:
    """A change costs at most the difference of the prices, and nothing at the period's end."""
    made = difference(before, after, Left(of_money=left, of_credits=left))
    low, high = sorted((0, after.price_minor - before.price_minor))
    assert low <= made.due_minor <= high
    low, high = sorted((0, after.credits - before.credits))
    assert low <= made.credits <= high


def check_reckoning(before: Rates, after: Rates, left: Fraction, *, begins_period: bool) -> None:
    """Both sides of a change are its sums, and each is its plan's share to within one unit."""
    of_all = Left(of_money=left, of_credits=left)
    made = (fresh_start if begins_period else difference)(before, after, of_all)
    sides = reckoning_of(
        made, before, after, of_all, period=_MONTH, month=None, begins_period=begins_period
    )
    share = Fraction(1) if begins_period else left
    assert sides.new_minor - sides.unused_minor == made.due_minor
    assert sides.new_credits - sides.unused_credits == made.credits
    assert abs(sides.unused_minor - before.price_minor * left) < 1
    assert abs(sides.new_minor - after.price_minor * share) < 1
    assert abs(sides.unused_credits - before.credits * left) < 1
    assert abs(sides.new_credits - after.credits * share) < 1
    assert sides.other_minor(made.due_minor) == 0


def check_monotone(before: Rates, after: Rates, left: Fraction, later: Fraction) -> None:
    """Who moves to a dearer plan later pays no more for it, and gets no more."""
    assert later <= left
    first = difference(before, after, Left(of_money=left, of_credits=left))
    second = difference(before, after, Left(of_money=later, of_credits=later))
    assert abs(second.due_minor) <= abs(first.due_minor)
    assert abs(second.credits) <= abs(first.credits)


def check_fresh_start(before: Rates, after: Rates, left: Fraction) -> None:
    """A period that begins costs its price less what is left of the old one, never less."""
    made = fresh_start(before, after, Left(of_money=left, of_credits=left))
    assert after.price_minor - before.price_minor <= made.due_minor <= after.price_minor
    assert after.credits - before.credits <= made.credits <= after.credits


def check_journey(first: Rates, visits: Sequence[Visit]) -> None:
    """Whoever wanders between plans pays for the time in each at least, and gets at most as much.

    Wherever the journey ends: not one credit and not one minor unit is won by the way.
    """
    paid, received = first.price_minor, first.credits
    fair_money, fair_credits = Fraction(first.price_minor), Fraction(first.credits)
    now = first
    for plan, parts_left in visits:
        left = Fraction(parts_left, WHOLE)
        made = difference(now, plan, Left(of_money=left, of_credits=left))
        paid, received = paid + made.due_minor, received + made.credits
        fair_money += (plan.price_minor - now.price_minor) * left
        fair_credits += (plan.credits - now.credits) * left
        now = plan
        assert paid >= fair_money
        assert received <= fair_credits
    if now == first and all(plan.price_minor >= first.price_minor for plan, _ in visits):
        # Back where it began, having had no cheaper plan on the way: it has cost something.
        assert paid >= first.price_minor


def check_drawn(chance: random.Random) -> int:
    """Check everything for one drawn life; return how many changes of plan it held."""
    plans = [
        Rates(price_minor=chance.randrange(PRICE_MAX), credits=chance.randrange(CREDITS_MAX))
        for _ in range(3)
    ]
    marks = sorted((chance.randrange(WHOLE + 1) for _ in range(4)), reverse=True)
    check_journey(plans[0], [(chance.choice(plans), mark) for mark in marks])
    left, later = Fraction(marks[0], WHOLE), Fraction(marks[-1], WHOLE)
    check_halves(plans[0].price_minor, left)
    check_bounds(plans[0], plans[1], left)
    check_monotone(plans[0], plans[1], left, later)
    check_fresh_start(plans[0], plans[1], left)
    months = chance.randrange(600)
    period = Period(add_months(_EPOCH, months), add_months(_EPOCH, months + chance.choice((1, 12))))
    at = period.start_at + timedelta(microseconds=marks[1])
    assert 0 <= fraction_left(period, at) <= 1
    return len(marks) + 4
