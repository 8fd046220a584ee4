"""Around every request: its id, refusals turned into answers, and the headers of all answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from structlog.contextvars import bind_contextvars, reset_contextvars

from application.group_commit import StoreSilent
from application.ports.credits import OutcomeUnknown
from domain.errors import BillingError, Forbidden, Unauthenticated
from entrypoints.http.cors import Cors
from entrypoints.http.errors import failure_answer, refusal_answer, refusal_behind
from entrypoints.http.peer import Network, address_of
from entrypoints.http.request_id import HEADER, request_id_of

# An answer is data about one account at one moment: nobody keeps it, frames it or guesses its type.
# The name of the server stands here so that the library does not say its own, with its version.
_HEADERS: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Server": "billing",
    "X-Content-Type-Options": "nosniff",
}

_log = structlog.get_logger(__name__)


def edge(*, cors: Cors, trusted_proxies: Sequence[Network]) -> Middleware:
    """Return the one middleware."""

    @web.middleware
    async def around(request: web.Request, handler: Handler) -> web.StreamResponse:
        request_id = request_id_of(request)
        bound = bind_contextvars(request_id=request_id)
        try:
            response = await _answered(request, handler, trusted_proxies)
        finally:
            reset_contextvars(**bound)
        if not response.prepared:
            mark(response, request_id)
            cors.mark(request, response)
        return response

    return around


def mark(response: web.StreamResponse, request_id: str) -> None:
    """Put the headers of every answer on this one; what it says itself stands."""
    response.headers[HEADER] = request_id
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)


async def _answered(
    request: web.Request, handler: Handler, trusted_proxies: Sequence[Network]
) -> web.StreamResponse:
    try:
        return await handler(request)
    except BillingError as refusal:
        if isinstance(refusal, Unauthenticated | Forbidden):
            _log.warning(
                "request_refused",
                code=refusal.code,
                method=request.method,
                path=_shown(request),
                address=address_of(request, trusted_proxies),
            )
        return refusal_answer(refusal, request_id_of(request))
    except OutcomeUnknown as silence:
        _log.error("store_silent", method=request.method, path=_shown(request), exc_info=silence)
        return refusal_answer(StoreSilent(), request_id_of(request))
    except web.HTTPException as error:
        if error.status < 400:
            return web.Response(status=error.status, headers=error.headers)
        return refusal_answer(refusal_behind(error), request_id_of(request))
    except Exception:  # noqa: BLE001  # whatever broke, the caller gets an answer and we a log line
        _log.exception("request_failed", method=request.method, path=_shown(request))
        return failure_answer(request_id_of(request))


def _shown(request: web.Request) -> str:
    """Return the path as the log may have it: a ticket opens a page for whoever knows it."""
    resource = request.match_info.route.resource
    template = "" if resource is None else resource.canonical
    return template if "{ticket}" in template else request.path
