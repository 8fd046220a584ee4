"""Look at endpoints; never at what they sign with."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from application.ports.unit_of_work import BeginRead
from domain.events.endpoint import Endpoint
from domain.events.ids import EndpointId


@frozen(kw_only=True)
class ListEndpoints:
    """Ask for all endpoints."""


@frozen(kw_only=True)
class ListingEndpoints:
    """Read all endpoints, oldest first: there are never many."""

    read: BeginRead

    async def __call__(self, command: ListEndpoints) -> Sequence[Endpoint]:
        async with self.read() as work:
            return await work.endpoints.every()


@frozen(kw_only=True)
class ReadEndpoint:
    """Ask for one endpoint."""

    endpoint_id: EndpointId


@frozen(kw_only=True)
class ReadingEndpoint:
    """Return the endpoint. Refusals: EndpointNotFound."""

    read: BeginRead

    async def __call__(self, command: ReadEndpoint) -> Endpoint:
        async with self.read() as work:
            return await work.endpoints.find(command.endpoint_id)
