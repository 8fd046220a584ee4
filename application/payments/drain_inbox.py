"""Try again the events that have not been applied."""

from __future__ import annotations

from attrs import frozen

from application.one_by_one import one_by_one
from application.ports.payments import ApplyNow
from application.ports.system import Clock
from application.ports.unit_of_work import BeginRead


@frozen(kw_only=True)
class DrainInbox:
    """Look at no more than so many events."""

    events_max: int = 100


@frozen(kw_only=True)
class InboxDrained:
    """How many events were tried; what another process has tried or claimed does not count.

    `looked_at` is how many were due; fewer than asked for means that none is left.
    """

    tried: int
    looked_at: int


@frozen(kw_only=True)
class DrainingInbox:
    """Apply what waits, oldest first, each in its own units of work.

    What is due may be somebody else's by the time its turn comes, so it is looked at again then.
    """

    read: BeginRead
    apply: ApplyNow
    clock: Clock

    async def __call__(self, command: DrainInbox) -> InboxDrained:
        async with self.read() as work:
            waiting = await work.inbox.waiting(self.clock(), command.events_max)
        tried = await one_by_one(waiting, lambda event: self.apply(*event))
        return InboxDrained(tried=sum(tried), looked_at=len(waiting))
