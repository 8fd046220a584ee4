"""Which web pages may call from a browser: those of configured origins, and customers' routes."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web
from attrs import frozen

from entrypoints.http import idempotency, request_id
from entrypoints.http.endpoint import ENDPOINT, Endpoint, Shape
from entrypoints.http.policy import AccountHolder, Public
from entrypoints.http.wire import REPLAYED

_REQUEST_HEADERS = f"Authorization, Content-Type, {idempotency.HEADER}, {request_id.HEADER}"
_RESPONSE_HEADERS = f"{request_id.HEADER}, {REPLAYED}, Retry-After"
_PREFLIGHT_S = "600"


def is_for_customers(endpoint: Endpoint) -> bool:
    """Say whether a product's page in a browser has reason to call this endpoint."""
    return endpoint.shape is not Shape.RAW and isinstance(endpoint.policy, AccountHolder | Public)


@frozen(kw_only=True)
class Cors:
    """Tell browsers which origins may read answers. Credentials are never cookies."""

    origins: frozenset[str]

    def mark(self, request: web.Request, response: web.StreamResponse) -> None:
        """Allow the asking page to read this answer, if it may."""
        endpoint = request.get(ENDPOINT)
        if not self.origins or endpoint is None or not is_for_customers(endpoint):
            return
        response.headers.add("Vary", "Origin")
        origin = request.headers.get("Origin")
        if origin in self.origins:
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Access-Control-Expose-Headers"] = _RESPONSE_HEADERS

    def preflight(self, endpoints: Sequence[Endpoint]) -> PreflightHandler:
        """Return the handler that answers for a path's endpoints what may be sent there."""
        methods = ", ".join(sorted(endpoint.method for endpoint in endpoints))
        return PreflightHandler(endpoint=endpoints[0], methods=methods)


@frozen(kw_only=True)
class PreflightHandler:
    """Answer a browser's question before it sends a request of another origin's page."""

    endpoint: Endpoint
    methods: str

    async def answer(self, request: web.Request) -> web.Response:
        """Answer the methods and headers; `Cors.mark` adds the origin, if it is one of ours."""
        request[ENDPOINT] = self.endpoint
        headers = {
            "Access-Control-Allow-Methods": self.methods,
            "Access-Control-Allow-Headers": _REQUEST_HEADERS,
            "Access-Control-Max-Age": _PREFLIGHT_S,
        }
        return web.Response(status=204, headers=headers)
