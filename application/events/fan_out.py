"""Make deliveries of new events: one for every endpoint that wants to hear of them."""

from __future__ import annotations

from attrs import frozen

from application.ports.system import Clock
from application.ports.unit_of_work import BeginWork
from application.worked_on import note
from domain.events.delivery import Delivery


@frozen(kw_only=True)
class FanOut:
    """Look at no more than so many events."""

    events_max: int


@frozen(kw_only=True)
class FannedOut:
    """How many events were looked at; fewer than asked for means none is left."""

    events: int


@frozen(kw_only=True)
class FanningOut:
    """Turn events into deliveries, in one commit, so that a crash neither loses nor doubles any.

    An endpoint that is off gets none: what it missed can be redelivered once it is on again.
    Deliveries go by the real time, whatever the billing clock says.
    """

    begin: BeginWork
    wall_clock: Clock

    async def __call__(self, command: FanOut) -> FannedOut:
        now = self.wall_clock()
        async with self.begin() as work:
            events = await work.outbox.take_new(command.events_max)
            if not events:
                return FannedOut(events=0)
            on = [endpoint for endpoint in await work.endpoints.every() if endpoint.is_on]
            await work.deliveries.add(
                [
                    Delivery(event_id=event.id, endpoint_id=endpoint.id, due_at=now)
                    for event in events
                    for endpoint in on
                    if endpoint.wants(event.type)
                ]
            )
            await work.outbox.settle([event.id for event in events])
            # All of them are made in one commit: the first one says where to look.
            note("event_id", events[0].id)
            note("account_id", events[0].account_id)
            await work.commit()
        return FannedOut(events=len(events))
