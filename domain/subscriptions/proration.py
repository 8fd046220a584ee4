"""What a change of plan in the middle of a paid period costs, and how many credits it brings.

One fraction moves both money and credits: how much of the time that was paid for is still to come,
exact to the microsecond. Money and credits each have the stretch of time that they were sold for:
the paid period for the price, the running month for its lot of credits. On a monthly plan the two
are the same. On a yearly plan they are not, and the months to come need no reckoning: each brings
its own lot, at what the new plan brings.

Every sum is rounded once, at its end, and never for the customer: what is to be paid is rounded up,
what comes in is rounded down. So a way there and back brings no more than staying did.
"""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from fractions import Fraction

from attrs import field, frozen

from domain.amount import not_negative
from domain.period import Period

_MICROSECOND = timedelta(microseconds=1)


@frozen(kw_only=True)
class Rates:
    """What a plan costs for a paid period, in minor units, and the credits it brings a month."""

    price_minor: int = field(validator=not_negative)
    credits: int = field(validator=not_negative)


@frozen(kw_only=True)
class Left:
    """How much is left of the paid period (`of_money`) and of the running month (`of_credits`).

    Both lie from 0 to 1. They are the same fraction where the period is a month.
    """

    of_money: Fraction
    of_credits: Fraction


@frozen(kw_only=True)
class Prorated:
    """What a change costs now, in minor units, and the credits it brings now.

    Below zero, money is credited to the customer, and credits are taken back.
    """

    due_minor: int
    credits: int


@frozen(kw_only=True)
class Halves:
    """An amount in two parts: what the time that has gone used up, and what is left of it."""

    used: int
    left: int


def fraction_left(period: Period, at: datetime) -> Fraction:
    """Return how much of a period is still to come at an instant: 1 before it, 0 after it."""
    inside = min(max(at, period.start_at), period.end_at)
    return Fraction(
        (period.end_at - inside) // _MICROSECOND,
        (period.end_at - period.start_at) // _MICROSECOND,
    )


def left_at(period: Period, month: Period, at: datetime) -> Left:
    """Return what is left of a paid period and of the month of it that runs."""
    return Left(of_money=fraction_left(period, at), of_credits=fraction_left(month, at))


def halves(amount: int, left: Fraction) -> Halves:
    """Divide an amount in what has been used and what is left, which add up to the whole.

    What is left is rounded down.
    """
    assert 0 <= left <= 1
    rest = math.floor(amount * left)
    return Halves(used=amount - rest, left=rest)


def difference(before: Rates, after: Rates, left: Left) -> Prorated:
    """Return what it takes to have the new plan for the rest of the period, and no longer the old.

    A dearer plan costs the share of the difference, and brings the share of its further credits:
    never a second month of them. A cheaper one gives back both in the same way.
    """
    return Prorated(
        due_minor=math.ceil((after.price_minor - before.price_minor) * left.of_money),
        credits=math.floor((after.credits - before.credits) * left.of_credits),
    )


def fresh_start(before: Rates, after: Rates, left: Left) -> Prorated:
    """Return what it takes where the new plan begins a period of its own now.

    It costs its price and brings its month; what is left of the old one's is set against both.
    """
    return Prorated(
        due_minor=math.ceil(after.price_minor - before.price_minor * left.of_money),
        credits=math.floor(after.credits - before.credits * left.of_credits),
    )
