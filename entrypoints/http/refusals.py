"""Refusals that only the HTTP edge can give: the request could not be read, or lacks a header."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from attrs import frozen

from domain.errors import BillingError, Busy, Invalid, NotFound, Rejected, TooLarge, TooMany


@frozen(kw_only=True)
class Problem:
    """What is wrong with one value of a request, and where: `items[2].amount`."""

    path: str
    problem: str


@frozen(kw_only=True)
class InvalidRequest(Invalid):
    """Values of the request cannot be accepted; every one of them is named at once."""

    code: ClassVar[str] = "invalid_request"
    fields: Sequence[Problem]

    def __str__(self) -> str:
        return "; ".join(f"{each.path}: {each.problem}" for each in self.fields)


@frozen(kw_only=True)
class BodyTooLarge(TooLarge):
    """The body is bigger than this endpoint reads."""

    code: ClassVar[str] = "body_too_large"
    bytes_max: int

    def __str__(self) -> str:
        return f"The body may have at most {self.bytes_max} bytes."


@frozen(kw_only=True)
class IdempotencyKeyRequired(Invalid):
    """The request has no Idempotency-Key, without which a repeat could act twice."""

    code: ClassVar[str] = "idempotency_key_required"

    def __str__(self) -> str:
        return "Send a header Idempotency-Key with a fresh value for each thing you want done once."


@frozen(kw_only=True)
class TooManyGuesses(TooMany):
    """Too many coupon codes that do nothing were tried, by an account or from an address."""

    code: ClassVar[str] = "too_many_guesses"
    retry_after_s: int

    def __str__(self) -> str:
        minutes = -(-self.retry_after_s // 60)
        wait = "a minute" if minutes == 1 else f"{minutes} minutes"
        return f"Too many codes that do nothing were tried. Try again in {wait}."


@frozen(kw_only=True)
class RouteNotFound(NotFound):
    """Nothing is served under this path."""

    code: ClassVar[str] = "route_not_found"

    def __str__(self) -> str:
        return "Nothing is served under this path; GET /openapi.json lists what is."


@frozen(kw_only=True)
class MethodNotAllowed(BillingError):
    """The path exists, but not with this method. Of no kind: it has a status of its own."""

    code: ClassVar[str] = "method_not_allowed"
    allowed: Sequence[str]

    def __str__(self) -> str:
        return f"This path answers {', '.join(self.allowed)} only."


@frozen(kw_only=True)
class RequestRefused(Invalid):
    """The HTTP request itself is not one that is answered here."""

    code: ClassVar[str] = "bad_http_request"

    def __str__(self) -> str:
        return "The request is not one that is answered here."


@frozen(kw_only=True)
class SessionsNotConfigured(Rejected):
    """No secret is configured that short session tokens could be signed with."""

    code: ClassVar[str] = "sessions_not_configured"

    def __str__(self) -> str:
        return "Session tokens need BILLING_SESSION_SECRET (or BILLING_JWT_SECRET) to be set."


@frozen(kw_only=True)
class NotReady(Busy):
    """The process lives but should not be sent requests now; `reason` is one word."""

    code: ClassVar[str] = "not_ready"
    reason: str

    def __str__(self) -> str:
        return f"Not ready: {self.reason}."
