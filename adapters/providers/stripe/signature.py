"""The signature under Stripe's webhooks: who sent the bytes, and when.

    Stripe-Signature: t=<unix seconds>,v1=<hex HMAC-SHA256(secret, "{t}.{raw body}")>

The header may hold several signatures, and we may have several secrets, while one replaces another.
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

CHANNEL = Channel("stripe")
HEADER = "stripe-signature"
TOLERANCE = timedelta(seconds=300)

_SECONDS = re.compile(r"[0-9]{1,12}")
_SIGNATURES_MAX = 16


def secrets_given(_instance: object, attribute: Any, value: Sequence[str]) -> None:
    """Validate an attrs field as signing secrets: without one, anybody could sign."""
    if not value or not all(each.strip() for each in value):
        raise ValueError(f"{attribute.name}: at least one secret is needed, and none may be empty")


def check(body: bytes, headers: Mapping[str, str], secrets: Sequence[str], now: datetime) -> None:
    """Accept a body that one of the secrets signed, neither long ago nor ahead of now.

    Stripe's own library takes any instant in the future; we do not. Raises SignatureRefused. The
    age is judged last: only who knows a secret learns our time.
    """
    value = headers.get(HEADER)
    if not value:
        raise _refused("the header Stripe-Signature is missing")
    seconds, given = _taken_apart(value)
    expected = [_digest(secret, seconds, body).encode() for secret in secrets]
    # Every pair is compared, each in constant time, so that time tells nothing about the secrets.
    matches = [hmac.compare_digest(one, other) for one in expected for other in given]
    if not any(matches):
        raise _refused("no signature matches the body; is this the endpoint's own secret?")
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
    if len(given) > _SIGNATURES_MAX:
        raise _refused("it holds too many signatures")
    return instants[0], given


def _digest(secret: str, seconds: str, body: bytes) -> str:
    return hmac.new(secret.encode(), seconds.encode() + b"." + body, hashlib.sha256).hexdigest()


def _refused(reason: str) -> SignatureRefused:
    return SignatureRefused(channel=CHANNEL, reason=reason)
