"""How much waits, and for how long it has: what an operator is woken for."""

from __future__ import annotations

from attrs import frozen

from application.ports.backlogs import Backlog
from application.ports.system import Clock
from application.ports.unit_of_work import BeginRead


@frozen(kw_only=True)
class Waiting:
    """So many things wait; the oldest has for so many seconds: 0 if nothing does."""

    count: int
    seconds: float


@frozen(kw_only=True)
class BacklogsRead:
    """What waited at one instant."""

    inbox: Waiting
    dead_webhooks: int
    outbox: Waiting
    deliveries: Waiting


@frozen(kw_only=True)
class ReadingBacklogs:
    """Count what waits. Webhooks go by the billing clock, what goes out by the wall's, too."""

    read: BeginRead
    clock: Clock
    wall_clock: Clock

    async def __call__(self) -> BacklogsRead:
        async with self.read() as work:
            inbox = await work.backlogs.inbox()
            dead = await work.backlogs.dead_webhooks()
            outbox = await work.backlogs.outbox()
            deliveries = await work.backlogs.deliveries()
        return BacklogsRead(
            inbox=_waiting(inbox, self.clock),
            dead_webhooks=dead,
            outbox=_waiting(outbox, self.clock),
            deliveries=_waiting(deliveries, self.wall_clock),
        )


def _waiting(backlog: Backlog, clock: Clock) -> Waiting:
    oldest_at = backlog.oldest_at
    waited = 0.0 if oldest_at is None else (clock() - oldest_at).total_seconds()
    return Waiting(count=backlog.count, seconds=max(waited, 0.0))
