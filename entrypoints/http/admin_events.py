"""Outgoing events for admins: what was told to whom, and sending it again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import attrs
from aiohttp import web
from attrs import frozen
from msgspec import Meta

from application.events.read_events import (
    ListingOutgoing,
    ListOutgoing,
    OutgoingRead,
    ReadingOutgoing,
    ReadOutgoing,
)
from application.events.redeliver_events import (
    REDELIVERED_MAX,
    EventsRedelivered,
    RedeliverEvent,
    RedeliverEvents,
    RedeliveringEvents,
)
from application.ports.events import EventFilter
from domain.access.role import Right
from domain.errors import InvalidField
from domain.events.delivery import Attempt, Delivery, DeliveryStatus
from domain.events.errors import EndpointIsOff, EndpointNotFound, OutgoingEventNotFound
from domain.events.ids import EndpointId, EventId
from domain.events.outgoing_event import EventType, KeptEvent
from entrypoints.http.endpoint import Endpoint, Shape
from entrypoints.http.paging import CursorQuery
from entrypoints.http.policy import Admin
from entrypoints.http.principal import actor_of
from entrypoints.http.values import AccountIdText, AuditReason, Id, Instant, account_id_of
from entrypoints.http.wire import path_id, read, read_query, reply, reply_page

ToEndpoint = Annotated[
    Id, Meta(description="The endpoint it is sent to; null for all that want it.")
]
MissingOnly = Annotated[
    bool, Meta(description="Leave out what an endpoint has taken already; else it gets all.")
]
Behind = Annotated[Id, Meta(description="Go on behind this event: the `next` of the last answer.")]


@frozen(kw_only=True, slots=False)
class EventView:
    """An event, without what it says."""

    id: Id
    type: str
    account_id: str | None
    at: Instant

    @classmethod
    def of(cls, event: KeptEvent) -> EventView:
        """Return the event as a list shows it."""
        return cls(id=event.id, type=event.type, account_id=event.account_id, at=event.at)


@frozen(kw_only=True, slots=False)
class AttemptView:
    """One try. Either `status` was answered, or `error` says why nothing was."""

    at: Instant
    status: int | None
    error: str | None
    answer: str
    duration_ms: int

    @classmethod
    def of(cls, attempt: Attempt) -> AttemptView:
        """Return the attempt as it is shown."""
        return cls(
            at=attempt.at,
            status=attempt.status,
            error=attempt.error,
            answer=attempt.answer,
            duration_ms=attempt.duration_ms,
        )


@frozen(kw_only=True, slots=False)
class DeliveryView:
    """How the delivery to one endpoint stands, with its newest attempts, oldest first."""

    endpoint_id: Id
    status: DeliveryStatus
    tries: int
    next_try_at: Instant | None
    delivered_at: Instant | None
    attempts: tuple[AttemptView, ...]

    @classmethod
    def of(cls, delivery: Delivery) -> DeliveryView:
        """Return the delivery as it is shown."""
        return cls(
            endpoint_id=delivery.endpoint_id,
            status=delivery.status,
            tries=delivery.tries,
            next_try_at=delivery.due_at if delivery.is_waiting else None,
            delivered_at=delivery.delivered_at,
            attempts=tuple(AttemptView.of(each) for each in delivery.attempts),
        )


@frozen(kw_only=True, slots=False)
class WholeEventView(EventView):
    """An event with the JSON text that is delivered, and all its deliveries."""

    payload: str
    deliveries: tuple[DeliveryView, ...]

    @classmethod
    def read(cls, found: OutgoingRead) -> WholeEventView:
        """Return the event with all there is to know of it."""
        shown = attrs.asdict(EventView.of(found.event), recurse=False)
        deliveries = tuple(DeliveryView.of(each) for each in found.deliveries)
        return cls(**shown, payload=found.event.payload, deliveries=deliveries)


@frozen(kw_only=True)
class EventsQuery(CursorQuery):
    """Which events; `from` belongs to the span in which they happened, `to` does not."""

    type: EventType | None = None
    account_id: AccountIdText | None = None
    from_: Instant | None = None
    to: Instant | None = None

    def __attrs_post_init__(self) -> None:
        _check_span(self.from_, self.to)


@frozen(kw_only=True)
class RedeliverBody:
    """To which endpoint an event is sent again, and why."""

    endpoint_id: ToEndpoint | None = None
    reason: AuditReason


@frozen(kw_only=True)
class RangeRedeliverBody:
    """Which events are sent again, where to, and why; what is left out narrows nothing down."""

    type: EventType | None = None
    account_id: AccountIdText | None = None
    from_: Instant | None = None
    to: Instant | None = None
    after: Behind | None = None
    endpoint_id: ToEndpoint | None = None
    missing_only: MissingOnly = True
    reason: AuditReason

    def __attrs_post_init__(self) -> None:
        _check_span(self.from_, self.to)


@frozen(kw_only=True, slots=False)
class RedeliveredView:
    """How many deliveries are on their way. Where events are left, go on with `next` as `after`."""

    deliveries: int
    next: Id | None

    @classmethod
    def of(cls, redelivered: EventsRedelivered) -> RedeliveredView:
        """Return the result as it is shown."""
        return cls(deliveries=redelivered.deliveries, next=redelivered.next)


@frozen(kw_only=True)
class AdminEventsApi:
    """Outgoing events and their deliveries."""

    list_outgoing: ListingOutgoing
    read_outgoing: ReadingOutgoing
    redeliver_events: RedeliveringEvents

    def endpoints(self) -> Sequence[Endpoint]:
        """Return the routes about events."""
        return (
            Endpoint(
                method="GET",
                path="/admin/events",
                handler=self.get_events,
                policy=Admin(Right.READ),
                tag="Admin: events",
                summary="List outgoing events, newest first",
                description="Pages by `after` alone; the total is not counted.",
                query=EventsQuery,
                response=EventView,
                shape=Shape.LIST,
            ),
            Endpoint(
                method="GET",
                path="/admin/events/{id}",
                handler=self.get_event,
                policy=Admin(Right.READ),
                tag="Admin: events",
                summary="Read an outgoing event with its deliveries",
                response=WholeEventView,
                refusals=(OutgoingEventNotFound,),
            ),
            Endpoint(
                method="POST",
                path="/admin/events/{id}/redeliver",
                handler=self.post_redeliver,
                policy=Admin(Right.CREDIT),
                tag="Admin: events",
                summary="Send an event again",
                description=f"Answers the event as it stands then. {_SAME_ID}",
                body=RedeliverBody,
                response=WholeEventView,
                refusals=(OutgoingEventNotFound, EndpointNotFound, EndpointIsOff),
                example={"reason": "The receiver had lost it"},
            ),
            Endpoint(
                method="POST",
                path="/admin/events/redeliver",
                handler=self.post_range_redeliver,
                policy=Admin(Right.CREDIT),
                tag="Admin: events",
                summary="Send a range of events again",
                description=f"The oldest {REDELIVERED_MAX} of the range, in order. {_SAME_ID}",
                body=RangeRedeliverBody,
                response=RedeliveredView,
                refusals=(EndpointNotFound, EndpointIsOff),
                example={
                    "type": "order.paid",
                    "from": "2026-04-15T10:00:00Z",
                    "to": "2026-04-15T16:00:00Z",
                    "reason": "The receiver was down",
                },
            ),
        )

    async def get_events(self, request: web.Request) -> web.Response:
        """Answer a page of events."""
        query = read_query(request, EventsQuery)
        where = _filter(query)
        page = await self.list_outgoing(ListOutgoing(where=where, page=query.page()))
        return reply_page(page, EventView.of, query.page())

    async def get_event(self, request: web.Request) -> web.Response:
        """Answer one event."""
        return await self._whole(_id_of(request))

    async def post_redeliver(self, request: web.Request) -> web.Response:
        """Send one event again."""
        event_id = _id_of(request)
        body = await read(request, RedeliverBody)
        await self.redeliver_events.one(
            RedeliverEvent(
                event_id=event_id,
                endpoint_id=_endpoint_id(body.endpoint_id),
                reason=body.reason,
                actor=actor_of(request),
            )
        )
        return await self._whole(event_id)

    async def post_range_redeliver(self, request: web.Request) -> web.Response:
        """Send a range of events again."""
        body = await read(request, RangeRedeliverBody)
        redelivered = await self.redeliver_events.many(
            RedeliverEvents(
                where=_filter(body),
                after=None if body.after is None else EventId(body.after),
                endpoint_id=_endpoint_id(body.endpoint_id),
                is_missing_only=body.missing_only,
                reason=body.reason,
                actor=actor_of(request),
            )
        )
        return reply(RedeliveredView.of(redelivered))

    async def _whole(self, event_id: EventId) -> web.Response:
        found = await self.read_outgoing(ReadOutgoing(event_id=event_id))
        return reply(WholeEventView.read(found))


_SAME_ID = "The receiver knows it by its `webhook-id`; it stands in the audit log."


def _filter(asked: EventsQuery | RangeRedeliverBody) -> EventFilter:
    return EventFilter(
        type=None if asked.type is None else asked.type.value,
        account_id=None if asked.account_id is None else account_id_of(asked.account_id),
        from_at=asked.from_,
        to_at=asked.to,
    )


def _id_of(request: web.Request) -> EventId:
    return EventId(path_id(request, lambda given: OutgoingEventNotFound(event_id=EventId(given))))


def _endpoint_id(given: str | None) -> EndpointId | None:
    return None if given is None else EndpointId(given)


def _check_span(from_: Instant | None, to: Instant | None) -> None:
    if from_ is not None and to is not None and to <= from_:
        raise InvalidField(path="to", problem="must lie after from")
