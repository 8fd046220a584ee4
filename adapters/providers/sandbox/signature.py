"""The signature under the sandbox's webhooks: who sent the bytes, and when.

    sandbox-signature: t=<unix seconds>,v1=<hex HMAC-SHA256(secret, "{t}.{raw body}")>

The sender signs with every secret it has and the receiver accepts any of its own, so that a secret
can be replaced while webhooks are on their way.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from domain.payments.errors import SignatureRefused
from domain.payments.ids import Channel

CHANNEL = Channel("sandbox")
HEADER = "sandbox-signature"
TOLERANCE = timedelta(seconds=300)

_SECONDS = re.compile(r"[0-9]{1,12}")


def secrets_given(_instance: object, attribute: Any, value: Sequence[str]) -> None:
    """Validate an attrs field as secrets to sign with: without one, anybody could sign."""
    if not value or not all(value):
        raise ValueError(f"{attribute.name}: at least one secret is needed, and none may be empty")


def sign(body: bytes, secrets: Sequence[str], now: datetime) -> str:
    """Return the header's value for a body that is sent now."""
    seconds = str(int(now.timestamp()))
    signatures = (f"v1={_digest(secret, seconds, body)}" for secret in secrets)
    return ",".join((f"t={seconds}", *signatures))


def check(body: bytes, headers: Mapping[str, str], secrets: Sequence[str], now: datetime) -> None:
    """Accept a body whose header was made with one of the secrets, not long ago or ahead.

    Raises SignatureRefused. The age is judged last: only who knows a secret learns our time.
    """
    value = headers.get(HEADER)
    if value is None:
        raise _refused(f"the header {HEADER} is missing")
    seconds, given = _taken_apart(value)
    expected = [_digest(secret, seconds, body).encode() for secret in secrets]
    # Every pair is compared, each in constant time, so that time tells nothing about the secrets.
    matches = [hmac.compare_digest(one, other) for one in expected for other in given]
    if not any(matches):
        raise _refused("no signature matches the body")
    age = abs(int(now.timestamp()) - int(seconds))
    if age > TOLERANCE.total_seconds():
        raise _refused(f"it was made {age} seconds before or after now")


def _taken_apart(value: str) -> tuple[str, list[bytes]]:
    """Return the instant, in unix seconds as written, and the signatures of the scheme we know."""
    pairs = [element.partition("=")[::2] for element in value.split(",")]
    instants = [text for name, text in pairs if name == "t"]
    if len(instants) != 1 or not _SECONDS.fullmatch(instants[0]):
        raise _refused("it does not say when it was made")
    given = [text.encode("utf-8", "surrogateescape") for name, text in pairs if name == "v1"]
    if not given:
        raise _refused("it holds no signature of the scheme v1")
    return instants[0], given


def _digest(secret: str, seconds: str, body: bytes) -> str:
    return hmac.new(secret.encode(), seconds.encode() + b"." + body, hashlib.sha256).hexdigest()


def _refused(reason: str) -> SignatureRefused:
    return SignatureRefused(channel=CHANNEL, reason=reason)
