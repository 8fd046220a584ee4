"""Look events up, with how each of their deliveries stands."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from application.ports.events import EventFilter
from application.ports.paging import Page, PageRequest
from application.ports.unit_of_work import BeginRead
from domain.events.delivery import Delivery
from domain.events.ids import EventId
from domain.events.outgoing_event import KeptEvent


@frozen(kw_only=True)
class ListOutgoing:
    """Ask for a page of the events that a filter lets through, newest first."""

    where: EventFilter
    page: PageRequest


@frozen(kw_only=True)
class ListingOutgoing:
    """Read the outbox."""

    read: BeginRead

    async def __call__(self, command: ListOutgoing) -> Page[KeptEvent]:
        async with self.read() as work:
            return await work.outbox.page(command.where, command.page)


@frozen(kw_only=True)
class ReadOutgoing:
    """Ask for one event."""

    event_id: EventId


@frozen(kw_only=True)
class OutgoingRead:
    """An event and its deliveries, by endpoint."""

    event: KeptEvent
    deliveries: Sequence[Delivery]


@frozen(kw_only=True)
class ReadingOutgoing:
    """Return the event with what was tried. Refusals: OutgoingEventNotFound."""

    read: BeginRead

    async def __call__(self, command: ReadOutgoing) -> OutgoingRead:
        async with self.read() as work:
            event = await work.outbox.find(command.event_id)
            return OutgoingRead(event=event, deliveries=await work.deliveries.of_event(event.id))
