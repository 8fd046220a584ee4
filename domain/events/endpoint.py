"""An endpoint: an address of the product's own that events are sent to."""

from __future__ import annotations

import base64
from datetime import datetime, timedelta
from enum import Enum

from attrs import evolve, field, frozen

from domain.events.ids import EndpointId
from domain.events.outgoing_event import EventType

ENDPOINTS_MAX = 50
SECRETS_MAX = 3
OVERLAP_HOURS_MAX = 168

SWITCHED_OFF_AFTER = timedelta(days=3)
"""How long everything may fail before an endpoint is switched off."""


class EndpointStatus(Enum):
    """Whether events are sent to an endpoint."""

    ON = "on"
    OFF = "off"
    """An admin switched it off."""
    FAILED = "failed"
    """It was switched off because it took nothing any more, for days."""
    GONE = "gone"
    """It was switched off because it answered 410: it wants no more."""


@frozen(kw_only=True)
class EndpointSecret:
    """What deliveries are signed with: `whsec_…`, kept readable, since nothing can sign with less.

    One that was replaced signs beside the new one until `ends_at`, so that the receiver can change
    over in its own time.
    """

    text: str = field(repr=False)
    created_at: datetime
    ends_at: datetime | None = None

    def counts(self, now: datetime) -> bool:
        """Say whether deliveries are signed with it."""
        return self.ends_at is None or now < self.ends_at


@frozen(kw_only=True)
class Endpoint:
    """Where events go, which of them, and how it has taken them lately.

    `types` are the events it wants, none for all there are. `failing_since` is the instant of the
    first failure that no success has followed.
    """

    id: EndpointId
    url: str
    description: str = ""
    types: frozenset[EventType] = frozenset()
    status: EndpointStatus = EndpointStatus.ON
    secrets: tuple[EndpointSecret, ...] = field(default=(), repr=False)
    failing_since: datetime | None = None
    created_at: datetime
    changed_at: datetime

    @property
    def is_on(self) -> bool:
        """Say whether events are sent to it."""
        return self.status is EndpointStatus.ON

    def wants(self, type: str) -> bool:
        """Say whether it is to be told of this type of event."""
        if type == EventType.ENDPOINT_TEST.value:
            return False  # A test goes to the endpoint it tests, and to no other.
        return not self.types or any(each.value == type for each in self.types)

    def signs_with(self, now: datetime) -> tuple[str, ...]:
        """Return the secrets that count now, the newest first."""
        return tuple(secret.text for secret in self.secrets if secret.counts(now))

    def rotated(self, text: str, now: datetime, overlap: timedelta) -> Endpoint:
        """Sign with a new secret; those there were sign beside it for so long, and no longer."""
        ends_at = now + overlap
        ending = [
            evolve(each, ends_at=ends_at if each.ends_at is None else min(each.ends_at, ends_at))
            for each in self.secrets
            if each.counts(now)
        ]
        first = EndpointSecret(text=text, created_at=now)
        return evolve(self, secrets=(first, *ending)[:SECRETS_MAX], changed_at=now)

    def switched(self, status: EndpointStatus, now: datetime) -> Endpoint:
        """Switch it on or off; what is so already stays as it is."""
        if status is self.status:
            return self
        return evolve(self, status=status, failing_since=None, changed_at=now)

    def took(self) -> Endpoint:
        """Note a success: whatever failed before is over."""
        return self if self.failing_since is None else evolve(self, failing_since=None)

    def missed(self, now: datetime, *, is_gone: bool) -> Endpoint:
        """Note a failure; what has failed for too long, or wants no more, is switched off."""
        if not self.is_on:
            return self
        if is_gone:
            return self.switched(EndpointStatus.GONE, now)
        since = self.failing_since or now
        if now - since >= SWITCHED_OFF_AFTER:
            return self.switched(EndpointStatus.FAILED, now)
        return evolve(self, failing_since=since)


def secret_written(secret: str) -> str:
    """Return a fresh secret as its holder keeps it: a key of 24 to 64 bytes, in Base64.

    The form is that of Standard Webhooks 1.0.0, so that every library for it takes the text.
    """
    key = secret.encode()
    assert 24 <= len(key) <= 64, "Standard Webhooks asks for a key of 24 to 64 bytes"
    return "whsec_" + base64.b64encode(key).decode()
