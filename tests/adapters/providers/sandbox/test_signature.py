"""Whose webhooks are believed, and for how long."""

import hashlib
import hmac
from datetime import timedelta

import pytest

from adapters.providers.sandbox.provider import SandboxProvider
from adapters.providers.sandbox.signature import HEADER, check, sign
from domain.payments.errors import SignatureRefused
from tests.adapters.providers.sandbox.bodies import CHECKOUT_UNPAID, a_body
from tests.support.clock import NOON
from tests.support.sandbox import SECRET, SandboxWorld

BODY = b'{"amount": 990}'
T = int(NOON.timestamp())


def v1(body: bytes = BODY, *, secret: str = SECRET, seconds: object = T) -> str:
    """The signature as the scheme defines it, made without the code under test."""
    text = f"{seconds}.".encode() + body
    return hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()


REFUSED = {
    "no header": (None, "missing"),
    "an empty header": ("", "when it was made"),
    "no instant": (f"v1={v1()}", "when it was made"),
    "no signature": (f"t={T}", "no signature of the scheme"),
    "an unknown scheme alone": (f"t={T},v0={v1()}", "no signature of the scheme"),
    "an empty signature": (f"t={T},v1=", "no signature matches"),
    "another secret": (f"t={T},v1={v1(secret='another')}", "no signature matches"),
    "another body": (f"t={T},v1={v1(b'{}')}", "no signature matches"),
    "another instant": (f"t={T + 1},v1={v1()}", "no signature matches"),
    "a signature cut short": (f"t={T},v1={v1()[:-1]}", "no signature matches"),
    "upper-case hex": (f"t={T},v1={v1().upper()}", "no signature matches"),
    "letters no hex has": (f"t={T},v1=ÿé\udcff", "no signature matches"),
    "two instants": (f"t={T},t={T + 1},v1={v1()}", "when it was made"),
    "an instant with a fraction": (f"t={T}.0,v1={v1(seconds=f'{T}.0')}", "when it was made"),
    "a negative instant": ("t=-1," + f"v1={v1(seconds=-1)}", "when it was made"),
    "digits of another script": (f"t=١٢,v1={v1(seconds='١٢')}", "when it was made"),
    "an endless instant": (f"t={'9' * 4000},v1={v1(seconds='9' * 4000)}", "when it was made"),
    "301 seconds old": (f"t={T - 301},v1={v1(seconds=T - 301)}", "301 seconds"),
    "301 seconds ahead": (f"t={T + 301},v1={v1(seconds=T + 301)}", "301 seconds"),
    "old, and by another": (f"t={T - 301},v1={v1(secret='x', seconds=T - 301)}", "no signature"),
}


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED.keys())
def test_a_signature_is_refused_with_the_reason(case: tuple[str | None, str]) -> None:
    header, reason = case
    headers = {} if header is None else {HEADER: header}

    with pytest.raises(SignatureRefused, match=reason):
        check(BODY, headers, (SECRET,), NOON)


ACCEPTED = {
    "made now": f"t={T},v1={v1()}",
    "the second of two matches": f"t={T},v1={v1(secret='another')},v1={v1()}",
    "beside an unknown scheme": f"t={T},v0=1,v1={v1()}",
    "300 seconds old": f"t={T - 300},v1={v1(seconds=T - 300)}",
    "300 seconds ahead": f"t={T + 300},v1={v1(seconds=T + 300)}",
}


@pytest.mark.parametrize("header", ACCEPTED.values(), ids=ACCEPTED.keys())
def test_a_signature_is_accepted(header: str) -> None:
    check(BODY, {HEADER: header}, (SECRET,), NOON)


def test_what_is_signed_with_both_secrets_is_believed_by_whoever_knows_one() -> None:
    header = sign(BODY, ("new", "old"), NOON)

    for known in (("old",), ("new",), ("newest", "new")):
        check(BODY, {HEADER: header}, known, NOON)


def test_a_secret_that_was_replaced_counts_until_it_is_taken_away() -> None:
    headers = {HEADER: sign(BODY, ("old",), NOON)}

    check(BODY, headers, ("new", "old"), NOON)
    with pytest.raises(SignatureRefused):
        check(BODY, headers, ("new",), NOON)


@pytest.mark.parametrize("secrets", [(), ("",), (SECRET, "")])
def test_a_sandbox_does_not_start_with_an_empty_secret(secrets: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="secret"):
        SandboxWorld(secrets=secrets)


@pytest.mark.parametrize("leap", [timedelta(days=400), timedelta(days=-400)])
def test_a_billing_clock_that_leaps_neither_ages_nor_renews_a_signature(
    world: SandboxWorld, leap: timedelta
) -> None:
    provider: SandboxProvider = world.provider
    body = a_body("checkout.failed", CHECKOUT_UNPAID)
    made_now = {HEADER: sign(body, (SECRET,), NOON)}
    made_then = {HEADER: sign(body, (SECRET,), NOON + leap)}

    assert provider.verify(body, made_now, NOON + leap).type == "checkout.failed"
    with pytest.raises(SignatureRefused):
        provider.verify(body, made_then, NOON + leap)
