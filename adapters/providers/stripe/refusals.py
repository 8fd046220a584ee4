"""Stripe's errors in our words. What Stripe writes in them reaches neither users nor logs."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from math import ceil

import stripe
from attrs import frozen

from adapters.providers.stripe.signature import CHANNEL
from domain.payments.errors import ProviderBusy, ProviderRefused, ProviderUnavailable

MISSING = "resource_missing"
EXISTS = "resource_already_exists"
KEY_REUSED = "idempotency_error"

LOCKED = "lock_timeout"
WAIT_TOLD = "told-retry-after"
"""The header Retry-After of a refusal, under a name by which Stripe's package does not act."""

_LOG = logging.getLogger(__name__)
_PLAIN = re.compile(r"[A-Za-z0-9_.-]{1,80}")

_REASONS: Mapping[str, str] = {
    MISSING: "it has no such thing",
    EXISTS: "it has this already",
    KEY_REUSED: "the same key was used before for something else",
    "charge_already_refunded": "the payment has been refunded in full already",
    "charge_disputed": "the payment is disputed and cannot be refunded",
    "amount_too_small": "the amount is below the least it takes",
    "amount_too_large": "the amount is more than it takes, or than is left",
    "card_declined": "the payment was declined",
    "url_invalid": "it does not accept the return URL",
}
_OTHER_REASON = "it does not accept this request"


@frozen(kw_only=True)
class StripeRefused(ProviderRefused):
    """Stripe would not do it; `cause` is Stripe's own code, so that a caller can make amends."""

    cause: str


def unavailable() -> ProviderUnavailable:
    """Return the refusal of a call that got no usable answer."""
    return ProviderUnavailable(channel=CHANNEL)


def busy(seconds: float) -> ProviderBusy:
    """Return the refusal of a call that Stripe wants made only after so many seconds."""
    return ProviderBusy(channel=CHANNEL, retry_after_s=ceil(seconds))


def in_our_words(fault: stripe.StripeError) -> ProviderUnavailable | StripeRefused:
    """Return what an error of the package means, having logged what may be logged of it."""
    cause = _code_of(fault)
    _LOG.warning(
        "Stripe answered with %s (status %s, code %s, request %s)",
        type(fault).__name__,
        fault.http_status,
        cause,
        _plain(fault.request_id),
    )
    match fault:
        case stripe.AuthenticationError():
            return _refused("it does not accept the configured secret key", cause)
        case stripe.PermissionError():
            return _refused("the configured key lacks a right that this needs", cause)
        case stripe.RateLimitError():
            return busy(_seconds_to_wait(fault, cause))
        case stripe.CardError():
            return _refused("the payment was declined", cause)
        case stripe.IdempotencyError():
            return _refused(_REASONS[KEY_REUSED], KEY_REUSED)
        case stripe.InvalidRequestError():
            return _refused(_REASONS.get(cause, _OTHER_REASON), cause)
        case _:
            return unavailable()


def _seconds_to_wait(fault: stripe.StripeError, cause: str) -> float:
    """Return after how many seconds Stripe may be asked again; a lock is on one thing alone."""
    if cause == LOCKED:
        return 0
    told = (fault.headers or {}).get(WAIT_TOLD, "")
    return int(told) if told.isascii() and told.isdigit() else 1


def _refused(reason: str, cause: str) -> StripeRefused:
    return StripeRefused(channel=CHANNEL, reason=reason, cause=cause)


def _code_of(fault: stripe.StripeError) -> str:
    """Return Stripe's code. Some kinds of error do not carry it themselves, only in their body."""
    body = fault.json_body
    error = body.get("error") if isinstance(body, Mapping) else None
    return _plain(error.get("code") if isinstance(error, Mapping) else None)


def _plain(text: object) -> str:
    """Return a code or an id as it is, and nothing of any other text."""
    return text if isinstance(text, str) and _PLAIN.fullmatch(text) else "none"
