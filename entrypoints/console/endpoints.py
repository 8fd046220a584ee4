"""Where our own events go: endpoints, what they sign with, and whether they are sent anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aiohttp import web
from attrs import frozen

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
from domain.errors import BillingError
from domain.events.endpoint import OVERLAP_HOURS_MAX, SECRETS_MAX, Endpoint
from domain.events.errors import EndpointNotFound
from domain.events.ids import EndpointId
from domain.events.outgoing_event import EventType
from entrypoints.console.forms import Filled, Given, Reading, refused
from entrypoints.console.ids import id_of
from entrypoints.console.page import Page, Visit
from entrypoints.http.admin_endpoints import EndpointBody, RotationBody, SwitchBody

_FIELDS = ("url", "description", "types")


@frozen(kw_only=True)
class EndpointPages:
    """Endpoints, for the owner; whoever may read sees where events go."""

    list_endpoints: ListingEndpoints
    read_endpoint: ReadingEndpoint
    create_endpoint: CreatingEndpoint
    change_endpoint: ChangingEndpoint
    switch_endpoint: SwitchingEndpoint
    delete_endpoint: DeletingEndpoint
    rotate_secret: RotatingSecret
    send_test_event: SendingTestEvent

    def pages(self) -> Sequence[Page]:
        """Return the list, one endpoint, and what is done with it."""
        one, own, read = "/endpoint", Right.OWN, Right.READ
        return (
            Page(method="GET", path="/endpoints", handler=self.get_endpoints, right=read),
            Page(method="GET", path=f"{one}/new", handler=self.get_new, right=own),
            Page(method="POST", path=f"{one}/new", handler=self.post_new, right=own),
            Page(method="GET", path=one, handler=self.get_endpoint, right=read),
            Page(method="POST", path=one, handler=self.post_endpoint, right=own),
            Page(method="POST", path=f"{one}/switch", handler=self.post_switch, right=own),
            Page(method="POST", path=f"{one}/rotate", handler=self.post_rotate, right=own),
            Page(method="POST", path=f"{one}/test", handler=self.post_test, right=own),
            Page(method="POST", path=f"{one}/delete", handler=self.post_delete, right=own),
        )

    async def get_endpoints(self, visit: Visit) -> web.Response:
        """Show every endpoint."""
        found = await self.list_endpoints(ListEndpoints())
        return visit.shown("endpoints.html", endpoints=found, may_own=visit.may(Right.OWN))

    async def get_new(self, visit: Visit) -> web.Response:
        """Ask where events are to go."""
        return self._new_form(visit, Filled(values={}))

    async def post_new(self, visit: Visit) -> web.Response:
        """Create the endpoint and show its secret, this once."""
        given = await visit.given()
        try:
            body = _body(given)
            created = await self.create_endpoint(
                CreateEndpoint(
                    url=body.url,
                    description=body.description,
                    types=frozenset(body.types),
                    actor=visit.actor,
                    key=visit.key(given),
                )
            )
        except BillingError as refusal:
            return self._new_form(visit, refused(given, refusal, fields=_FIELDS), 400)
        return _secret_shown(visit, created.endpoint, created.secret)

    async def get_endpoint(self, visit: Visit) -> web.Response:
        """Show an endpoint in its form, with what can be done to it."""
        endpoint = await self._found(visit)
        return self._form(visit, endpoint, _filled(endpoint))

    async def post_endpoint(self, visit: Visit) -> web.Response:
        """Replace where events go, and which."""
        given, endpoint = await visit.given(), await self._found(visit)
        try:
            body = _body(given)
            await self.change_endpoint(
                ChangeEndpoint(
                    endpoint_id=endpoint.id,
                    url=body.url,
                    description=body.description,
                    types=frozenset(body.types),
                    actor=visit.actor,
                )
            )
        except BillingError as refusal:
            return self._form(visit, endpoint, refused(given, refusal, fields=_FIELDS), 400)
        return visit.go("/endpoint", notice="endpoint-saved", id=endpoint.id)

    async def post_switch(self, visit: Visit) -> web.Response:
        """Switch the endpoint on, or off."""
        given, endpoint = await visit.given(), await self._found(visit)
        to = Switch.OFF if endpoint.is_on else Switch.ON
        reading = Reading(given)
        try:
            body = reading.body(SwitchBody, {"reason": reading.text("reason")})
            await self.switch_endpoint(
                SwitchEndpoint(
                    endpoint_id=endpoint.id, to=to, reason=body.reason, actor=visit.actor
                )
            )
        except BillingError as refusal:
            problem = refused(given, refusal, fields=("reason",))
            return self._form(visit, endpoint, _filled(endpoint), 400, switch=problem)
        return visit.go("/endpoint", notice="endpoint-switched", id=endpoint.id)

    async def post_rotate(self, visit: Visit) -> web.Response:
        """Give the endpoint a new secret and show it, this once."""
        given, endpoint = await visit.given(), await self._found(visit)
        reading = Reading(given)
        try:
            body = reading.body(RotationBody, {"overlap_hours": reading.whole("overlap_hours")})
            rotated = await self.rotate_secret(
                RotateSecret(
                    endpoint_id=endpoint.id,
                    overlap_hours=body.overlap_hours,
                    actor=visit.actor,
                    key=visit.key(given),
                )
            )
        except BillingError as refusal:
            problem = refused(given, refusal, fields=("overlap_hours",))
            return self._form(visit, endpoint, _filled(endpoint), 400, rotate=problem)
        return _secret_shown(visit, rotated.endpoint, rotated.secret)

    async def post_test(self, visit: Visit) -> web.Response:
        """Let a test event be sent, and show what becomes of it."""
        endpoint = await self._found(visit)
        event = await self.send_test_event(
            SendTestEvent(endpoint_id=endpoint.id, actor=visit.actor)
        )
        return visit.go("/event", notice="test-sent", id=event.id)

    async def post_delete(self, visit: Visit) -> web.Response:
        """Forget the endpoint."""
        endpoint = await self._found(visit)
        await self.delete_endpoint(DeleteEndpoint(endpoint_id=endpoint.id, actor=visit.actor))
        return visit.go("/endpoints", notice="endpoint-deleted")

    async def _found(self, visit: Visit) -> Endpoint:
        endpoint_id = id_of(visit, lambda given: EndpointNotFound(endpoint_id=EndpointId(given)))
        return await self.read_endpoint(ReadEndpoint(endpoint_id=EndpointId(endpoint_id)))

    def _new_form(self, visit: Visit, form: Filled, status: int = 200) -> web.Response:
        return visit.shown("endpoint-new.html", status=status, form=form, types=_SENT)

    def _form(
        self,
        visit: Visit,
        endpoint: Endpoint,
        form: Filled,
        status: int = 200,
        *,
        switch: Filled | None = None,
        rotate: Filled | None = None,
    ) -> web.Response:
        return visit.shown(
            "endpoint.html",
            status=status,
            endpoint=endpoint,
            form=form,
            switch=switch or Filled(values={}),
            rotate=rotate or Filled(values={"overlap_hours": "24"}),
            types=_SENT,
            overlap_max=OVERLAP_HOURS_MAX,
            secrets_max=SECRETS_MAX,
            may_own=visit.may(Right.OWN),
        )


# A test goes to the endpoint it tests alone: nobody can choose it.
_SENT = tuple(each for each in EventType if each is not EventType.ENDPOINT_TEST)


def _body(given: Given) -> EndpointBody:
    reading = Reading(given)
    return reading.body(
        EndpointBody,
        {
            "url": reading.text("url"),
            "description": reading.text("description"),
            "types": list(given.texts("types")),
        },
    )


def _filled(endpoint: Endpoint) -> Filled:
    values: Mapping[str, str] = {"url": endpoint.url, "description": endpoint.description}
    return Filled(values=values, chosen={"types": [each.value for each in endpoint.types]})


def _secret_shown(visit: Visit, endpoint: Endpoint, secret: str | None) -> web.Response:
    return visit.shown("endpoint-secret.html", endpoint=endpoint, secret=secret)
