"""What is to come: the instants at which time alone makes something happen."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Agenda(Protocol):
    """When the next thing is due by the billing clock, whichever area it belongs to.

    Lots that expire or take effect, holds that fall silent, months of credits, periods that end
    without a provider, whatever else time does to a subscription, orders whose checkout runs out,
    questions about refunds, and events of the inbox that are to be tried again. The sandbox keeps
    an agenda of its own.
    """

    async def next_after(self, instant: datetime) -> datetime | None:
        """Return the first instant later than this one at which something is due, or None."""
        ...
