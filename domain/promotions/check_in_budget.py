"""What the whole product may give away for check-ins, by day and by month, and how it is split."""

from __future__ import annotations

from calendar import monthrange
from datetime import date

from attrs import frozen

from domain.promotions.check_in_rules import Budgets

SLICES = 16

_DAY, _MONTH = "day:", "month:"


@frozen
class Budget:
    """The most that may be given in one period of the product's calendar, in credits."""

    period: str
    limit: int


def product_budgets(budgets: Budgets, day: date) -> tuple[Budget, ...]:
    """Return the budgets that an award given on this day of the product must fit in.

    The day's comes before the month's, always: locks are taken in this order.
    """
    limits = zip(periods_of(day), (budgets.day, budgets.month), strict=True)
    return tuple(Budget(period, limit) for period, limit in limits if limit is not None)


def periods_of(day: date) -> tuple[str, str]:
    """Return the names of the day, and of the month, that a day of the product belongs to."""
    return f"{_DAY}{day.isoformat()}", f"{_MONTH}{day.isoformat()[:7]}"


def days_of(period: str) -> tuple[date, date]:
    """Return the first and the last day of a period that has such a name."""
    if period.startswith(_DAY):
        day = date.fromisoformat(period.removeprefix(_DAY))
        return day, day
    first = date.fromisoformat(f"{period.removeprefix(_MONTH)}-01")
    return first, first.replace(day=monthrange(first.year, first.month)[1])


def shared_out(left: int, least: int) -> tuple[int, ...]:
    """Split what is left of a budget into slices, so that awards need not wait for each other.

    The parts add up to the whole. Where an even share would hold no award of `least` credits any
    more, fewer slices get larger ones, so that the last credits of a budget can be given as well.
    """
    slices = max(1, min(SLICES, left // least))
    share, rest = divmod(left, slices)
    return tuple(
        (share + (at < rest)) if at < slices else 0  # the remainder goes to the first slices
        for at in range(SLICES)
    )
