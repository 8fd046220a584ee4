"""The inbox in memory: webhooks as they came."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import islice, takewhile

from attrs import frozen

from adapters.stores.memory.inbox_names import NAME_BY_EVENT
from adapters.stores.memory.paging import id_after, page_of
from adapters.stores.memory.table import Rows
from adapters.stores.memory.tables import EVENT_BY_ID, EVENT_WAITING, EVENT_WITH_BODY
from application.ports.paging import Page, PageRequest
from application.ports.payments import Inbox, InboxFilter, NotedName
from domain.payments.errors import EventNotFound
from domain.payments.ids import Channel, InboxId
from domain.payments.inbox import InboxEvent
from domain.payments.webhook_names import NameDigest, digests_in


@frozen
class MemoryInbox(Inbox):
    """Webhooks by channel and the provider's id."""

    events: Rows[InboxEvent]
    names: Rows[NotedName]

    async def add(self, event: InboxEvent) -> bool:
        if self.events.find(event.channel, event.event_id) is not None:
            return False
        self.events.add(event)
        for name in digests_in(event.body):
            self.names.add(NotedName(name=name, inbox_id=event.id))
        return True

    async def find(self, channel: Channel, event_id: str) -> InboxEvent | None:
        return self.events.find(channel, event_id)

    async def find_id(self, inbox_id: InboxId) -> InboxEvent:
        found = self.events.find_by(EVENT_BY_ID, inbox_id)
        if found is None:
            raise EventNotFound(event_id=inbox_id)
        return found

    async def page(self, where: InboxFilter, request: PageRequest) -> Page[InboxEvent]:
        newest = self.events.descending(EVENT_BY_ID, before=id_after(request.after))
        wanted = (event for event in newest if _is_wanted(event, where))
        return page_of(wanted, request.limit, lambda event: event.id)

    async def of_ids(self, inbox_ids: Sequence[InboxId]) -> Sequence[InboxEvent]:
        newest = sorted(set(inbox_ids), reverse=True)
        found = (self.events.find_by(EVENT_BY_ID, inbox_id) for inbox_id in newest)
        return [event for event in found if event is not None]

    async def noted_by(
        self, names: Sequence[NameDigest], after: NotedName | None, limit: int
    ) -> Sequence[NotedName]:
        last = None if after is None else (after.name, after.inbox_id)
        noted = (
            each
            for name in sorted(set(names))
            if last is None or name >= last[0]
            for each in self.names.ascending(
                prefix=(name,), after=last if last and name == last[0] else None
            )
        )
        return list(islice(noted, limit))

    async def take(self, channel: Channel, event_id: str) -> InboxEvent:
        found = self.events.take(channel, event_id)
        if found is None:
            raise EventNotFound(event_id=event_id)
        return found

    async def save(self, event: InboxEvent) -> None:
        self.events.change(event)
        if not event.has_body:
            self._forget_names(event)

    async def waiting(self, now: datetime, limit: int) -> Sequence[tuple[Channel, str]]:
        due = (
            (event.channel, event.event_id)
            for event in self.events.ascending(EVENT_WAITING)
            if event.next_try_at is None or event.next_try_at <= now
        )
        return list(islice(due, limit))

    async def drop_bodies(self, before: datetime, limit: int) -> int:
        kept = self.events.ascending(EVENT_WITH_BODY)
        old = takewhile(lambda event: event.received_at < before, kept)
        dropped = list(islice((event for event in old if not event.is_waiting), limit))
        for event in dropped:
            self.events.change(event.without_body())
            self._forget_names(event)
        return len(dropped)

    def _forget_names(self, event: InboxEvent) -> None:
        for noted in list(self.names.ascending(NAME_BY_EVENT, prefix=(event.id,))):
            self.names.remove(noted.name, noted.inbox_id)


def _is_wanted(event: InboxEvent, where: InboxFilter) -> bool:
    return (
        where.channel in (None, event.channel)
        and where.status in (None, event.status)
        and (where.from_at is None or event.received_at >= where.from_at)
        and (where.to_at is None or event.received_at < where.to_at)
    )
