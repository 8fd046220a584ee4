"""Signatures that say when they were made, as Stripe and the sandbox put them into a header.

    t=<unix seconds>,v1=<hex HMAC-SHA256(secret, "{t}.{raw body}")>

A header may hold several signatures, and the receiver may have several secrets, while one replaces
another.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from attrs import frozen

from domain.payments.errors import SignatureRefused
from domain.payments.ids import Channel

TOLERANCE = timedelta(seconds=300)
SIGNATURES_MAX = 16

_SECONDS = re.compile(r"[0-9]{1,12}")


@frozen(kw_only=True)
class TimedSignature:
    """The instant in a channel's header, in unix seconds as written, and the signatures beside it.

    Those of other schemes are left out.
    """

    channel: Channel
    seconds: str
    given: tuple[bytes, ...]

    @classmethod
    def of(cls, channel: Channel, value: str) -> TimedSignature:
        """Take a header's value apart. Raises SignatureRefused."""
        pairs = [element.partition("=")[::2] for element in value.split(",")]
        instants = [text for name, text in pairs if name == "t"]
        if len(instants) != 1 or not _SECONDS.fullmatch(instants[0]):
            raise refused(channel, "it does not say when it was made")
        given = [text.encode("utf-8", "surrogateescape") for name, text in pairs if name == "v1"]
        if not given:
            raise refused(channel, "it holds no signature of the scheme v1")
        if len(given) > SIGNATURES_MAX:
            raise refused(channel, "it holds too many signatures")
        return cls(channel=channel, seconds=instants[0], given=tuple(given))

    def check(self, body: bytes, secrets: Sequence[str], now: datetime) -> None:
        """Accept a body that one of the secrets signed, neither long ago nor ahead of now.

        Raises SignatureRefused. The age is judged last: only who knows a secret learns our time.
        """
        expected = [digest(secret, self.seconds, body).encode() for secret in secrets]
        # Every pair is compared, each in constant time, so that time tells nothing about secrets.
        matches = [hmac.compare_digest(one, other) for one in expected for other in self.given]
        if not any(matches):
            reason = "no signature matches the body; is this the endpoint's own secret?"
            raise refused(self.channel, reason)
        age = abs(int(now.timestamp()) - int(self.seconds))
        if age > TOLERANCE.total_seconds():
            raise refused(self.channel, f"it was made {age} seconds before or after now")


def digest(secret: str, seconds: str, body: bytes) -> str:
    """Return the signature of a body that is sent at an instant, in unix seconds."""
    return hmac.new(secret.encode(), seconds.encode() + b"." + body, hashlib.sha256).hexdigest()


def refused(channel: Channel, reason: str) -> SignatureRefused:
    """Return the refusal of a channel's webhook for a reason."""
    return SignatureRefused(channel=channel, reason=reason)
