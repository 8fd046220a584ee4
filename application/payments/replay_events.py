"""The inbox as operators see it: list it, look at one event, let events be applied anew."""

from __future__ import annotations

from attrs import frozen

from application.audit_steps import entry
from application.ports.paging import Page, PageRequest
from application.ports.payments import ApplyNow, InboxFilter
from application.ports.system import Clock, NewId
from application.ports.unit_of_work import BeginRead, BeginWork
from domain.access.audit import Actor
from domain.payments.ids import InboxId
from domain.payments.inbox import InboxEvent

REPLAYED_MAX = 500


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
    """Apply anew whatever a filter lets through: the oldest `REPLAYED_MAX` at most."""

    where: InboxFilter
    reason: str
    actor: Actor


@frozen(kw_only=True)
class EventsReplayed:
    """How many events were applied anew, and whether more are left that the filter lets through."""

    replayed: int
    has_more: bool


@frozen(kw_only=True)
class ReplayingEvents:
    """Set events back to received and apply them; effects that happened do not happen twice.

    Refusals: EventNotFound.
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
        await self._replay(event, command.reason, command.actor)
        async with self.read() as work:
            return await work.inbox.find_id(command.inbox_id)

    async def many(self, command: ReplayEvents) -> EventsReplayed:
        """Replay a range, oldest first, so that causes come before what depends on them."""
        found: list[InboxEvent] = []
        after: str | None = None
        while len(found) <= REPLAYED_MAX:
            async with self.read() as work:
                page = await work.inbox.page(command.where, PageRequest(limit=100, after=after))
            found += page.items
            after = page.next
            if after is None:
                break
        oldest = found[::-1][:REPLAYED_MAX]
        for event in oldest:
            await self._replay(event, command.reason, command.actor)
        return EventsReplayed(
            replayed=len(oldest), has_more=after is not None or len(found) > len(oldest)
        )

    async def _replay(self, event: InboxEvent, reason: str, actor: Actor) -> None:
        async with self.begin() as work:
            current = await work.inbox.take(event.channel, event.event_id)
            now = self.clock()
            await work.inbox.save(current.replayed(now))
            await work.audit_log.add(
                entry(
                    self.new_id,
                    now,
                    actor,
                    "webhook.replay",
                    f"webhook:{event.id}",
                    before=current.status.value,
                    after="received",
                    reason=reason,
                )
            )
            await work.commit()
        await self.apply(event.channel, event.event_id)
