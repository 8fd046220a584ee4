"""From the header Idempotency-Key to the application's RequestKey."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping

import msgspec
from aiohttp import web

from application.ports.idempotency import RequestKey
from domain.errors import InvalidField
from entrypoints.http.endpoint import ENDPOINT, Idempotency
from entrypoints.http.principal import caller_of
from entrypoints.http.refusals import IdempotencyKeyRequired
from entrypoints.http.wire import PARSED_BODY

HEADER = "Idempotency-Key"
KEY_LENGTH_MAX = 255

_canonical = msgspec.json.Encoder(order="sorted").encode
_VISIBLE = re.compile(r"[\x21-\x7e]{1,255}")


def required_key(request: web.Request, owner: str) -> RequestKey:
    """Return the request's key, where the endpoint cannot act without one. Call it after `read`.

    Raises IdempotencyKeyRequired, InvalidField.
    """
    key = request_key(request, owner)
    if key is None:
        raise IdempotencyKeyRequired
    return key


def request_key(request: web.Request, owner: str) -> RequestKey | None:
    """Return the request's key, or None if it has none. Call it after `read`.

    `owner` is the account the request is about, or the id of the admin who asks. The key is bound
    to method, route, path and body: under another request it is refused. Raises InvalidField.
    """
    assert request[ENDPOINT].idempotency is not Idempotency.NONE, "declare it on the Endpoint"
    given = request.headers.getall(HEADER, [])
    if not given:
        return None
    if len(given) > 1 or not _VISIBLE.fullmatch(given[0]):
        problem = f"must be sent once, as 1 to {KEY_LENGTH_MAX} visible ASCII characters"
        raise InvalidField(path=HEADER, problem=problem)
    return RequestKey(
        owner=owner,
        caller=caller_of(request),
        key=given[0],
        fingerprint=_fingerprint(request, request.get(PARSED_BODY, {})),
    )


def item_key(request: web.Request, owner: str, place: int) -> RequestKey:
    """Return the key of one of a request's `items`, bound to that item. Call it after `read`."""
    item = request[PARSED_BODY]["items"][place]
    return RequestKey(
        owner=owner,
        caller=caller_of(request),
        key=item["key"],
        fingerprint=_fingerprint(request, item),
    )


def _fingerprint(request: web.Request, body: object) -> str:
    endpoint = request[ENDPOINT]
    return fingerprint_of(endpoint.method, endpoint.path, request.match_info, body)


def fingerprint_of(method: str, path: str, parameters: Mapping[str, str], body: object) -> str:
    """Return the digest of a request: the same for the same request in any order of its fields."""
    asked = [method, path, dict(parameters), body]
    return hashlib.sha256(_canonical(asked)).hexdigest()
