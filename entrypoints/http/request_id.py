"""The name of one request, in its answer, in the log and in the audit record."""

from __future__ import annotations

import itertools
import re
import secrets

from aiohttp import web

HEADER = "X-Request-Id"
REQUEST_ID: web.RequestKey[str] = web.RequestKey("request_id", str)

# Chance for the process, a count for the request: unique, and nothing is asked of the system.
_PROCESS = secrets.token_hex(8)
_count = itertools.count(secrets.randbits(24))

_SANE = re.compile(r"[A-Za-z0-9._-]{1,64}")


def new_request_id() -> str:
    """Return an id for a request whose caller gave it none."""
    return f"{_PROCESS}{next(_count):08x}"


def request_id_of(request: web.Request) -> str:
    """Return the request's id: the caller's own if it is short and plain, else a new one."""
    known = request.get(REQUEST_ID)
    if known is None:
        given = request.headers.get(HEADER)
        known = given if given is not None and _SANE.fullmatch(given) else new_request_id()
        request[REQUEST_ID] = known
    return known
