"""Which events an endpoint gets, what it signs with, and when it is switched off."""

import base64
from datetime import timedelta

import pytest

from domain.events.endpoint import (
    SECRETS_MAX,
    SWITCHED_OFF_AFTER,
    EndpointStatus,
    secret_written,
)
from domain.events.outgoing_event import EventType
from tests.support.builders.events import SECRET, an_endpoint
from tests.support.clock import NOON

AN_HOUR = timedelta(hours=1)


def test_an_endpoint_wants_all_events_or_those_it_names() -> None:
    choosy = an_endpoint(types=frozenset({EventType.ORDER_PAID}))

    assert an_endpoint().wants("order.paid")
    assert choosy.wants("order.paid")
    assert not choosy.wants("order.failed")
    assert not an_endpoint().wants("endpoint.test")


def test_a_replaced_secret_signs_beside_the_new_one_for_a_while() -> None:
    endpoint = an_endpoint().rotated("whsec_new", NOON, AN_HOUR)

    assert endpoint.signs_with(NOON) == ("whsec_new", SECRET)
    assert endpoint.signs_with(NOON + AN_HOUR) == ("whsec_new",)


def test_a_leaked_secret_ends_at_once() -> None:
    endpoint = an_endpoint().rotated("whsec_b", NOON, AN_HOUR)

    rotated = endpoint.rotated("whsec_c", NOON, timedelta(0))

    assert rotated.signs_with(NOON) == ("whsec_c",)


def test_a_secret_that_is_ending_is_never_prolonged() -> None:
    endpoint = an_endpoint().rotated("whsec_b", NOON, AN_HOUR)

    rotated = endpoint.rotated("whsec_c", NOON, 24 * AN_HOUR)

    assert rotated.signs_with(NOON + AN_HOUR) == ("whsec_c", "whsec_b")


def test_no_more_than_so_many_secrets_sign_at_once() -> None:
    endpoint = an_endpoint()

    for count in range(10):
        endpoint = endpoint.rotated(f"whsec_{count}", NOON, AN_HOUR)

    assert endpoint.signs_with(NOON) == ("whsec_9", "whsec_8", "whsec_7")
    assert len(endpoint.secrets) == SECRETS_MAX


def test_no_text_of_an_endpoint_shows_its_secret() -> None:
    assert SECRET not in repr(an_endpoint())
    assert SECRET not in repr(an_endpoint().secrets)


def test_a_secret_is_a_key_of_24_to_64_bytes() -> None:
    written = secret_written("x" * 43)

    assert base64.b64decode(written.removeprefix("whsec_"), validate=True) == b"x" * 43
    for wrong in ("", "x" * 23, "x" * 65):
        with pytest.raises(AssertionError):
            secret_written(wrong)


def test_what_fails_for_days_is_switched_off() -> None:
    failing = an_endpoint().missed(NOON, is_gone=False)
    nearly = failing.missed(NOON + SWITCHED_OFF_AFTER - AN_HOUR, is_gone=False)

    off = nearly.missed(NOON + SWITCHED_OFF_AFTER, is_gone=False)

    assert (nearly.status, nearly.failing_since) == (EndpointStatus.ON, NOON)
    assert off.status is EndpointStatus.FAILED


def test_one_success_makes_up_for_all_failures() -> None:
    failing = an_endpoint(failing_since=NOON)

    again = failing.took().missed(NOON + SWITCHED_OFF_AFTER, is_gone=False)

    assert again.is_on
    assert again.failing_since == NOON + SWITCHED_OFF_AFTER


def test_who_is_gone_is_switched_off_at_once() -> None:
    assert an_endpoint().missed(NOON, is_gone=True).status is EndpointStatus.GONE


@pytest.mark.parametrize("status", [EndpointStatus.OFF, EndpointStatus.FAILED, EndpointStatus.GONE])
def test_what_is_off_stays_as_it_is_until_somebody_enables_it(status: EndpointStatus) -> None:
    off = an_endpoint(status=status)

    assert off.missed(NOON, is_gone=True) == off
    on = off.switched(EndpointStatus.ON, NOON + AN_HOUR)
    assert (on.is_on, on.failing_since) == (True, None)
