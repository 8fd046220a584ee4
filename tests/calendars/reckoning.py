"""Months and shares of them by the standard library's calendar, and what came of a life."""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

from attrs import frozen

DAY = timedelta(days=1)


@frozen(order=True)
class Paid:
    """Money that came in: when, for which period, how much.

    What a change costs in the middle of a period pays for no period of its own: it begins and ends
    with the payment.
    """

    at: datetime
    start: datetime
    end: datetime
    amount: int


@frozen(order=True)
class Given:
    """Credits that came: when, how many, until when."""

    at: datetime
    amount: int
    until: datetime


@frozen(order=True)
class Taken:
    """Credits that a change of plan took back before their time."""

    at: datetime
    amount: int


@frozen
class Life:
    """What became of a subscription: all that was paid, given and taken, and when it ended.

    `balances` are what was there, less what was owed, right after each thing that somebody did.
    """

    paid: tuple[Paid, ...]
    given: tuple[Given, ...]
    taken: tuple[Taken, ...]
    balances: tuple[int, ...]
    ended_at: datetime | None


def nth_month(first: datetime, number: int) -> datetime:
    """Return the same day so many months on, or the last day before it that there is."""
    year, month = first.year, first.month
    for _ in range(number):
        month += 1
        if month > 12:
            year, month = year + 1, 1
    day = first.day
    while True:
        try:
            found = date(year, month, day)
        except ValueError:
            day -= 1
        else:
            return datetime.combine(found, first.timetz()).astimezone(UTC)


def still_to_come(start: datetime, end: datetime, at: datetime) -> Fraction:
    """Return which share of a stretch of time lies ahead."""
    return Fraction(seconds(end - at)) / Fraction(seconds(end - start))


def seconds(time: timedelta) -> Fraction:
    """Return a length of time in seconds, exactly."""
    return time.days * 86_400 + time.seconds + Fraction(time.microseconds, 1_000_000)


def at_least(amount: Fraction) -> int:
    """Round up."""
    return -(-amount.numerator // amount.denominator)


def at_most(amount: Fraction) -> int:
    """Round down."""
    return amount.numerator // amount.denominator
