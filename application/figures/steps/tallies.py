"""From lines of the ledger and from orders to figures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta

from application.ports.figures import (
    Cohort,
    CountedLine,
    Figure,
    Measure,
    PaidOrders,
    SoldSubscriptions,
)
from domain.credits.transaction import CHECK_IN, LedgerAccount

LEDGER = "ledger"
"""The mark up to which lines of the ledger are counted: the id of the last one."""

ORDERS = "orders"
"""The mark up to which orders are counted: the last day that is over."""

STANDING = "standing"
"""The mark of how things stood: the hour of the clock in which it was counted who was lost."""

CREDITS = frozenset({Measure.ISSUED, Measure.SPENT, Measure.EXPIRED, Measure.WITHDRAWN})
SALES = frozenset({Measure.ORDERS, Measure.REVENUE})
COHORTS = frozenset(
    {
        Measure.COHORT,
        Measure.COHORT_LOST,
        Measure.COHORT_RECURRING,
        Measure.COHORT_RECURRING_LOST,
    }
)
RECURRING = frozenset({Measure.RECURRING, Measure.SUBSCRIPTIONS})

SPANS = (30, 90, 365)
"""The spans of days, today included, over which it is counted who was lost."""

# What comes in from usage or refunds was spent or withdrawn before, and counts against that.
_COMES_FROM: Mapping[LedgerAccount, tuple[Measure, int]] = {
    LedgerAccount.USAGE: (Measure.SPENT, -1),
    LedgerAccount.REFUNDS: (Measure.WITHDRAWN, -1),
    LedgerAccount.EXPIRED: (Measure.EXPIRED, -1),
}
_GOES_TO: Mapping[LedgerAccount, Measure] = {
    LedgerAccount.USAGE: Measure.SPENT,
    LedgerAccount.EXPIRED: Measure.EXPIRED,
}


def of_lines(lines: Iterable[CountedLine]) -> Sequence[Figure]:
    """Return what lines add to the figures of their days."""
    sums: dict[tuple[date, Measure, str], int] = {}
    for line in lines:
        measure, sign = _flow(line)
        day = line.at.astimezone(UTC).date()
        for part, amount in line.parts.items():
            name = (day, measure, part)
            sums[name] = sums.get(name, 0) + sign * amount
        if line.type == CHECK_IN and line.credit is LedgerAccount.WALLET:
            check_ins = (day, Measure.CHECK_INS, "")
            sums[check_ins] = sums.get(check_ins, 0) + 1
    return [
        Figure(day=day, measure=measure, part=part, amount=amount)
        for (day, measure, part), amount in sums.items()
    ]


def _flow(line: CountedLine) -> tuple[Measure, int]:
    if line.credit is LedgerAccount.WALLET:
        return _COMES_FROM.get(line.debit, (Measure.ISSUED, 1))
    return _GOES_TO.get(line.credit, Measure.WITHDRAWN), 1


def of_orders(day: date, paid: Iterable[PaidOrders]) -> Sequence[Figure]:
    """Return a day's orders and revenue, by currency."""
    return [
        Figure(day=day, measure=measure, part=each.currency, amount=amount)
        for each in paid
        for measure, amount in (
            (Measure.ORDERS, each.orders),
            (Measure.REVENUE, each.collected_minor),
        )
    ]


def of_subscriptions(day: date, sold: Sequence[SoldSubscriptions]) -> Sequence[Figure]:
    """Return what recurs each month, by currency; a yearly price counts for a twelfth."""
    # Nobody is a figure, too: else the last day that had somebody would seem to be the latest.
    sums: dict[tuple[Measure, str], int] = {} if sold else {(Measure.SUBSCRIPTIONS, ""): 0}
    for each in sold:
        # Rounded down: a sum of yearly prices need not divide by twelve.
        a_month = each.price_minor // each.interval.months
        for name, amount in (
            ((Measure.RECURRING, each.currency), a_month),
            ((Measure.SUBSCRIPTIONS, each.currency), each.subscriptions),
        ):
            sums[name] = sums.get(name, 0) + amount
    return [
        Figure(day=day, measure=measure, part=part, amount=amount)
        for (measure, part), amount in sums.items()
    ]


def of_cohorts(day: date, days: int, cohorts: Iterable[Cohort]) -> Sequence[Figure]:
    """Return who paid when a span began, who of them is lost, and the monthly prices of both."""
    sums: dict[tuple[Measure, str], int] = {}
    for each in cohorts:
        months = each.interval.months
        for measure, amount in (
            (Measure.COHORT, each.subscriptions),
            (Measure.COHORT_LOST, each.lost),
            (Measure.COHORT_RECURRING, each.price_minor // months),
            (Measure.COHORT_RECURRING_LOST, each.lost_price_minor // months),
        ):
            name = (measure, part_of(days, each.currency))
            sums[name] = sums.get(name, 0) + amount
    return [
        Figure(day=day, measure=measure, part=part, amount=amount)
        for (measure, part), amount in sums.items()
    ]


def part_of(days: int, currency: str) -> str:
    """Return what the figures of a cohort are called: the span's days, and the currency."""
    return f"{days} {currency}"


def first_day_of(days: int, last_on: date) -> date:
    """Return the day on which a span of days begins that ends with this one."""
    return last_on - timedelta(days=days - 1)


def start_of(day: date) -> datetime:
    """Return the first instant of a UTC day."""
    return datetime.combine(day, time(), tzinfo=UTC)


def days_of(first_on: date, last_on: date) -> Sequence[date]:
    """Return the days from the first to the last, both included."""
    return [first_on + timedelta(days=n) for n in range((last_on - first_on).days + 1)]
