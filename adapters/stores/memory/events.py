"""Events, endpoints and deliveries in memory."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import islice, takewhile

from attrs import evolve, frozen

from adapters.stores.memory.kept_rows import OutboxRow
from adapters.stores.memory.paging import id_after, page_of
from adapters.stores.memory.table import Rows
from adapters.stores.memory.tables import DELIVERY_DUE, OUTBOX_NEW
from application.ports.credits import WriteRefused
from application.ports.events import Deliveries, Endpoints, EventFilter, Outbox
from application.ports.paging import Page, PageRequest
from domain.events.delivery import Delivery
from domain.events.endpoint import Endpoint
from domain.events.errors import EndpointNotFound, OutgoingEventNotFound
from domain.events.ids import EndpointId, EventId
from domain.events.outgoing_event import KeptEvent, OutgoingEvent


@frozen
class MemoryOutbox(Outbox):
    """Events by id."""

    events: Rows[OutboxRow]
    deliveries: Rows[Delivery]

    async def add(self, event: OutgoingEvent) -> None:
        self.events.add(OutboxRow(event=event.kept()))

    async def find(self, event_id: EventId) -> KeptEvent:
        row = self.events.find(event_id)
        if row is None:
            raise OutgoingEventNotFound(event_id=event_id)
        return row.event

    async def page(self, where: EventFilter, request: PageRequest) -> Page[KeptEvent]:
        newest = self.events.descending(before=id_after(request.after))
        found = (row.event for row in newest if _matches(where, row.event))
        return page_of(found, request.limit, lambda event: event.id)

    async def oldest(
        self, where: EventFilter, after: EventId | None, limit: int
    ) -> Sequence[KeptEvent]:
        oldest = self.events.ascending(after=None if after is None else (after,))
        return list(islice((row.event for row in oldest if _matches(where, row.event)), limit))

    async def take_new(self, limit: int) -> Sequence[KeptEvent]:
        return [row.event for row in islice(self.events.ascending(OUTBOX_NEW), limit)]

    async def settle(self, event_ids: Sequence[EventId]) -> None:
        for event_id in event_ids:
            row = self.events.take(event_id)
            if row is not None:
                self.events.change(evolve(row, is_new=False))

    async def forget(self, before: datetime, limit: int) -> int:
        oldest = list(islice(self.events.ascending(), limit))
        old = [row.event.id for row in oldest if row.event.at < before and not row.is_new]
        for event_id in old:
            for delivery in list(self.deliveries.ascending(prefix=(event_id,))):
                self.deliveries.remove(event_id, delivery.endpoint_id)
            self.events.remove(event_id)
        return len(old)


def _matches(where: EventFilter, event: KeptEvent) -> bool:
    return (
        (where.type is None or event.type == where.type)
        and (where.account_id is None or event.account_id == where.account_id)
        and (where.from_at is None or event.at >= where.from_at)
        and (where.to_at is None or event.at < where.to_at)
    )


@frozen
class MemoryEndpoints(Endpoints):
    """Endpoints by id."""

    endpoints: Rows[Endpoint]

    async def add(self, endpoint: Endpoint) -> None:
        self.endpoints.add(endpoint)

    async def save(self, endpoint: Endpoint) -> None:
        self.endpoints.change(endpoint)

    async def remove(self, endpoint_id: EndpointId) -> None:
        self.endpoints.remove(endpoint_id)

    async def find(self, endpoint_id: EndpointId) -> Endpoint:
        return _found(self.endpoints.find(endpoint_id), endpoint_id)

    async def take(self, endpoint_id: EndpointId) -> Endpoint:
        return _found(self.endpoints.take(endpoint_id), endpoint_id)

    async def every(self) -> Sequence[Endpoint]:
        return list(self.endpoints.ascending())


def _found(endpoint: Endpoint | None, endpoint_id: EndpointId) -> Endpoint:
    if endpoint is None:
        raise EndpointNotFound(endpoint_id=endpoint_id)
    return endpoint


@frozen
class MemoryDeliveries(Deliveries):
    """Deliveries by event and endpoint."""

    deliveries: Rows[Delivery]
    events: Rows[OutboxRow]
    endpoints: Rows[Endpoint]

    async def add(self, new: Sequence[Delivery]) -> None:
        for delivery in new:
            if self.events.find(delivery.event_id) is None:
                raise WriteRefused(f"there is no event {delivery.event_id}")
            if self.deliveries.find(delivery.event_id, delivery.endpoint_id) is None:
                self.deliveries.add(delivery)

    async def save(self, delivery: Delivery) -> None:
        self.deliveries.change(delivery)

    async def take(self, event_id: EventId, endpoint_id: EndpointId) -> Delivery | None:
        return self.deliveries.take(event_id, endpoint_id)

    async def abandon(self, endpoint_id: EndpointId) -> None:
        for delivery in list(self.deliveries.ascending(DELIVERY_DUE, prefix=(endpoint_id,))):
            taken = self.deliveries.take(delivery.event_id, endpoint_id)
            if taken is not None and taken.is_waiting:
                self.deliveries.change(taken.abandoned())

    async def of_event(self, event_id: EventId) -> Sequence[Delivery]:
        return list(self.deliveries.ascending(prefix=(event_id,)))

    async def with_due(self, now: datetime) -> Sequence[EndpointId]:
        on = (endpoint.id for endpoint in self.endpoints.ascending() if endpoint.is_on)
        return [endpoint_id for endpoint_id in on if await self.due(endpoint_id, now, 1)]

    async def due(self, endpoint_id: EndpointId, now: datetime, limit: int) -> Sequence[Delivery]:
        waiting = self.deliveries.ascending(DELIVERY_DUE, prefix=(endpoint_id,))
        due = takewhile(lambda delivery: delivery.due_at <= now, waiting)
        return list(islice(due, limit))
