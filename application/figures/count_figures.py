"""Count what has happened since the last time, a bounded piece at a time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from attrs import frozen

from application.figures.steps.tallies import (
    COHORTS,
    LEDGER,
    ORDERS,
    RECURRING,
    SALES,
    SPANS,
    STANDING,
    days_of,
    first_day_of,
    of_cohorts,
    of_lines,
    of_orders,
    of_subscriptions,
    start_of,
)
from application.ports.figures import Figure
from application.ports.system import Clock
from application.ports.unit_of_work import BeginRead, BeginWork, UnitOfWork

SETTLED = timedelta(minutes=2)
"""Nothing that was begun so long ago can still be on its way into the store."""

DAYS_AT_ONCE = 31


@frozen(kw_only=True)
class CountFigures:
    """Count so many lines of the ledger at most."""

    lines_max: int


@frozen(kw_only=True)
class FiguresCounted:
    """How many lines were counted and how many days of orders closed.

    Whoever is far behind is done after several rounds: `is_behind` says that another is due.
    """

    lines: int
    days: int
    is_behind: bool


@frozen(kw_only=True)
class CountingFigures:
    """Follow the ledger in the order of its ids, close days of orders, note what stands.

    Ids grow with the real time (`wall_clock`), so a line whose id is older than `SETTLED` has no
    elder that is still to come: every line is counted once. Any number of processes may count at
    once: they wait for each other's marks.

    What recurs is noted each time, who was lost once in every hour of the clock: that is told over
    whole days, and reads far more.
    """

    begin: BeginWork
    read: BeginRead
    clock: Clock
    wall_clock: Clock

    async def __call__(self, command: CountFigures) -> FiguresCounted:
        lines = await self._follow_ledger(command.lines_max)
        days = await self._close_days()
        await self._note_standing()
        is_behind = lines >= command.lines_max or days >= DAYS_AT_ONCE
        return FiguresCounted(lines=lines, days=days, is_behind=is_behind)

    async def _follow_ledger(self, lines_max: int) -> int:
        before = _id_at(self.wall_clock() - SETTLED)
        async with self.begin() as work:
            after = await work.figures.take_mark(LEDGER)
            lines = await work.figures.lines(after, before, lines_max)
            if lines:
                await work.figures.add(of_lines(lines))
                await work.figures.set_mark(LEDGER, lines[-1].id)
                await work.commit()
        return len(lines)

    async def _close_days(self) -> int:
        """Keep the orders of days that have been over for a while, and will not change again."""
        last_over = (self.clock() - SETTLED).astimezone(UTC).date() - timedelta(days=1)
        async with self.begin() as work:
            next_on = await _first_open_day(work)
            if next_on is None or next_on > last_over:
                return 0
            until = min(last_over, next_on + timedelta(days=DAYS_AT_ONCE - 1))
            days = days_of(next_on, until)
            for day in days:
                paid = await work.figures.paid(start_of(day), start_of(day + timedelta(days=1)))
                await work.figures.replace(day, SALES, of_orders(day, paid))
            await work.figures.set_mark(ORDERS, until.isoformat())
            await work.commit()
        return len(days)

    async def _note_standing(self) -> None:
        """Add up while others may write, and hold the writer only to keep what was found."""
        now = self.clock().astimezone(UTC)
        today, hour = now.date(), f"{now:%Y-%m-%dT%H}"
        measures = RECURRING
        async with self.read() as work:
            noted = await work.figures.mark(STANDING)
            standing = [*of_subscriptions(today, await work.figures.recurring())]
            if noted != hour:
                measures |= COHORTS
                standing += await _cohorts(work, today)
        async with self.begin() as work:
            if await work.figures.take_mark(STANDING) != noted:
                # Another process has noted this hour meanwhile.
                return
            await work.figures.replace(today, measures, standing)
            await work.figures.set_mark(STANDING, hour)
            await work.commit()


async def _cohorts(work: UnitOfWork, today: date) -> Sequence[Figure]:
    """Return who of those that paid when each span began is lost."""
    found: list[Figure] = []
    for days in SPANS:
        began_at = start_of(first_day_of(days, today))
        found += of_cohorts(today, days, await work.figures.cohort(began_at))
    return found


async def _first_open_day(work: UnitOfWork) -> date | None:
    mark = await work.figures.take_mark(ORDERS)
    if mark is not None:
        return date.fromisoformat(mark) + timedelta(days=1)
    first_at = await work.figures.first_paid_at()
    return None if first_at is None else first_at.astimezone(UTC).date()


def _id_at(instant: datetime) -> str:
    """Return what ids made at an instant begin with: their first 48 bits are milliseconds."""
    digits = f"{int(instant.timestamp() * 1000):012x}"
    return f"{digits[:8]}-{digits[8:]}"
