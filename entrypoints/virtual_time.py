"""How a process comes by the virtual clock: where it was left, and held by that process alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

from application.clock.steps.virtual_time import held_until, hold, read_ahead
from application.ports.system import Clock, VirtualClock
from application.ports.unit_of_work import BeginWork
from entrypoints.container import Container
from entrypoints.environment import SettingsError
from entrypoints.settings import StoreKind

HELD_FOR = timedelta(seconds=15)
_RENEWED_EVERY_SECONDS = 5.0
_LOOK_SECONDS = 0.5


class ClockTaken(Exception):
    """Another process has taken the virtual clock while this one was silent."""

    def __str__(self) -> str:
        return "another process holds the virtual clock; end one of the two"


async def recall_clock(container: Container) -> None:
    """Let the clock go on from the instant it was left at, on an open store.

    Raises SettingsError where the store has been ahead of the real time, and no virtual clock is
    configured: its time would go back.
    """
    async with container.begin()() as work:
        ahead = await read_ahead(work)
    virtual: VirtualClock | None = container.steered_clock()
    if virtual is not None:
        virtual.run_ahead(ahead or timedelta())
    elif ahead is not None:
        problem = (
            f"must be virtual: this store was taken {ahead.days} days ahead of the real time; "
            "go on with BILLING_MODE=test and BILLING_CLOCK=virtual, or use a fresh store"
        )
        raise SettingsError("BILLING_CLOCK", problem)


@asynccontextmanager
async def clock_held(container: Container) -> AsyncIterator[None]:
    """Recall the clock and, where it is virtual, hold it for this process until the block ends.

    SQLite and memory have one process anyway. On PostgreSQL a lease says which process it is; one
    that was killed is waited for until its lease ends. Raises SettingsError if another lives.
    """
    has_others = container.settings().store_kind is StoreKind.POSTGRES
    if container.steered_clock() is None or not has_others:
        await recall_clock(container)
        yield
        return
    holder: str = container.new_id()()
    begin, wall_clock = container.begin(), container.wall_clock()
    await _take(begin, wall_clock, holder)
    await recall_clock(container)
    renewing = asyncio.create_task(_renew(container, holder), name="virtual-clock")
    try:
        yield
    finally:
        renewing.cancel()
        with suppress(asyncio.CancelledError):
            await renewing
        await _try(begin, wall_clock, holder, timedelta())


async def _take(begin: BeginWork, wall_clock: Clock, holder: str) -> None:
    first = await _try(begin, wall_clock, holder, HELD_FOR)
    other = first
    while other is not None:
        if other != first:
            problem = "is virtual, and another process holds the clock: it lives in one alone"
            raise SettingsError("BILLING_CLOCK", problem)
        await asyncio.sleep(_LOOK_SECONDS)
        other = await _try(begin, wall_clock, holder, HELD_FOR)


async def _try(
    begin: BeginWork, wall_clock: Clock, holder: str, held_for: timedelta
) -> object | None:
    """Hold the clock from now on, or return until when another process does."""
    async with begin() as work:
        now = wall_clock()
        other = await held_until(work, holder)
        if other is not None and other > now:
            return other
        await hold(work, holder, now + held_for)
        await work.commit()
    return None


async def _renew(container: Container, holder: str) -> None:
    begin, wall_clock, alarm = container.begin(), container.wall_clock(), container.alarm()
    while True:
        await asyncio.sleep(_RENEWED_EVERY_SECONDS)
        try:
            if await _try(begin, wall_clock, holder, HELD_FOR) is not None:
                alarm("the virtual clock is held elsewhere", ClockTaken())
        except Exception as fault:  # noqa: BLE001 - told to the operator, tried again soon
            alarm("the virtual clock's lease could not be renewed", fault)
