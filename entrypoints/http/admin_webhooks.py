"""The inbox for operators: what providers told us, what it caused, and applying it anew."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from enum import Enum

import attrs
from aiohttp import web
from attrs import frozen

from application.payments.replay_events import (
    REPLAYED_MAX,
    EventsReplayed,
    ListEvents,
    ListingEvents,
    ReadEvent,
    ReadingEvent,
    ReplayEvent,
    ReplayEvents,
    ReplayingEvents,
)
from application.ports.payments import InboxFilter
from domain.access.role import Right
from domain.errors import InvalidField
from domain.payments.errors import EventBodyDropped, EventNotFound
from domain.payments.ids import Channel, InboxId
from domain.payments.inbox import InboxEvent, InboxStatus
from entrypoints.http.endpoint import Endpoint, Shape
from entrypoints.http.paging import CursorQuery
from entrypoints.http.payments import ChannelName
from entrypoints.http.policy import Admin
from entrypoints.http.principal import actor_of
from entrypoints.http.values import AuditReason, Id, Instant
from entrypoints.http.wire import path_id, read, read_query, reply, reply_page


class BodyEncoding(Enum):
    """How the raw bytes of a webhook are written in an answer."""

    TEXT = "text"
    BASE64 = "base64"


@frozen(kw_only=True, slots=False)
class WebhookView:
    """An event as it came, how far it has come since, and in words what it caused."""

    id: Id
    channel: str
    event_id: str
    type: str
    status: InboxStatus
    tries: int
    error: str | None
    effects: tuple[str, ...]
    received_at: Instant
    applied_at: Instant | None
    next_try_at: Instant | None

    @classmethod
    def of(cls, event: InboxEvent) -> WebhookView:
        """Return the event as a list shows it."""
        return cls(
            id=event.id,
            channel=event.channel,
            event_id=event.event_id,
            type=event.type,
            status=event.status,
            tries=event.tries,
            error=event.error,
            effects=event.effects,
            received_at=event.received_at,
            applied_at=event.applied_at,
            next_try_at=event.next_try_at,
        )


@frozen(kw_only=True, slots=False)
class WholeWebhookView(WebhookView):
    """An event with its raw body: as text where it is UTF-8, else in Base64."""

    body: str
    body_encoding: BodyEncoding

    @classmethod
    def of(cls, event: InboxEvent) -> WholeWebhookView:
        """Return the event with its body."""
        body, encoding = _written(event.body)
        shown = attrs.asdict(WebhookView.of(event), recurse=False)
        return cls(**shown, body=body, body_encoding=encoding)


@frozen(kw_only=True)
class WebhooksQuery(CursorQuery):
    """Which events; `from` belongs to the span in which they came in, `to` does not."""

    channel: ChannelName | None = None
    status: InboxStatus | None = None
    from_: Instant | None = None
    to: Instant | None = None

    def __attrs_post_init__(self) -> None:
        _check_span(self.from_, self.to)


@frozen(kw_only=True)
class ReplayBody:
    """Why an event is applied anew."""

    reason: AuditReason


@frozen(kw_only=True)
class RangeReplayBody:
    """Which events are applied anew, and why; what is left out narrows nothing down."""

    channel: ChannelName | None = None
    status: InboxStatus | None = None
    from_: Instant | None = None
    to: Instant | None = None
    reason: AuditReason

    def __attrs_post_init__(self) -> None:
        _check_span(self.from_, self.to)


@frozen(kw_only=True, slots=False)
class ReplayedView:
    """How many events were applied anew. Where some are left, go on with `next_from` as `from`."""

    replayed: int
    next_from: Instant | None

    @classmethod
    def of(cls, replayed: EventsReplayed) -> ReplayedView:
        """Return the result as it is shown."""
        return cls(replayed=replayed.replayed, next_from=replayed.next_from_at)


@frozen(kw_only=True)
class AdminWebhooksApi:
    """The inbox of all channels, for operators."""

    list_events: ListingEvents
    read_event: ReadingEvent
    replay_events: ReplayingEvents

    def endpoints(self) -> Sequence[Endpoint]:
        """Return the operators' routes about webhooks."""
        return (
            Endpoint(
                method="GET",
                path="/admin/webhooks",
                handler=self.get_webhooks,
                policy=Admin(Right.READ),
                tag="Admin: webhooks",
                summary="List what providers told us, newest first",
                description="Pages by `after` alone; the total is not counted.",
                query=WebhooksQuery,
                response=WebhookView,
                shape=Shape.LIST,
            ),
            Endpoint(
                method="GET",
                path="/admin/webhooks/{id}",
                handler=self.get_webhook,
                policy=Admin(Right.READ),
                tag="Admin: webhooks",
                summary="Read one event with its body",
                description="The body is empty once it was dropped: BILLING_INBOX_BODY_DAYS.",
                response=WholeWebhookView,
                refusals=(EventNotFound,),
            ),
            Endpoint(
                method="POST",
                path="/admin/webhooks/{id}/replay",
                handler=self.post_replay,
                policy=Admin(Right.CREDIT),
                tag="Admin: webhooks",
                summary="Apply one event anew",
                description=f"Answers the event as it stands then. {_ONCE}",
                body=ReplayBody,
                response=WebhookView,
                refusals=(EventNotFound, EventBodyDropped),
                example={"reason": "The plan that it names is there now"},
            ),
            Endpoint(
                method="POST",
                path="/admin/webhooks/replay",
                handler=self.post_range_replay,
                policy=Admin(Right.CREDIT),
                tag="Admin: webhooks",
                summary="Apply a range of events anew",
                description=f"The oldest {REPLAYED_MAX} of the range, in order. {_ONCE}",
                body=RangeReplayBody,
                response=ReplayedView,
                example={
                    "channel": "stripe",
                    "status": "dead",
                    "from": "2026-04-15T10:00:00Z",
                    "reason": "The plan that they name is there now",
                },
            ),
        )

    async def get_webhooks(self, request: web.Request) -> web.Response:
        """Answer a page of the inbox."""
        query = read_query(request, WebhooksQuery)
        where = InboxFilter(
            channel=None if query.channel is None else Channel(query.channel),
            status=query.status,
            from_at=query.from_,
            to_at=query.to,
        )
        page = await self.list_events(ListEvents(where=where, page=query.page()))
        return reply_page(page, WebhookView.of, query.page())

    async def get_webhook(self, request: web.Request) -> web.Response:
        """Answer one event."""
        event = await self.read_event(ReadEvent(inbox_id=_id_of(request)))
        return reply(WholeWebhookView.of(event))

    async def post_replay(self, request: web.Request) -> web.Response:
        """Apply one event anew."""
        inbox_id = _id_of(request)
        body = await read(request, ReplayBody)
        event = await self.replay_events.one(
            ReplayEvent(inbox_id=inbox_id, reason=body.reason, actor=actor_of(request))
        )
        return reply(WebhookView.of(event))

    async def post_range_replay(self, request: web.Request) -> web.Response:
        """Apply a range of events anew."""
        body = await read(request, RangeReplayBody)
        where = InboxFilter(
            channel=None if body.channel is None else Channel(body.channel),
            status=body.status,
            from_at=body.from_,
            to_at=body.to,
        )
        replayed = await self.replay_events.many(
            ReplayEvents(where=where, reason=body.reason, actor=actor_of(request))
        )
        return reply(ReplayedView.of(replayed))


_ONCE = "What it caused before does not happen twice; each replay stands in the audit log."


def _id_of(request: web.Request) -> InboxId:
    return InboxId(path_id(request, lambda given: EventNotFound(event_id=given)))


def _check_span(from_: Instant | None, to: Instant | None) -> None:
    if from_ is not None and to is not None and to <= from_:
        raise InvalidField(path="to", problem="must lie after from")


def _written(body: bytes) -> tuple[str, BodyEncoding]:
    try:
        return body.decode(), BodyEncoding.TEXT
    except UnicodeDecodeError:
        return b64encode(body).decode(), BodyEncoding.BASE64
