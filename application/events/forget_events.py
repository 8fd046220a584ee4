"""Delete events that are so old that nobody asks for them again."""

from __future__ import annotations

from datetime import timedelta

from attrs import frozen

from application.ports.system import Clock
from application.ports.unit_of_work import BeginWork


@frozen(kw_only=True)
class ForgetEvents:
    """Delete no more than so many."""

    events_max: int


@frozen(kw_only=True)
class EventsForgotten:
    """How many events were deleted; fewer than asked for means none is left."""

    events: int


@frozen(kw_only=True)
class ForgettingEvents:
    """Delete old events with their deliveries. What no worker has looked at yet stays."""

    begin: BeginWork
    wall_clock: Clock
    kept_for: timedelta

    async def __call__(self, command: ForgetEvents) -> EventsForgotten:
        async with self.begin() as work:
            events = await work.outbox.forget(self.wall_clock() - self.kept_for, command.events_max)
            await work.commit()
        return EventsForgotten(events=events)
