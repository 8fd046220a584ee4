"""What waits to be done, as a whole: how much, and since when."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from attrs import frozen


@frozen(kw_only=True)
class Backlog:
    """How many things wait, and since when the oldest does; None if nothing waits."""

    count: int
    oldest_at: datetime | None


class Backlogs(Protocol):
    """Counts of what waits, each by an index of what waits alone."""

    async def inbox(self) -> Backlog:
        """Return the webhooks that are still to be applied, by when they came in."""
        ...

    async def dead_webhooks(self) -> int:
        """Count the webhooks that wait for a person."""
        ...

    async def outbox(self) -> Backlog:
        """Return the events for which no deliveries were made yet, by when they were raised."""
        ...

    async def deliveries(self) -> Backlog:
        """Return the deliveries on their way, by when the next attempt is due.

        What waits for an endpoint that is off, or gone, is sent by nobody and not counted.
        """
        ...
