"""The product's own endpoints, to which events are sent, for admins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from aiohttp import web
from attrs import field, frozen
from msgspec import Meta

from application.events.manage_endpoints import (
    ChangeEndpoint,
    ChangingEndpoint,
    CreateEndpoint,
    CreatingEndpoint,
    DeleteEndpoint,
    DeletingEndpoint,
    Switch,
    SwitchEndpoint,
    SwitchingEndpoint,
)
from application.events.read_endpoints import (
    ListEndpoints,
    ListingEndpoints,
    ReadEndpoint,
    ReadingEndpoint,
)
from application.events.rotate_secret import RotateSecret, RotatingSecret
from application.events.send_test import SendingTestEvent, SendTestEvent
from domain.access.role import Right
from domain.credits.errors import KeyReused
from domain.events.address import URL_LENGTH_MAX
from domain.events.endpoint import (
    OVERLAP_HOURS_MAX,
    SECRETS_MAX,
    EndpointStatus,
)
from domain.events.endpoint import (
    Endpoint as EventEndpoint,
)
from domain.events.errors import EndpointIsOff, EndpointNotFound, TooManyEndpoints
from domain.events.ids import EndpointId
from domain.events.outgoing_event import EventType
from entrypoints.http.admin_events import EventView
from entrypoints.http.endpoint import Endpoint, Idempotency, Shape
from entrypoints.http.idempotency import request_key
from entrypoints.http.policy import Admin
from entrypoints.http.principal import actor_of
from entrypoints.http.values import AuditReason, Id, Instant
from entrypoints.http.wire import path_id, read, reply, reply_all

EndpointUrl = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=URL_LENGTH_MAX,
        description="Where events are posted: an https URL of the open internet.",
        examples=["https://shop.example/billing-events"],
    ),
]
EventTypes = Annotated[
    tuple[EventType, ...],
    Meta(max_length=len(EventType), description="The events it wants; empty for all."),
]
Description = Annotated[str, Meta(max_length=200, description="For admins.")]
Overlap = Annotated[
    int,
    Meta(
        ge=0,
        le=OVERLAP_HOURS_MAX,
        description="How many hours the old secret signs beside the new one; 0 after a leak.",
    ),
]


@frozen(kw_only=True)
class EndpointBody:
    """Where events are to go, and which."""

    url: EndpointUrl
    description: Description = ""
    types: EventTypes = ()


@frozen(kw_only=True)
class SwitchBody:
    """Why an endpoint is switched."""

    reason: AuditReason


@frozen(kw_only=True)
class RotationBody:
    """How the secret is to be replaced."""

    overlap_hours: Overlap = 24


@frozen(kw_only=True, slots=False)
class EndpointView:
    """An endpoint; never what it signs with.

    `failing_since` is the first failure that no success has followed. After days of it the status
    is `failed`, after an answer of 410 it is `gone`: then nothing is sent until it is enabled.
    """

    id: Id
    url: EndpointUrl
    description: Description
    types: EventTypes
    status: EndpointStatus
    failing_since: Instant | None
    created_at: Instant
    changed_at: Instant

    @classmethod
    def of(cls, endpoint: EventEndpoint) -> EndpointView:
        """Return the endpoint as admins see it."""
        return cls(
            id=endpoint.id,
            url=endpoint.url,
            description=endpoint.description,
            types=tuple(each for each in EventType if each in endpoint.types),
            status=endpoint.status,
            failing_since=endpoint.failing_since,
            created_at=endpoint.created_at,
            changed_at=endpoint.changed_at,
        )


@frozen(kw_only=True, slots=False)
class EndpointSecretView:
    """An endpoint and its new secret: shown once, null when the answer is repeated."""

    endpoint: EndpointView
    secret: str | None = field(repr=False)

    @classmethod
    def of(cls, endpoint: EventEndpoint, secret: str | None) -> EndpointSecretView:
        """Return the endpoint with what it signs with from now on."""
        return cls(endpoint=EndpointView.of(endpoint), secret=secret)


@frozen(kw_only=True)
class AdminEndpointsApi:
    """Endpoints, for the owner."""

    list_endpoints: ListingEndpoints
    read_endpoint: ReadingEndpoint
    create_endpoint: CreatingEndpoint
    change_endpoint: ChangingEndpoint
    switch_endpoint: SwitchingEndpoint
    delete_endpoint: DeletingEndpoint
    rotate_secret: RotatingSecret
    send_test_event: SendingTestEvent

    def endpoints(self) -> Sequence[Endpoint]:
        """Return the routes about endpoints."""
        return (*self._kept(), *self._changes())

    def _kept(self) -> Sequence[Endpoint]:
        return (
            Endpoint(
                method="GET",
                path="/admin/endpoints",
                handler=self.get_endpoints,
                policy=Admin(Right.READ),
                tag=_TAG,
                summary="List the endpoints that events go to",
                response=EndpointView,
                shape=Shape.LIST,
            ),
            Endpoint(
                method="POST",
                path="/admin/endpoints",
                handler=self.post_endpoint,
                policy=Admin(Right.OWN),
                tag=_TAG,
                summary="Create an endpoint",
                description="`data.secret` verifies what is sent there; it cannot be read again.",
                body=EndpointBody,
                response=EndpointSecretView,
                status=201,
                refusals=(TooManyEndpoints, EndpointNotFound, KeyReused),
                idempotency=Idempotency.OPTIONAL,
                example={"url": "https://shop.example/events", "types": ["order.paid"]},
            ),
            Endpoint(
                method="GET",
                path="/admin/endpoints/{id}",
                handler=self.get_endpoint,
                policy=Admin(Right.READ),
                tag=_TAG,
                summary="Read an endpoint",
                response=EndpointView,
                refusals=(EndpointNotFound,),
            ),
            Endpoint(
                method="PUT",
                path="/admin/endpoints/{id}",
                handler=self.put_endpoint,
                policy=Admin(Right.OWN),
                tag=_TAG,
                summary="Replace an endpoint's address and events",
                description="What still waits goes to the new address.",
                body=EndpointBody,
                response=EndpointView,
                refusals=(EndpointNotFound,),
                example={"url": "https://shop.example/events"},
            ),
            Endpoint(
                method="DELETE",
                path="/admin/endpoints/{id}",
                handler=self.delete,
                policy=Admin(Right.OWN),
                tag=_TAG,
                summary="Delete an endpoint",
                description="Its secrets are forgotten; what was sent stays on record.",
                response=EndpointView,
                refusals=(EndpointNotFound,),
            ),
        )

    def _changes(self) -> Sequence[Endpoint]:
        return (
            Endpoint(
                method="POST",
                path="/admin/endpoints/{id}/enable",
                handler=self.post_enable,
                policy=Admin(Right.OWN),
                tag=_TAG,
                summary="Switch an endpoint on",
                description="What waits is sent; what it missed meanwhile can be redelivered.",
                body=SwitchBody,
                response=EndpointView,
                refusals=(EndpointNotFound,),
                example={"reason": "The receiver is back"},
            ),
            Endpoint(
                method="POST",
                path="/admin/endpoints/{id}/disable",
                handler=self.post_disable,
                policy=Admin(Right.OWN),
                tag=_TAG,
                summary="Switch an endpoint off",
                body=SwitchBody,
                response=EndpointView,
                refusals=(EndpointNotFound,),
                example={"reason": "The receiver is being moved"},
            ),
            Endpoint(
                method="POST",
                path="/admin/endpoints/{id}/rotate",
                handler=self.post_rotate,
                policy=Admin(Right.OWN),
                tag=_TAG,
                summary="Give an endpoint a new secret",
                description=f"Meanwhile each of them signs, at most {SECRETS_MAX} at once.",
                body=RotationBody,
                response=EndpointSecretView,
                refusals=(EndpointNotFound, KeyReused),
                idempotency=Idempotency.OPTIONAL,
                example={"overlap_hours": 24},
            ),
            Endpoint(
                method="POST",
                path="/admin/endpoints/{id}/test",
                handler=self.post_test,
                policy=Admin(Right.OWN),
                tag=_TAG,
                summary="Send an endpoint a test event",
                description="The worker delivers it like any other; read the event to see how.",
                response=EventView,
                refusals=(EndpointNotFound, EndpointIsOff),
            ),
        )

    async def get_endpoints(self, request: web.Request) -> web.Response:
        """Answer all endpoints."""
        found = await self.list_endpoints(ListEndpoints())
        return reply_all(EndpointView.of(each) for each in found)

    async def get_endpoint(self, request: web.Request) -> web.Response:
        """Answer one endpoint."""
        found = await self.read_endpoint(ReadEndpoint(endpoint_id=_id_of(request)))
        return reply(EndpointView.of(found))

    async def post_endpoint(self, request: web.Request) -> web.Response:
        """Create an endpoint and show its secret, this once."""
        body = await read(request, EndpointBody)
        actor = actor_of(request)
        created = await self.create_endpoint(
            CreateEndpoint(
                url=body.url,
                description=body.description,
                types=frozenset(body.types),
                actor=actor,
                key=request_key(request, actor.id),
            )
        )
        view = EndpointSecretView.of(created.endpoint, created.secret)
        return reply(view, status=201, replayed=created.is_replay)

    async def put_endpoint(self, request: web.Request) -> web.Response:
        """Replace what is said of an endpoint."""
        endpoint_id = _id_of(request)
        body = await read(request, EndpointBody)
        changed = await self.change_endpoint(
            ChangeEndpoint(
                endpoint_id=endpoint_id,
                url=body.url,
                description=body.description,
                types=frozenset(body.types),
                actor=actor_of(request),
            )
        )
        return reply(EndpointView.of(changed))

    async def delete(self, request: web.Request) -> web.Response:
        """Forget an endpoint."""
        command = DeleteEndpoint(endpoint_id=_id_of(request), actor=actor_of(request))
        return reply(EndpointView.of(await self.delete_endpoint(command)))

    async def post_enable(self, request: web.Request) -> web.Response:
        """Switch an endpoint on."""
        return await self._switch(request, Switch.ON)

    async def post_disable(self, request: web.Request) -> web.Response:
        """Switch an endpoint off."""
        return await self._switch(request, Switch.OFF)

    async def post_rotate(self, request: web.Request) -> web.Response:
        """Replace an endpoint's secret and show the new one, this once."""
        endpoint_id = _id_of(request)
        body = await read(request, RotationBody)
        actor = actor_of(request)
        rotated = await self.rotate_secret(
            RotateSecret(
                endpoint_id=endpoint_id,
                overlap_hours=body.overlap_hours,
                actor=actor,
                key=request_key(request, actor.id),
            )
        )
        view = EndpointSecretView.of(rotated.endpoint, rotated.secret)
        return reply(view, replayed=rotated.is_replay)

    async def post_test(self, request: web.Request) -> web.Response:
        """Let a test event be sent."""
        command = SendTestEvent(endpoint_id=_id_of(request), actor=actor_of(request))
        return reply(EventView.of(await self.send_test_event(command)))

    async def _switch(self, request: web.Request, to: Switch) -> web.Response:
        endpoint_id = _id_of(request)
        body = await read(request, SwitchBody)
        switched = await self.switch_endpoint(
            SwitchEndpoint(
                endpoint_id=endpoint_id, to=to, reason=body.reason, actor=actor_of(request)
            )
        )
        return reply(EndpointView.of(switched))


_TAG = "Admin: events"


def _id_of(request: web.Request) -> EndpointId:
    return EndpointId(
        path_id(request, lambda given: EndpointNotFound(endpoint_id=EndpointId(given)))
    )
