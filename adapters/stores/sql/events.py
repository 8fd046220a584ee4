"""Events, endpoints and deliveries in the database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from attrs import frozen
from cattrs.preconf.json import make_converter
from sqlalchemy import Select, and_, delete, exists, select, text, update

from adapters.stores.sql import rows
from adapters.stores.sql.open_transaction import AnyRow, OpenTransaction, Values
from adapters.stores.sql.paging import id_after, page_of
from adapters.stores.sql.tables.events import deliveries, endpoints, outbox
from application.ports.events import Deliveries, Endpoints, EventFilter, Outbox
from application.ports.paging import Page, PageRequest
from domain.events.delivery import Attempt, Delivery, DeliveryStatus
from domain.events.endpoint import Endpoint, EndpointSecret, EndpointStatus
from domain.events.errors import EndpointNotFound, OutgoingEventNotFound
from domain.events.ids import EndpointId, EventId
from domain.events.outgoing_event import EventType, KeptEvent, OutgoingEvent

_CONVERTER = make_converter()
_WAITING = DeliveryStatus.WAITING.value
# Written out as in the partial index: a parameter would keep it from being used.
_IS_WAITING = text("deliveries.status = 'waiting'")


@frozen
class SqlOutbox(Outbox):
    """Events by id."""

    transaction: OpenTransaction

    async def add(self, event: OutgoingEvent) -> None:
        kept = event.kept()
        values = {
            "id": kept.id,
            "account_id": kept.account_id,
            "type": kept.type,
            "at": kept.at,
            "payload": kept.payload,
        }
        await rows.add(self.transaction, outbox, values)

    async def find(self, event_id: EventId) -> KeptEvent:
        row = await rows.find(self.transaction, outbox, event_id)
        if row is None:
            raise OutgoingEventNotFound(event_id=event_id)
        return _event(row)

    async def page(self, where: EventFilter, request: PageRequest) -> Page[KeptEvent]:
        query = _matching(where).order_by(outbox.c.id.desc()).limit(request.limit + 1)
        if request.after is not None:
            query = query.where(outbox.c.id < id_after(request.after))
        found = [_event(row) for row in await self.transaction.run(query)]
        return page_of(found, request.limit, lambda event: event.id)

    async def oldest(
        self, where: EventFilter, after: EventId | None, limit: int
    ) -> Sequence[KeptEvent]:
        query = _matching(where).order_by(outbox.c.id).limit(limit)
        if after is not None:
            query = query.where(outbox.c.id > after)
        return [_event(row) for row in await self.transaction.run(query)]

    async def take_new(self, limit: int) -> Sequence[KeptEvent]:
        query = select(outbox).where(outbox.c.is_new).order_by(outbox.c.id).limit(limit)
        free = query.with_for_update(skip_locked=True)
        return [_event(row) for row in await self.transaction.run(free)]

    async def settle(self, event_ids: Sequence[EventId]) -> None:
        is_one = outbox.c.id.in_(event_ids)
        await self.transaction.run(update(outbox).where(is_one).values(is_new=False))

    async def forget(self, before: datetime, limit: int) -> int:
        # Ids grow with time, so that the oldest events are found without an index of their own.
        columns = select(outbox.c.id, outbox.c.at, outbox.c.is_new)
        oldest = await self.transaction.run(columns.order_by(outbox.c.id).limit(limit))
        old = [row.id for row in oldest if row.at < before and not row.is_new]
        if old:
            of_old = deliveries.c.event_id.in_(old)
            await self.transaction.run(delete(deliveries).where(of_old))
            await self.transaction.run(delete(outbox).where(outbox.c.id.in_(old)))
        return len(old)


def _matching(where: EventFilter) -> Select[*tuple[Any, ...]]:
    query: Select[*tuple[Any, ...]] = select(outbox)
    if where.type is not None:
        query = query.where(outbox.c.type == where.type)
    if where.account_id is not None:
        query = query.where(outbox.c.account_id == where.account_id)
    if where.from_at is not None:
        query = query.where(outbox.c.at >= where.from_at)
    if where.to_at is not None:
        query = query.where(outbox.c.at < where.to_at)
    return query


def _event(row: AnyRow) -> KeptEvent:
    return KeptEvent(
        id=EventId(row.id),
        type=row.type,
        account_id=row.account_id,
        at=row.at,
        payload=row.payload,
    )


@frozen
class SqlEndpoints(Endpoints):
    """Endpoints by id."""

    transaction: OpenTransaction

    async def add(self, endpoint: Endpoint) -> None:
        await rows.add(self.transaction, endpoints, _endpoint_values(endpoint))

    async def save(self, endpoint: Endpoint) -> None:
        await rows.change(self.transaction, endpoints, _endpoint_values(endpoint))

    async def remove(self, endpoint_id: EndpointId) -> None:
        await rows.remove(self.transaction, endpoints, endpoint_id)

    async def find(self, endpoint_id: EndpointId) -> Endpoint:
        return _found(await rows.find(self.transaction, endpoints, endpoint_id), endpoint_id)

    async def take(self, endpoint_id: EndpointId) -> Endpoint:
        return _found(await rows.take(self.transaction, endpoints, endpoint_id), endpoint_id)

    async def every(self) -> Sequence[Endpoint]:
        query = select(endpoints).order_by(endpoints.c.id)
        return [_endpoint(row) for row in await self.transaction.run(query)]


def _found(row: AnyRow | None, endpoint_id: EndpointId) -> Endpoint:
    if row is None:
        raise EndpointNotFound(endpoint_id=endpoint_id)
    return _endpoint(row)


def _endpoint_values(endpoint: Endpoint) -> Values:
    return {
        "id": endpoint.id,
        "url": endpoint.url,
        "description": endpoint.description,
        "types": _CONVERTER.dumps(sorted(each.value for each in endpoint.types)),
        "status": endpoint.status.value,
        "secrets": _CONVERTER.dumps(endpoint.secrets),
        "failing_since": endpoint.failing_since,
        "created_at": endpoint.created_at,
        "changed_at": endpoint.changed_at,
    }


def _endpoint(row: AnyRow) -> Endpoint:
    return Endpoint(
        id=EndpointId(row.id),
        url=row.url,
        description=row.description,
        types=_CONVERTER.loads(row.types, frozenset[EventType]),
        status=EndpointStatus(row.status),
        secrets=_CONVERTER.loads(row.secrets, tuple[EndpointSecret, ...]),
        failing_since=row.failing_since,
        created_at=row.created_at,
        changed_at=row.changed_at,
    )


@frozen
class SqlDeliveries(Deliveries):
    """Deliveries by event and endpoint."""

    transaction: OpenTransaction

    async def add(self, new: Sequence[Delivery]) -> None:
        if new:
            insert = self.transaction.insert(deliveries).on_conflict_do_nothing()
            await self.transaction.run(insert, [_delivery_values(each) for each in new])

    async def save(self, delivery: Delivery) -> None:
        await rows.change(self.transaction, deliveries, _delivery_values(delivery))

    async def take(self, event_id: EventId, endpoint_id: EndpointId) -> Delivery | None:
        row = await rows.take(self.transaction, deliveries, event_id, endpoint_id)
        return None if row is None else _delivery(row)

    async def abandon(self, endpoint_id: EndpointId) -> None:
        column = deliveries.c
        is_waiting = and_(column.endpoint_id == endpoint_id, _IS_WAITING)
        # Locked by event, as whoever sends a range of events again locks them.
        waiting = select(column.event_id).where(is_waiting).order_by(column.event_id)
        given_up = update(deliveries).where(
            is_waiting, column.event_id.in_(self.transaction.locked(waiting))
        )
        await self.transaction.run(given_up.values(status=DeliveryStatus.ABANDONED.value))

    async def of_event(self, event_id: EventId) -> Sequence[Delivery]:
        query = select(deliveries).where(deliveries.c.event_id == event_id)
        in_order = query.order_by(deliveries.c.endpoint_id)
        return [_delivery(row) for row in await self.transaction.run(in_order)]

    async def with_due(self, now: datetime) -> Sequence[EndpointId]:
        column = deliveries.c
        is_due = and_(
            column.endpoint_id == endpoints.c.id, column.status == _WAITING, column.due_at <= now
        )
        is_on = endpoints.c.status == EndpointStatus.ON.value
        query = select(endpoints.c.id).where(is_on, exists().where(is_due))
        found = await self.transaction.run(query.order_by(endpoints.c.id))
        return [EndpointId(row.id) for row in found]

    async def due(self, endpoint_id: EndpointId, now: datetime, limit: int) -> Sequence[Delivery]:
        column = deliveries.c
        is_due = and_(
            column.endpoint_id == endpoint_id, column.status == _WAITING, column.due_at <= now
        )
        query = select(deliveries).where(is_due).order_by(column.due_at, column.event_id)
        free = query.limit(limit).with_for_update(skip_locked=True)
        return [_delivery(row) for row in await self.transaction.run(free)]


def _delivery_values(delivery: Delivery) -> Values:
    return {
        "event_id": delivery.event_id,
        "endpoint_id": delivery.endpoint_id,
        "status": delivery.status.value,
        "tries": delivery.tries,
        "due_at": delivery.due_at,
        "delivered_at": delivery.delivered_at,
        "attempts": _CONVERTER.dumps(delivery.attempts),
    }


def _delivery(row: AnyRow) -> Delivery:
    return Delivery(
        event_id=EventId(row.event_id),
        endpoint_id=EndpointId(row.endpoint_id),
        status=DeliveryStatus(row.status),
        tries=row.tries,
        due_at=row.due_at,
        delivered_at=row.delivered_at,
        attempts=_CONVERTER.loads(row.attempts, tuple[Attempt, ...]),
    )
