"""From a refusal to its answer: one table gives the status, and nothing else leaves the process."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs
import msgspec
from aiohttp import web

from domain.errors import (
    BillingError,
    Busy,
    Conflict,
    Forbidden,
    Invalid,
    InvalidField,
    NotFound,
    Rejected,
    TooLarge,
    TooMany,
    Unaffordable,
    Unauthenticated,
)
from domain.payments.errors import AskedTooOften, ProviderBusy
from entrypoints.http import every_answer
from entrypoints.http.endpoint import WEBHOOK_BYTES_MAX
from entrypoints.http.refusals import (
    BodyTooLarge,
    MethodNotAllowed,
    RequestRefused,
    RouteNotFound,
    TooManyGuesses,
)

STATUS_OF: Mapping[type[BillingError], int] = {
    Invalid: 400,
    Unauthenticated: 401,
    Unaffordable: 402,
    Forbidden: 403,
    NotFound: 404,
    MethodNotAllowed: 405,
    Conflict: 409,
    TooLarge: 413,
    Rejected: 422,
    TooMany: 429,
    Busy: 503,
}

INTERNAL_ERROR = "internal_error"
_RETRY_AFTER_S = "1"

_encode = msgspec.json.Encoder().encode


def status_of(refusal: type[BillingError]) -> int:
    """Return the status of a kind of refusal, from the table."""
    return next(status for kind, status in STATUS_OF.items() if issubclass(refusal, kind))


def refusal_answer(refusal: BillingError, request_id: str) -> web.Response:
    """Answer a refusal: its code, its sentence, its fields, and what its status asks for."""
    status = status_of(type(refusal))
    error = {
        "code": refusal.code,
        "message": str(refusal),
        "details": details_of(refusal),
        "request_id": request_id,
    }
    response = _answer(status, {key: value for key, value in error.items() if value is not None})
    response.headers.update(_headers(refusal))
    return response


def failure_answer(request_id: str) -> web.Response:
    """Answer that something broke on our side; what it was stands in the log alone."""
    message = "Something went wrong here. It has been logged; name the request_id when asking."
    return _answer(500, {"code": INTERNAL_ERROR, "message": message, "request_id": request_id})


def refusal_behind(error: web.HTTPException) -> BillingError:
    """Return our words for what the HTTP library refused by itself."""
    match error:
        case web.HTTPMethodNotAllowed():
            return MethodNotAllowed(allowed=tuple(sorted(error.allowed_methods)))
        case web.HTTPNotFound():
            return RouteNotFound()
        case web.HTTPRequestEntityTooLarge():
            return BodyTooLarge(bytes_max=WEBHOOK_BYTES_MAX)
        case _:
            return RequestRefused()


def details_of(refusal: BillingError) -> Mapping[str, Any] | None:
    """Return the particulars of a refusal, by the names of its fields."""
    if isinstance(refusal, InvalidField):  # the same form as several at once have
        return {"fields": [{"path": refusal.path, "problem": refusal.problem}]}
    kind: type = type(refusal)
    if not attrs.has(kind):
        return None
    return {name: getattr(refusal, name) for name in attrs.fields_dict(kind)} or None


def _headers(refusal: BillingError) -> Mapping[str, str]:
    match refusal:
        case Unauthenticated():
            return {"WWW-Authenticate": "Bearer"}
        case MethodNotAllowed():
            return {"Allow": ", ".join(refusal.allowed)}
        case TooManyGuesses() | AskedTooOften() | ProviderBusy():
            return {"Retry-After": str(max(refusal.retry_after_s, 1))}
        case Busy() | TooMany():
            return {"Retry-After": _RETRY_AFTER_S}
        case _:
            return {}


def _answer(status: int, error: Mapping[str, object]) -> web.Response:
    body = _encode({"success": False, "error": error})
    return web.Response(body=body, status=status, headers=every_answer.JSON)
