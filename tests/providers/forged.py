"""Forty ways to forge the headers of a webhook, for every channel: none of them may be believed."""

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence

from attrs import frozen

Headers = Sequence[tuple[str, str]]
"""Headers as they are sent, repeated ones included."""

_ELSEWHERE = "whsec_of_somebody_else"
_MINUTES_5 = 300
_YEAR = 365 * 24 * 3600


@frozen(kw_only=True)
class Scheme:
    """How a channel signs: under which header and secret, and whether the instant is signed too."""

    header: str
    secret: str
    api_key: str
    is_timed: bool
    now: int
    body: bytes

    def genuine(self) -> Headers:
        """Return what the provider itself sends."""
        return self.signed()

    def signed(
        self, *, secret: str | None = None, body: bytes | None = None, seconds: object = None
    ) -> Headers:
        """Return a delivery signed with another secret, over another body or at another instant."""
        return self.bearing(self.digest(secret=secret, body=body, seconds=seconds), seconds)

    def bearing(self, signature: str, seconds: object = None) -> Headers:
        """Return a delivery that bears this signature."""
        return [(self.header, self.value(signature, seconds))]

    def value(self, signature: str, seconds: object = None) -> str:
        """Return the header's value around a signature."""
        at = self.now if seconds is None else seconds
        return f"t={at},v1={signature}" if self.is_timed else signature

    def message(self, body: bytes | None = None, seconds: object = None) -> bytes:
        """Return the bytes that are signed."""
        told = self.body if body is None else body
        at = self.now if seconds is None else seconds
        return f"{at}.".encode() + told if self.is_timed else told

    def digest(
        self,
        *,
        secret: str | None = None,
        body: bytes | None = None,
        seconds: object = None,
        algorithm: str = "sha256",
    ) -> str:
        """Return a signature, made without the code under test."""
        key = self.secret if secret is None else secret
        return hmac.new(key.encode(), self.message(body, seconds), algorithm).hexdigest()


def forgeries(of: Scheme) -> Mapping[str, Headers]:
    """Return every forgery by what is wrong with it: forty for each scheme."""
    particular = _forged_instants(of) if of.is_timed else _forged_wrappings(of)
    return {**_missing(of), **_by_others(of), **_wrongly_made(of), **_wrongly_put(of), **particular}


def _missing(of: Scheme) -> Mapping[str, Headers]:
    return {
        "no header": [],
        "an empty header": [(of.header, "")],
        "a blank header": [(of.header, "   ")],
        "an empty signature": of.bearing(""),
    }


def _by_others(of: Scheme) -> Mapping[str, Headers]:
    return {
        "another endpoint's secret": of.signed(secret=_ELSEWHERE),
        "the other mode's secret": of.signed(secret=f"{of.secret}_live"),
        "an empty secret": of.signed(secret=""),
        "the API key": of.signed(secret=of.api_key),
        "the secret in upper case": of.signed(secret=of.secret.upper()),
        "the secret with a line break": of.signed(secret=f"{of.secret}\n"),
        "the secret in base64": of.signed(secret=base64.b64encode(of.secret.encode()).decode()),
    }


def _wrongly_made(of: Scheme) -> Mapping[str, Headers]:
    told, key = of.message(), of.secret.encode()
    raw = hmac.new(key, told, hashlib.sha256).digest()
    return {
        "over another body": of.signed(body=b"{}"),
        "over the body and a line break": of.signed(body=of.body + b"\n"),
        "over no body": of.signed(body=b""),
        "over the body twice": of.signed(body=of.body * 2),
        "without any key": of.bearing(hashlib.sha256(told).hexdigest()),
        "with the key in front": of.bearing(hashlib.sha256(key + told).hexdigest()),
        "with key and message exchanged": of.bearing(hmac.new(told, key, "sha256").hexdigest()),
        "by SHA-1": of.bearing(of.digest(algorithm="sha1")),
        "by SHA-512": of.bearing(of.digest(algorithm="sha512")),
        "by MD5": of.bearing(of.digest(algorithm="md5")),
        "in base64": of.bearing(base64.b64encode(raw).decode()),
        "in base64 for addresses": of.bearing(base64.urlsafe_b64encode(raw).decode()),
    }


def _wrongly_put(of: Scheme) -> Mapping[str, Headers]:
    good = of.digest()
    value, other = of.value(good), of.value(of.digest(secret=_ELSEWHERE))
    return {
        "cut short": of.bearing(good[:-1]),
        "a digit too long": of.bearing(f"{good}0"),
        "half of it": of.bearing(good[: len(good) // 2]),
        "in upper case": of.bearing(good.upper()),
        "in quotes": of.bearing(f'"{good}"'),
        "all zeros": of.bearing("0" * 64),
        "very long": of.bearing(good * 60),
        "letters no hex has": of.bearing("ÿé" * 32),
        "under another name": [("x-signature", value)],
        "as authorisation": [("authorization", value)],
        "twice, a good one first": [(of.header, value), (of.header, other)],
        "twice, a good one last": [(of.header, other), (of.header, value)],
    }


def _forged_instants(of: Scheme) -> Mapping[str, Headers]:
    good, now = of.digest(), of.now
    return {
        "another instant": of.bearing(good, now + 1),
        "too old": of.signed(seconds=now - _MINUTES_5 - 60),
        "too far ahead": of.signed(seconds=now + _MINUTES_5 + 60),
        "a year old": of.signed(seconds=now - _YEAR),
        "an hour ahead": of.signed(seconds=now + 3600),
        "in milliseconds": of.signed(seconds=now * 1000),
        "an instant with a fraction": of.signed(seconds=f"{now}.0"),
        "a negative instant": of.signed(seconds=-now),
        "an instant with a sign": of.signed(seconds=f"+{now}"),
        "digits of another script": of.signed(seconds="١٢"),
        "no instant": [(of.header, f"v1={good}")],
        "no signature": [(of.header, f"t={now}")],
        "two instants": [(of.header, f"t={now},t={now - 1},v1={good}")],
        "an unknown scheme alone": [(of.header, f"t={now},v0={good}")],
        "parted by semicolons": [(of.header, f"t={now};v1={good}")],
    }


def _forged_wrappings(of: Scheme) -> Mapping[str, Headers]:
    good = of.digest()
    timed = hmac.new(of.secret.encode(), f"{of.now}.".encode() + of.body, "sha256").hexdigest()
    return {
        name: [(of.header, value)]
        for name, value in {
            "named by its algorithm": f"sha256={good}",
            "named by its version": f"v1={good}",
            "in the other provider's form": f"t={of.now},v1={good}",
            "in the other provider's form and manner": f"t={of.now},v1={timed}",
            "signed with an instant": timed,
            "in a list": f"{good},{good}",
            "after another": f"{'0' * 64} {good}",
            "in brackets": f"[{good}]",
            "as a number": f"0x{good}",
            "from its end": good[::-1],
            "in percent": "".join(f"%{ord(each):02x}" for each in good),
            "signed once more": hmac.new(of.secret.encode(), good.encode(), "sha256").hexdigest(),
        }.items()
    }
