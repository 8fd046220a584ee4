"""The signature under Creem's webhooks: who sent the bytes.

    creem-signature: <hex HMAC-SHA256(secret, raw body)>

It does not say when it was made. What keeps an old webhook from counting again is the inbox, which
takes each event's id once, and effects that are keyed by what they pay for. While one secret
replaces another, both are valid.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Any

from domain.payments.errors import SignatureRefused
from domain.payments.ids import Channel

CHANNEL = Channel("creem")
HEADER = "creem-signature"


def secrets_given(_instance: object, attribute: Any, value: Sequence[str]) -> None:
    """Validate an attrs field as signing secrets: without one, anybody could sign."""
    if not value or not all(each.strip() for each in value):
        raise ValueError(f"{attribute.name}: at least one secret is needed, and none may be empty")


def check(body: bytes, headers: Mapping[str, str], secrets: Sequence[str]) -> None:
    """Accept a body that one of the secrets signed. Raises SignatureRefused."""
    value = headers.get(HEADER)
    if not value:
        raise _refused(f"the header {HEADER} is missing")
    given = value.encode("utf-8", "surrogateescape")
    # Every secret is tried, each in constant time, so that time tells nothing about them.
    matches = [hmac.compare_digest(signed(body, secret).encode(), given) for secret in secrets]
    if not any(matches):
        raise _refused("it does not match the body; is this the endpoint's own secret?")


def signed(body: bytes, secret: str) -> str:
    """Return the header's value for a body."""
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def _refused(reason: str) -> SignatureRefused:
    return SignatureRefused(channel=CHANNEL, reason=reason)
