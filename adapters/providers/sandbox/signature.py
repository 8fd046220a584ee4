"""The signature under the sandbox's webhooks: who sent the bytes, and when.

Its header sandbox-signature is a `timed_signature`. The sender signs with every secret it has and
the receiver accepts any of its own, so that a secret can be replaced while webhooks are on their
way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from adapters.providers.timed_signature import TimedSignature, digest, refused
from domain.payments.ids import Channel

CHANNEL = Channel("sandbox")
HEADER = "sandbox-signature"


def secrets_given(_instance: object, attribute: Any, value: Sequence[str]) -> None:
    """Validate an attrs field as secrets to sign with: without one, anybody could sign."""
    if not value or not all(value):
        raise ValueError(f"{attribute.name}: at least one secret is needed, and none may be empty")


def sign(body: bytes, secrets: Sequence[str], now: datetime) -> str:
    """Return the header's value for a body that is sent now."""
    seconds = str(int(now.timestamp()))
    signatures = (f"v1={digest(secret, seconds, body)}" for secret in secrets)
    return ",".join((f"t={seconds}", *signatures))


def check(body: bytes, headers: Mapping[str, str], secrets: Sequence[str], now: datetime) -> None:
    """Accept a body whose header was made with one of the secrets, not long ago or ahead.

    Raises SignatureRefused.
    """
    value = headers.get(HEADER)
    if value is None:
        raise refused(CHANNEL, f"the header {HEADER} is missing")
    TimedSignature.of(CHANNEL, value).check(body, secrets, now)
