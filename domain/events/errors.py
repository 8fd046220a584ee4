"""Refusals of the events area."""

from __future__ import annotations

from typing import ClassVar

from attrs import frozen

from domain.errors import Conflict, NotFound
from domain.events.ids import EndpointId, EventId


@frozen(kw_only=True)
class OutgoingEventNotFound(NotFound):
    """There is no such event, or it is so old that it was deleted."""

    code: ClassVar[str] = "outgoing_event_not_found"
    event_id: EventId

    def __str__(self) -> str:
        return "There is no such event, or no longer."


@frozen(kw_only=True)
class EndpointNotFound(NotFound):
    """There is no such endpoint."""

    code: ClassVar[str] = "endpoint_not_found"
    endpoint_id: EndpointId

    def __str__(self) -> str:
        return "There is no such endpoint."


@frozen(kw_only=True)
class EndpointIsOff(Conflict):
    """Nothing is sent to an endpoint that is switched off."""

    code: ClassVar[str] = "endpoint_off"
    endpoint_id: EndpointId

    def __str__(self) -> str:
        return "The endpoint is switched off; enable it first."


@frozen(kw_only=True)
class TooManyEndpoints(Conflict):
    """Every event is sent to every endpoint that wants it, so there are only so many of them."""

    code: ClassVar[str] = "too_many_endpoints"
    endpoints_max: int

    def __str__(self) -> str:
        return f"There are {self.endpoints_max} endpoints already; delete one first."
