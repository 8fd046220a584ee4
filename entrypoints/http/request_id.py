"""The name of one request, in its answer, in the log and in the audit record."""

from __future__ import annotations

import re
import secrets

from aiohttp import web

HEADER = "X-Request-Id"
REQUEST_ID: web.RequestKey[str] = web.RequestKey("request_id", str)

_SANE = re.compile(r"[A-Za-z0-9._-]{1,64}")


def new_request_id() -> str:
    """Return an id for a request whose caller gave it none."""
    return secrets.token_hex(12)


def request_id_of(request: web.Request) -> str:
    """Return the request's id: the caller's own if it is short and plain, else a new one."""
    known = request.get(REQUEST_ID)
    if known is None:
        given = request.headers.get(HEADER, "")
        known = given if _SANE.fullmatch(given) else new_request_id()
        request[REQUEST_ID] = known
    return known
