"""The inbox as operators see it: list it, look at one event, let events be applied anew."""

from __future__ import annotations

from collections import deque
from datetime import datetime

from attrs import frozen

from application.access.steps.auditing import entry
from application.ports.paging import Page, PageRequest
from application.ports.payments import ApplyNow, InboxFilter
from application.ports.system import Clock, NewId
from application.ports.unit_of_work import BeginRead, BeginWork
from domain.access.audit import Actor
from domain.errors import InvalidField
from domain.payments.ids import Channel, InboxId
from domain.payments.inbox import InboxEvent, InboxStatus

REPLAYED_MAX = 500
LOOKED_AT_MAX = 20_000
AT_ONCE = 100


@frozen(kw_only=True)
class ListEvents:
    """Ask for a page of the inbox that a filter lets through, newest first."""

    where: InboxFilter
    page: PageRequest


@frozen(kw_only=True)
class ListingEvents:
    """Read the inbox."""

    read: BeginRead

    async def __call__(self, command: ListEvents) -> Page[InboxEvent]:
        async with self.read() as work:
            return await work.inbox.page(command.where, command.page)


@frozen(kw_only=True)
class ReadEvent:
    """Ask for one event of the inbox."""

    inbox_id: InboxId


@frozen(kw_only=True)
class ReadingEvent:
    """Return the event, with its body and its effects. Refusals: EventNotFound."""

    read: BeginRead

    async def __call__(self, command: ReadEvent) -> InboxEvent:
        async with self.read() as work:
            return await work.inbox.find_id(command.inbox_id)


@frozen(kw_only=True)
class ReplayEvent:
    """Apply one event anew."""

    inbox_id: InboxId
    reason: str
    actor: Actor


@frozen(kw_only=True)
class ReplayEvents:
    """Apply anew whatever a filter lets through: the oldest `REPLAYED_MAX` of them at most."""

    where: InboxFilter
    reason: str
    actor: Actor


@frozen(kw_only=True)
class EventsReplayed:
    """How many events were applied anew; `next_from_at` is when the first one left out came in."""

    replayed: int
    next_from_at: datetime | None


@frozen(kw_only=True)
class _Listed:
    """Which event of a range, and when it came in; its body is read when its turn comes."""

    channel: Channel
    event_id: str
    received_at: datetime


@frozen(kw_only=True)
class ReplayingEvents:
    """Set events back to received and apply them; effects that happened do not happen twice.

    Refusals: EventNotFound; EventBodyDropped (in a range those are passed over); InvalidField where
    a range holds too many events to be gone through.
    """

    begin: BeginWork
    read: BeginRead
    apply: ApplyNow
    clock: Clock
    new_id: NewId

    async def one(self, command: ReplayEvent) -> InboxEvent:
        """Replay one event, and return it as it stands then."""
        async with self.read() as work:
            event = await work.inbox.find_id(command.inbox_id)
        await self._replay(event.channel, event.event_id, command)
        async with self.read() as work:
            return await work.inbox.find_id(command.inbox_id)

    async def many(self, command: ReplayEvents) -> EventsReplayed:
        """Replay a range, oldest first, so that causes come before what depends on them."""
        oldest = await self._oldest(command.where)
        replayed = oldest[:REPLAYED_MAX]
        for event in replayed:
            await self._replay(event.channel, event.event_id, command)
        left = oldest[REPLAYED_MAX:]
        return EventsReplayed(
            replayed=len(replayed), next_from_at=left[0].received_at if left else None
        )

    async def _oldest(self, where: InboxFilter) -> list[_Listed]:
        """Return the oldest events of a range, in order, and one more where there are more."""
        oldest: deque[_Listed] = deque(maxlen=REPLAYED_MAX + 1)
        after: str | None = None
        for _ in range(LOOKED_AT_MAX // AT_ONCE):
            async with self.read() as work:
                page = await work.inbox.page(where, PageRequest(limit=AT_ONCE, after=after))
            oldest.extendleft(
                _Listed(
                    channel=event.channel,
                    event_id=event.event_id,
                    received_at=event.received_at,
                )
                for event in page.items
                if event.has_body
            )
            after = page.next
            if after is None:
                return list(oldest)
        problem = f"must be later: more than {LOOKED_AT_MAX} events would be replayed"
        raise InvalidField(path="from", problem=problem)

    async def _replay(
        self, channel: Channel, event_id: str, command: ReplayEvent | ReplayEvents
    ) -> None:
        async with self.begin() as work:
            current = await work.inbox.take(channel, event_id)
            now = self.clock()
            await work.inbox.save(current.replayed(now))
            await work.audit_log.add(
                entry(
                    self.new_id,
                    now,
                    command.actor,
                    "webhook.replay",
                    f"webhook:{current.id}",
                    before=current.status.value,
                    after=InboxStatus.RECEIVED.value,
                    reason=command.reason,
                )
            )
            await work.commit()
        await self.apply(channel, event_id)
