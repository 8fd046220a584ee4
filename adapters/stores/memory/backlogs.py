"""What waits, counted in memory."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from attrs import frozen

from adapters.stores.memory.kept_rows import OutboxRow
from adapters.stores.memory.table import Rows
from adapters.stores.memory.tables import DELIVERY_DUE, EVENT_WAITING, OUTBOX_NEW
from application.ports.backlogs import Backlog, Backlogs
from domain.events.delivery import Delivery
from domain.events.endpoint import Endpoint
from domain.payments.inbox import InboxEvent, InboxStatus


@frozen(kw_only=True)
class MemoryBacklogs(Backlogs):
    """Counts over indexes of what waits alone."""

    webhooks: Rows[InboxEvent]
    events: Rows[OutboxRow]
    waiting_deliveries: Rows[Delivery]
    endpoints: Rows[Endpoint]

    async def inbox(self) -> Backlog:
        return _backlog(event.received_at for event in self.webhooks.ascending(EVENT_WAITING))

    async def dead_webhooks(self) -> int:
        return sum(event.status is InboxStatus.DEAD for event in self.webhooks.ascending())

    async def outbox(self) -> Backlog:
        return _backlog(row.event.at for row in self.events.ascending(OUTBOX_NEW))

    async def deliveries(self) -> Backlog:
        return _backlog(
            delivery.due_at
            for endpoint in self.endpoints.ascending()
            if endpoint.is_on
            for delivery in self.waiting_deliveries.ascending(DELIVERY_DUE, prefix=(endpoint.id,))
        )


def _backlog(instants: Iterable[datetime]) -> Backlog:
    since = list(instants)
    return Backlog(count=len(since), oldest_at=min(since, default=None))
