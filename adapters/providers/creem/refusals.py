"""Creem's refusals in our words. What Creem writes in them reaches neither users nor logs."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil

from attrs import frozen

from adapters.providers.creem.signature import CHANNEL
from domain.payments.errors import (
    ProviderBusy,
    ProviderRefused,
    ProviderUnavailable,
    WebhookUnreadable,
)

NOT_FOUND = 404
_REASONS: Mapping[int, str] = {
    # Its own pages disagree on which of the two a wrong key is answered with.
    401: "it does not accept the configured API key",
    403: "it does not accept the configured API key",
    NOT_FOUND: "it has no such thing",
}
_OTHER_REASON = "it does not accept this request"


@frozen(kw_only=True)
class CreemRefused(ProviderRefused):
    """Creem would not do it; `status` is how it said so, so that a caller can make amends."""

    status: int


@frozen(kw_only=True)
class CreemResting(ProviderUnavailable):
    """Creem was not asked: it has not answered for a while, and nobody waits to find that again."""


def refused_with(status: int) -> CreemRefused:
    """Return the refusal that an answer's status means."""
    return CreemRefused(channel=CHANNEL, reason=_REASONS.get(status, _OTHER_REASON), status=status)


def refused(reason: str) -> ProviderRefused:
    """Return a refusal for a reason of ours."""
    return ProviderRefused(channel=CHANNEL, reason=reason)


def unavailable() -> ProviderUnavailable:
    """Return the refusal of a call that got no usable answer."""
    return ProviderUnavailable(channel=CHANNEL)


def busy(seconds: float) -> ProviderBusy:
    """Return the refusal of a call that Creem wants made only after so many seconds."""
    return ProviderBusy(channel=CHANNEL, retry_after_s=ceil(seconds))


def unreadable(problem: str) -> WebhookUnreadable:
    """Return the refusal of something told that makes no sense to us."""
    return WebhookUnreadable(channel=CHANNEL, problem=problem)
