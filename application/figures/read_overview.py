"""How things go: credits, sales and what recurs, over a span of days."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, timedelta

from attrs import frozen

from application.figures.steps.churn import Churn, churn_of
from application.figures.steps.tallies import (
    CREDITS,
    LEDGER,
    ORDERS,
    days_of,
    first_day_of,
    of_lines,
    of_orders,
    start_of,
)
from application.ports.figures import Figure, Measure
from application.ports.system import Clock
from application.ports.unit_of_work import BeginRead, UnitOfWork
from domain.credits.grant import Category
from domain.credits.ids import OVERDRAFT
from domain.payments.inbox import InboxStatus

LINES_COUNTED_MAX = 2_000
"""So many lines that are not counted yet are counted on the spot; beyond that figures lag."""

DAYS_COUNTED_MAX = 3
FAILING_MAX = 100

_FREE = frozenset(category.value for category in Category if category.is_free)


@frozen(kw_only=True)
class ReadOverview:
    """Ask about so many days, today included."""

    days: int


@frozen(kw_only=True)
class Overview:
    """The figures of a span of days, and how things stand now.

    `outstanding` are credits that were issued and are neither spent, expired nor withdrawn, by the
    category of their lot. `is_complete` says whether everything up to now is counted.
    """

    first_on: date
    last_on: date
    figures: Sequence[Figure]
    outstanding: Mapping[str, int]
    standing_on: date | None
    failing: Mapping[InboxStatus, int]
    is_complete: bool

    def total(self, measure: Measure) -> int:
        """Return the sum of a measure over all its parts."""
        return sum(figure.amount for figure in self.figures if figure.measure is measure)

    def by_part(self, measure: Measure) -> Mapping[str, int]:
        """Return the sums of a measure by part."""
        sums: dict[str, int] = {}
        for figure in self.figures:
            if figure.measure is measure:
                sums[figure.part] = sums.get(figure.part, 0) + figure.amount
        return sums

    def by_day(self, measure: Measure, part: str | None = None) -> Sequence[int]:
        """Return a measure of each day, of one part or of all of them."""
        sums = dict.fromkeys(days_of(self.first_on, self.last_on), 0)
        for figure in self.figures:
            if figure.measure is measure and part in (None, figure.part):
                sums[figure.day] += figure.amount
        return list(sums.values())

    def standing(self, measure: Measure) -> Mapping[str, int]:
        """Return how something stood when it was last looked at, by part."""
        return {
            figure.part: figure.amount
            for figure in self.figures
            if figure.measure is measure and figure.day == self.standing_on
        }

    @property
    def churn(self) -> Churn | None:
        """Who was lost over the span when it was last looked at; None if it never was."""
        if self.standing_on is None:
            return None
        latest = (figure for figure in self.figures if figure.day == self.standing_on)
        return churn_of(latest, (self.last_on - self.first_on).days + 1)

    @property
    def outstanding_free(self) -> int:
        """Credits outstanding that nobody paid for."""
        return sum(amount for part, amount in self.outstanding.items() if part in _FREE)

    @property
    def owed(self) -> int:
        """Credits that accounts owe, because no lot covered them."""
        return -self.outstanding.get(OVERDRAFT, 0)

    @property
    def outstanding_paid(self) -> int:
        """Credits outstanding that were bought, or included in a paid plan."""
        every = sum(self.outstanding.values())
        return every - self.outstanding_free + self.owed


@frozen(kw_only=True)
class ReadingOverview:
    """Add what is not counted yet to the figures that are kept; no ledger is ever added up whole.

    At most `LINES_COUNTED_MAX` lines and `DAYS_COUNTED_MAX` days of orders are read.
    """

    read: BeginRead
    clock: Clock

    async def __call__(self, command: ReadOverview) -> Overview:
        last_on = self.clock().astimezone(UTC).date()
        first_on = first_day_of(command.days, last_on)
        async with self.read() as work:
            kept = await work.figures.between(first_on, last_on)
            totals = await work.figures.totals(CREDITS)
            lines = await work.figures.lines(
                await work.figures.mark(LEDGER), None, LINES_COUNTED_MAX + 1
            )
            sold, are_counted = await _lately_sold(work, last_on)
            failing = await work.figures.failing(FAILING_MAX)
        is_complete = are_counted and len(lines) <= LINES_COUNTED_MAX
        lately = of_lines(lines[:LINES_COUNTED_MAX])
        standing = [figure.day for figure in kept if figure.measure is Measure.SUBSCRIPTIONS]
        shown = [figure for figure in (*kept, *lately, *sold) if first_on <= figure.day <= last_on]
        return Overview(
            first_on=first_on,
            last_on=last_on,
            figures=shown,
            outstanding=_outstanding(totals, lately),
            standing_on=max(standing, default=None),
            failing=failing,
            is_complete=is_complete,
        )


async def _lately_sold(work: UnitOfWork, today: date) -> tuple[Sequence[Figure], bool]:
    """Return the orders of the days that are not closed yet, and whether those are all."""
    mark = await work.figures.mark(ORDERS)
    earliest = today - timedelta(days=DAYS_COUNTED_MAX - 1)
    if mark is None:
        first_at = await work.figures.first_paid_at()
        open_on = earliest if first_at is None else first_at.astimezone(UTC).date()
    else:
        open_on = date.fromisoformat(mark) + timedelta(days=1)
    sold: list[Figure] = []
    for day in days_of(max(open_on, earliest), today):
        paid = await work.figures.paid(start_of(day), start_of(day + timedelta(days=1)))
        sold += of_orders(day, paid)
    return sold, open_on >= earliest


def _outstanding(
    totals: Mapping[tuple[Measure, str], int], lately: Iterable[Figure]
) -> Mapping[str, int]:
    left: dict[str, int] = {}
    flows = [*((name, amount) for name, amount in totals.items())]
    flows += [((figure.measure, figure.part), figure.amount) for figure in lately]
    for (measure, part), amount in flows:
        if measure in CREDITS:
            sign = 1 if measure is Measure.ISSUED else -1
            left[part] = left.get(part, 0) + sign * amount
    return left
