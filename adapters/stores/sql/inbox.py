"""The inbox in the database: webhooks as they came."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec
from attrs import frozen
from sqlalchemy import delete, insert, or_, select, text, tuple_, update

from adapters.stores.sql import rows
from adapters.stores.sql.open_transaction import AnyRow, OpenTransaction, Values
from adapters.stores.sql.paging import id_after, page_of
from adapters.stores.sql.tables.payments import inbox, inbox_names
from application.ports.paging import Page, PageRequest
from application.ports.payments import Inbox, InboxFilter, NotedName
from domain.payments.errors import EventNotFound
from domain.payments.ids import Channel, InboxId
from domain.payments.inbox import InboxEvent, InboxStatus
from domain.payments.webhook_names import NameDigest, digests_in

_WAITING = (InboxStatus.RECEIVED.value, InboxStatus.FAILED.value)

# Written out as in the partial index: a parameter would keep it from being used.
_HAS_BODY = text("length(body) > 0")


@frozen
class SqlInbox(Inbox):
    """Webhooks by channel and the provider's id."""

    transaction: OpenTransaction

    async def add(self, event: InboxEvent) -> bool:
        is_new = await rows.add_new(self.transaction, inbox, _values(event))
        names = [{"name": each, "inbox_id": event.id} for each in digests_in(event.body)]
        if is_new and names:
            await self.transaction.run(insert(inbox_names), names)
        return is_new

    async def find(self, channel: Channel, event_id: str) -> InboxEvent | None:
        row = await rows.find(self.transaction, inbox, channel, event_id)
        return None if row is None else _event(row)

    async def find_id(self, inbox_id: InboxId) -> InboxEvent:
        found = await self.transaction.run(select(inbox).where(inbox.c.id == inbox_id))
        if not found:
            raise EventNotFound(event_id=inbox_id)
        return _event(found[0])

    async def page(self, where: InboxFilter, request: PageRequest) -> Page[InboxEvent]:
        query = select(inbox).order_by(inbox.c.id.desc()).limit(request.limit + 1)
        if request.after is not None:
            query = query.where(inbox.c.id < id_after(request.after))
        if where.channel is not None:
            query = query.where(inbox.c.channel == where.channel)
        if where.status is not None:
            query = query.where(inbox.c.status == where.status.value)
        if where.from_at is not None:
            query = query.where(inbox.c.received_at >= where.from_at)
        if where.to_at is not None:
            query = query.where(inbox.c.received_at < where.to_at)
        events = [_event(row) for row in await self.transaction.run(query)]
        return page_of(events, request.limit, lambda event: event.id)

    async def of_ids(self, inbox_ids: Sequence[InboxId]) -> Sequence[InboxEvent]:
        query = select(inbox).where(inbox.c.id.in_(inbox_ids)).order_by(inbox.c.id.desc())
        return [_event(row) for row in await self.transaction.run(query)]

    async def noted_by(
        self, names: Sequence[NameDigest], after: NotedName | None, limit: int
    ) -> Sequence[NotedName]:
        column = inbox_names.c
        query = select(column.name, column.inbox_id).where(column.name.in_(names))
        if after is not None:
            last = (after.name, after.inbox_id)
            query = query.where(tuple_(column.name, column.inbox_id) > last)
        noted = await self.transaction.run(
            query.order_by(column.name, column.inbox_id).limit(limit)
        )
        return [
            NotedName(name=NameDigest(row.name), inbox_id=InboxId(row.inbox_id)) for row in noted
        ]

    async def take(self, channel: Channel, event_id: str) -> InboxEvent:
        row = await rows.take(self.transaction, inbox, channel, event_id)
        if row is None:
            raise EventNotFound(event_id=event_id)
        return _event(row)

    async def save(self, event: InboxEvent) -> None:
        await rows.change(self.transaction, inbox, _values(event))
        if not event.has_body:
            await self._forget_names([event.id])

    async def waiting(self, now: datetime, limit: int) -> Sequence[tuple[Channel, str]]:
        column = inbox.c
        is_due = or_(column.next_try_at.is_(None), column.next_try_at <= now)
        query = select(column.channel, column.event_id).where(column.status.in_(_WAITING), is_due)
        oldest = query.order_by(column.received_at, column.channel, column.event_id).limit(limit)
        return [(Channel(row.channel), row.event_id) for row in await self.transaction.run(oldest)]

    async def drop_bodies(self, before: datetime, limit: int) -> int:
        column = inbox.c
        query = select(column.id).where(
            _HAS_BODY, column.received_at < before, column.status.not_in(_WAITING)
        )
        oldest = query.order_by(column.received_at).limit(limit)
        found = await self.transaction.run(oldest.with_for_update(skip_locked=True))
        ids = [row.id for row in found]
        if ids:
            dropped = update(inbox).where(column.id.in_(ids)).values(body=b"")
            await self.transaction.run(dropped)
            await self._forget_names(ids)
        return len(ids)

    async def _forget_names(self, inbox_ids: Sequence[str]) -> None:
        named = inbox_names.c.inbox_id.in_(inbox_ids)
        await self.transaction.run(delete(inbox_names).where(named))


def _values(event: InboxEvent) -> Values:
    return {
        "id": event.id,
        "channel": event.channel,
        "event_id": event.event_id,
        "type": event.type,
        "body": event.body,
        "received_at": event.received_at,
        "status": event.status.value,
        "tries": event.tries,
        "next_try_at": event.next_try_at,
        "error": event.error,
        "effects": msgspec.json.encode(event.effects).decode(),
        "applied_at": event.applied_at,
    }


def _event(row: AnyRow) -> InboxEvent:
    return InboxEvent(
        id=InboxId(row.id),
        channel=Channel(row.channel),
        event_id=row.event_id,
        type=row.type,
        body=row.body,
        received_at=row.received_at,
        status=InboxStatus(row.status),
        tries=row.tries,
        next_try_at=row.next_try_at,
        error=row.error,
        effects=msgspec.json.decode(row.effects, type=tuple[str, ...]),
        applied_at=row.applied_at,
    )
