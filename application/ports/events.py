"""The collections of the events area, and the way out to the product's endpoints."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from attrs import field, frozen

from application.ports.paging import Page, PageRequest
from domain.events.delivery import Attempt, Delivery
from domain.events.endpoint import Endpoint
from domain.events.ids import EndpointId, EventId
from domain.events.outgoing_event import KeptEvent, OutgoingEvent


@frozen(kw_only=True)
class Message:
    """One attempt to deliver: where to, what, and the secrets to sign with, the newest first."""

    url: str
    event_id: EventId
    payload: str
    secrets: tuple[str, ...] = field(repr=False)
    at: datetime


@frozen(kw_only=True)
class Answered:
    """What became of an attempt, and how long the receiver asks to be left alone."""

    attempt: Attempt
    retry_after: timedelta | None = None


SendMessage = Callable[[Message], Awaitable[Answered]]
"""Send a message and say what became of it, in bounded time; whatever fails is an attempt, too."""

CheckUrl = Callable[[str], None]
"""Accept an endpoint's address. Raises InvalidField."""


@frozen(kw_only=True)
class EventFilter:
    """Which events are meant; None means all. `to_at` itself is left out."""

    type: str | None = None
    account_id: str | None = None
    from_at: datetime | None = None
    to_at: datetime | None = None


class Outbox(Protocol):
    """Every event that was raised, kept as it will be delivered."""

    async def add(self, event: OutgoingEvent) -> None:
        """Keep a new event, to be told as soon as this unit of work is committed."""
        ...

    async def find(self, event_id: EventId) -> KeptEvent:
        """Return an event. Raises OutgoingEventNotFound."""
        ...

    async def page(self, where: EventFilter, request: PageRequest) -> Page[KeptEvent]:
        """Return events, newest first, without offset or total."""
        ...

    async def oldest(
        self, where: EventFilter, after: EventId | None, limit: int
    ) -> Sequence[KeptEvent]:
        """Return events, oldest first, from behind `after` on."""
        ...

    async def take_new(self, limit: int) -> Sequence[KeptEvent]:
        """Return the oldest events for which no deliveries were made, locked.

        Those that another process holds are left out, not waited for. A flag says which are new,
        and no place in the order of ids does: who commits late must not be passed over.
        """
        ...

    async def settle(self, event_ids: Sequence[EventId]) -> None:
        """Note that deliveries were made for events, wherever somebody wants them."""
        ...

    async def forget(self, before: datetime, limit: int) -> int:
        """Delete the oldest events from before an instant, with their deliveries; say how many.

        What is new is never deleted, however old it is.
        """
        ...


class Endpoints(Protocol):
    """Where events go. Few enough to be read together."""

    async def add(self, endpoint: Endpoint) -> None:
        """Keep a new endpoint."""
        ...

    async def save(self, endpoint: Endpoint) -> None:
        """Keep an endpoint that was taken in this unit of work."""
        ...

    async def remove(self, endpoint_id: EndpointId) -> None:
        """Forget an endpoint and its secrets. What was sent there stays on record."""
        ...

    async def find(self, endpoint_id: EndpointId) -> Endpoint:
        """Return the endpoint, unlocked. Raises EndpointNotFound."""
        ...

    async def take(self, endpoint_id: EndpointId) -> Endpoint:
        """Return the endpoint, locked until the unit ends. Raises EndpointNotFound."""
        ...

    async def every(self) -> Sequence[Endpoint]:
        """Return all endpoints, oldest first."""
        ...


class Deliveries(Protocol):
    """Each event on its way to each endpoint: one for a pair, kept as long as its event."""

    async def add(self, deliveries: Sequence[Delivery]) -> None:
        """Keep new deliveries; one that is there already stays as it is."""
        ...

    async def save(self, delivery: Delivery) -> None:
        """Keep a delivery that was taken in this unit of work."""
        ...

    async def take(self, event_id: EventId, endpoint_id: EndpointId) -> Delivery | None:
        """Return a delivery, locked until the unit ends, or None."""
        ...

    async def abandon(self, endpoint_id: EndpointId) -> None:
        """Give up all deliveries to an endpoint that still wait, in one statement.

        An endpoint that is on is given up on after some three days, so there is an end to them.
        """
        ...

    async def of_event(self, event_id: EventId) -> Sequence[Delivery]:
        """Return an event's deliveries, by endpoint."""
        ...

    async def with_due(self, now: datetime) -> Sequence[EndpointId]:
        """Return the endpoints that are on and have deliveries that are due."""
        ...

    async def due(self, endpoint_id: EndpointId, now: datetime, limit: int) -> Sequence[Delivery]:
        """Return an endpoint's deliveries that are due, the longest due first, locked.

        Those that another process holds are left out, not waited for.
        """
        ...
