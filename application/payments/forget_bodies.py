"""Drop the bodies of old webhooks: they name people, and what they caused stands without them."""

from __future__ import annotations

from datetime import timedelta

from attrs import frozen

from application.ports.system import Clock
from application.ports.unit_of_work import BeginWork


@frozen(kw_only=True)
class ForgetBodies:
    """Drop no more than so many bodies."""

    events_max: int = 200


@frozen(kw_only=True)
class BodiesForgotten:
    """How many were dropped; fewer than asked for means that none is left."""

    events: int


@frozen(kw_only=True)
class ForgettingBodies:
    """Drop bodies older than `kept_for`; ids, instants and effects stay, and so does what waits."""

    begin: BeginWork
    clock: Clock
    kept_for: timedelta

    async def __call__(self, command: ForgetBodies) -> BodiesForgotten:
        before = self.clock() - self.kept_for
        async with self.begin() as work:
            dropped = await work.inbox.drop_bodies(before, command.events_max)
            await work.commit()
        return BodiesForgotten(events=dropped)
