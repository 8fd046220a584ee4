"""Whose webhooks are believed, and for how long, by cases that Stripe's packages have judged."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from stripe import SignatureVerificationError, WebhookSignature

from adapters.providers.stripe.signature import HEADER, check
from domain.payments.errors import SignatureRefused
from tests.support.clock import NOON
from tests.support.fake_stripe.data import loaded
from tests.support.fake_stripe.server import WEBHOOK_SECRET, signed

VECTORS: dict[str, Any] = loaded("signature-vectors.json")
CASES = {case["name"]: case for case in VECTORS["cases"]}
FUTURE = "timestamp one hour in the future"
BODY = b'{"id": "evt_1"}'
T = int(NOON.timestamp())


def is_taken(case: dict[str, Any]) -> bool:
    """Say whether we take a case."""
    now = datetime.fromtimestamp(case["now"], UTC)
    try:
        check(case["payload"].encode(), {HEADER: case["header"]}, (VECTORS["secret"],), now)
    except SignatureRefused:
        return False
    return True


def test_there_are_thirteen_cases() -> None:
    assert len(CASES) == 13


@pytest.mark.parametrize("name", sorted(CASES.keys() - {FUTURE}))
def test_we_judge_as_stripe_does(name: str) -> None:
    assert is_taken(CASES[name]) is CASES[name]["accept"]


def test_an_instant_an_hour_ahead_is_refused_though_stripe_takes_it() -> None:
    assert CASES[FUTURE]["accept"]
    assert not is_taken(CASES[FUTURE])


@pytest.mark.parametrize("seconds", [-300, 300])
def test_five_minutes_either_way_are_allowed(seconds: int) -> None:
    check(BODY, {HEADER: signed(BODY, T + seconds)}, (WEBHOOK_SECRET,), NOON)


@pytest.mark.parametrize("seconds", [-301, 301])
def test_a_second_more_is_not(seconds: int) -> None:
    with pytest.raises(SignatureRefused, match="301 seconds"):
        check(BODY, {HEADER: signed(BODY, T + seconds)}, (WEBHOOK_SECRET,), NOON)


def test_our_age_is_told_only_to_who_knows_a_secret() -> None:
    header = signed(BODY, T - 5000, "whsec_another")

    with pytest.raises(SignatureRefused, match="no signature matches"):
        check(BODY, {HEADER: header}, (WEBHOOK_SECRET,), NOON)


@pytest.mark.parametrize("secret", ["whsec_old", "whsec_new"])
def test_two_secrets_are_valid_together_while_one_replaces_the_other(secret: str) -> None:
    check(BODY, {HEADER: signed(BODY, T, secret)}, ("whsec_old", "whsec_new"), NOON)


@pytest.mark.parametrize(
    "header",
    [
        "",
        f"t={T}",
        f"t={T},v1=",
        f"t={T},t={T + 1},v1=00",
        f"t=-{T},v1=00",
        "t=١٢,v1=00",
        f"t={'9' * 4000},v1=00",
        f"t={T}," + ",".join(["v1=00"] * 1000),
        f"t={T},v1=\udcff",
    ],
)
def test_an_odd_header_is_refused_and_nothing_else(header: str) -> None:
    with pytest.raises(SignatureRefused):
        check(BODY, {HEADER: header}, (WEBHOOK_SECRET,), NOON)


def test_a_webhook_without_a_header_is_refused() -> None:
    with pytest.raises(SignatureRefused, match="missing"):
        check(BODY, {}, (WEBHOOK_SECRET,), NOON)


def test_what_the_fake_signs_the_package_takes_and_the_other_way_round() -> None:
    WebhookSignature.verify_header(BODY, signed(BODY, T), WEBHOOK_SECRET)
    header = WebhookSignature.generate_signature_header(BODY.decode(), WEBHOOK_SECRET, T)
    check(BODY, {HEADER: header}, (WEBHOOK_SECRET,), NOON)

    with pytest.raises(SignatureVerificationError):
        WebhookSignature.verify_header(BODY, signed(BODY, T, "whsec_another"), WEBHOOK_SECRET)


def test_a_signature_does_not_outlive_a_year() -> None:
    later = NOON + timedelta(days=365)

    with pytest.raises(SignatureRefused):
        check(BODY, {HEADER: signed(BODY, T)}, (WEBHOOK_SECRET,), later)
