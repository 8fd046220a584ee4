"""From when on a provider is read, where nobody says so and nothing was compared before."""

from __future__ import annotations

from datetime import datetime, timedelta

from application.ports.paging import PageRequest
from application.ports.payments import InboxFilter
from application.ports.unit_of_work import BeginRead
from domain.payments.ids import Channel

LOOK_BACK = timedelta(days=7)


async def last_heard(read: BeginRead, channel: Channel, now: datetime) -> datetime:
    """Return the instant a week ago, or further back if nothing has been heard for longer."""
    async with read() as work:
        newest = await work.inbox.page(InboxFilter(channel=channel), PageRequest(limit=1))
    return min([now - LOOK_BACK, *(event.received_at for event in newest.items)])
