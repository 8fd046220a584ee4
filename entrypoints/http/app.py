"""The application: every endpoint behind the gate, and the one middleware around all of them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from functools import cache, partial

from aiohttp import web
from aiohttp.typedefs import Middleware
from attrs import frozen

from entrypoints.http import idempotency
from entrypoints.http.auth import Gate
from entrypoints.http.cors import Cors, is_for_customers
from entrypoints.http.docs import DocsApi
from entrypoints.http.endpoint import (
    ENDPOINT,
    WEBHOOK_BYTES_MAX,
    Api,
    Endpoint,
    Idempotency,
)
from entrypoints.http.health import HealthApi, Readiness
from entrypoints.http.middleware import edge
from entrypoints.http.openapi import document_of
from entrypoints.http.peer import Network
from entrypoints.http.principal import PRINCIPAL
from entrypoints.http.refusals import IdempotencyKeyRequired
from entrypoints.http.tallies import RouteTallies
from entrypoints.http.wire import read, read_query

# A parameter may hold anything but a slash: what is not an id is the handler's to refuse.
_PARAMETER = re.compile(r"\{([a-z_]+)\}")


@frozen
class Nothing:
    """What an endpoint without a declared body or query may be sent."""


def build_app(
    apis: Sequence[Api],
    *,
    gate: Gate,
    readiness: Readiness,
    public_url: str,
    version: str,
    cors_origins: frozenset[str] = frozenset(),
    trusted_proxies: Sequence[Network] = (),
    tallies: RouteTallies | None = None,
    around: Sequence[Middleware] = (),
) -> web.Application:
    """Return the application that serves these APIs, the health checks and the documentation.

    `around` stands outside everything that is done for a request.

    Raises ValueError if two endpoints claim the same method and path, and wherever an endpoint
    lacks what it must declare: such a service does not start.
    """
    cors = Cors(origins=cors_origins)
    app = web.Application(
        middlewares=[
            *around,
            edge(cors=cors, trusted_proxies=trusted_proxies, tallies=tallies or RouteTallies()),
        ],
        client_max_size=WEBHOOK_BYTES_MAX,
        # A signature covers a body as it was sent, and a small body may unpack into a huge one.
        handler_args={"auto_decompress": False},
    )
    described = [
        endpoint for api in (*apis, HealthApi(readiness=readiness)) for endpoint in api.endpoints()
    ]
    document = partial(document_of, described, public_url=public_url, version=version)
    docs = DocsApi(document=cache(document))
    _route(app, [*described, *docs.endpoints()], gate, cors)

    async def drain(_: web.Application) -> None:
        readiness.drain()

    app.on_shutdown.append(drain)
    return app


def _route(app: web.Application, endpoints: Sequence[Endpoint], gate: Gate, cors: Cors) -> None:
    by_path: dict[str, list[Endpoint]] = defaultdict(list)
    for endpoint in endpoints:
        by_path[_PARAMETER.sub("{}", endpoint.path)].append(endpoint)
    paths = [sharing[0].path for sharing in by_path.values()]
    for sharing in by_path.values():
        _refuse_twins(sharing)
        resource = app.router.add_resource(_pattern(sharing[0].path, paths))
        for endpoint in sharing:
            serve = _serving(endpoint, gate)
            resource.add_route(endpoint.method, serve, expect_handler=_go_on)
            if endpoint.method == "GET":
                resource.add_route("HEAD", serve)
        customers = [endpoint for endpoint in sharing if is_for_customers(endpoint)]
        if cors.origins and customers:
            resource.add_route("OPTIONS", cors.preflight(customers).answer)


def _pattern(path: str, paths: Sequence[str]) -> str:
    """Return the router's pattern of a path: a word that has a path of its own is no id.

    `/admin/events/{id}` leaves `/admin/events/redeliver` alone, so that the latter says truly
    which methods it answers.
    """
    named = [other for other in paths if not _PARAMETER.search(other)]

    def any_but_named(parameter: re.Match[str]) -> str:
        before, after = path[: parameter.start()], path[parameter.end() :]
        words = [
            other[len(before) : len(other) - len(after)]
            for other in named
            if other.startswith(before) and other.endswith(after)
        ]
        taken = "|".join(re.escape(word) for word in words if word and "/" not in word)
        kept_free = rf"(?!(?:{taken})(?:/|$))" if taken else ""
        return f"{{{parameter[1]}:{kept_free}[^/]+}}"

    return _PARAMETER.sub(any_but_named, path)


async def _go_on(request: web.Request) -> None:
    """Tell who asks first to send the body; any other expectation is left unanswered."""
    if request.headers.get("Expect", "").lower() == "100-continue":
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0


def _refuse_twins(sharing: Sequence[Endpoint]) -> None:
    methods = [endpoint.method for endpoint in sharing]
    paths = {endpoint.path for endpoint in sharing}
    if len(set(methods)) < len(methods) or len(paths) > 1:
        named = ", ".join(f"{endpoint.method} {endpoint.path}" for endpoint in sharing)
        raise ValueError(f"endpoints that cannot be told apart: {named}")


def _serving(
    endpoint: Endpoint, gate: Gate
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Return the handler with everything before it that the endpoint declares."""
    handler, policy = endpoint.handler, endpoint.policy
    takes_no_query = endpoint.is_strict and endpoint.query is None
    takes_no_body = endpoint.is_strict and endpoint.body is None
    needs_key = endpoint.is_strict and endpoint.idempotency is Idempotency.REQUIRED

    async def serve(request: web.Request) -> web.StreamResponse:
        request[ENDPOINT] = endpoint
        principal = await gate.admit(request, policy)
        if principal is not None:
            request[PRINCIPAL] = principal
        if takes_no_query and request.query_string:
            read_query(request, Nothing)
        if takes_no_body and request.can_read_body:
            await read(request, Nothing)
        if needs_key and idempotency.HEADER not in request.headers:
            raise IdempotencyKeyRequired
        return await handler(request)

    return serve
