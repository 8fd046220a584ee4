"""Around every request: its id, refusals turned into answers, and the headers of all answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from time import perf_counter

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from application.ports.credits import OutcomeUnknown
from application.wallets.group_commit import StoreSilent
from domain.errors import BillingError, Forbidden, Unauthenticated
from entrypoints.http.cors import Cors
from entrypoints.http.errors import failure_answer, refusal_answer, refusal_behind
from entrypoints.http.every_answer import HEADERS, SERVER
from entrypoints.http.peer import Network, address_of
from entrypoints.http.principal import PRINCIPAL, User
from entrypoints.http.request_id import HEADER, request_id_of
from entrypoints.http.tallies import RouteTallies
from entrypoints.http.wire import PARSED_BODY
from entrypoints.logs import REQUEST_ID_LOGGED

# Ids are shorter; what strangers send in the place of one is not told at length.
_LOGGED_MAX = 255

_log = structlog.get_logger(__name__)


def edge(*, cors: Cors, trusted_proxies: Sequence[Network], tallies: RouteTallies) -> Middleware:
    """Return the one middleware."""

    @web.middleware
    async def around(request: web.Request, handler: Handler) -> web.StreamResponse:
        began = perf_counter()
        request_id = request_id_of(request)
        before = REQUEST_ID_LOGGED.set(request_id)
        try:
            response = await _answered(request, handler, trusted_proxies)
        finally:
            REQUEST_ID_LOGGED.reset(before)
        if not response.prepared:
            mark(response, request_id)
            cors.mark(request, response)
        tallies.note(request.match_info.route, response.status, perf_counter() - began)
        return response

    return around


def mark(response: web.StreamResponse, request_id: str) -> None:
    """Put the headers of every answer on this one; what it says itself stands."""
    headers = response.headers
    headers[HEADER] = request_id
    if SERVER not in headers:
        # Nobody else names the server: an answer that does was made with all of them.
        for name, value in HEADERS.items():
            headers.setdefault(name, value)


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
                **_about(request),
            )
        return refusal_answer(refusal, request_id_of(request))
    except OutcomeUnknown as silence:
        _log.error(
            "store_silent",
            method=request.method,
            path=_shown(request),
            exc_info=silence,
            **_about(request),
        )
        return refusal_answer(StoreSilent(), request_id_of(request))
    except web.HTTPException as error:
        if error.status < 400:
            return web.Response(status=error.status, headers=error.headers)
        return refusal_answer(refusal_behind(error), request_id_of(request))
    except Exception:  # noqa: BLE001  # whatever broke, the caller gets an answer and we a log line
        _log.exception(
            "request_failed", method=request.method, path=_shown(request), **_about(request)
        )
        return failure_answer(request_id_of(request))


def _about(request: web.Request) -> Mapping[str, str]:
    """Return which account and order a request is about, as far as that is known by now.

    Found when a line is written, never for a request that goes well: that would cost every spend.
    """
    who = request.get(PRINCIPAL)
    given = request.get(PARSED_BODY, {}).get("account_id", request.query.get("account_id"))
    account_id = who.account_id if isinstance(who, User) else given
    found = {"account_id": account_id, "order_id": None}
    template = _template(request)
    if "/accounts/{id}" in template:
        found["account_id"] = request.match_info.get("id")
    elif "/orders/{id}" in template:
        found["order_id"] = request.match_info.get("id")
    return {name: each[:_LOGGED_MAX] for name, each in found.items() if isinstance(each, str)}


def _shown(request: web.Request) -> str:
    """Return the path as the log may have it: a ticket opens a page for whoever knows it."""
    template = _template(request)
    return template if "{ticket}" in template else request.path


def _template(request: web.Request) -> str:
    resource = request.match_info.route.resource
    return "" if resource is None else resource.canonical
