"""Account profiles: addresses, and zones that may not change often."""

from datetime import timedelta

import pytest
from attrs import evolve

from domain.access.account import ZONE_REST
from domain.access.errors import ZoneChangedLately
from domain.errors import InvalidField
from tests.support.builders.access import an_account
from tests.support.clock import NOON

TICK = timedelta(microseconds=1)
NOT_ADDRESSES = (
    "",
    "@",
    "@@",
    "a",
    "a@",
    "@a",
    "a b@example.com",
    "a@example.com\n",
    "a@example.com\r\nBcc: b@example.com",
    "a@example.com\0",
    "a@exam\u2028ple.com",
    "a@\ud800",
    "a" * 309 + "@example.com",
)


@pytest.mark.parametrize("email", NOT_ADDRESSES, ids=ascii)
def test_what_is_no_address_is_refused_or_left_out(email: str) -> None:
    account = an_account()

    with pytest.raises(InvalidField) as refusal:
        account.with_email(email)

    assert refusal.value.path == "email"
    assert account.with_email_if_valid(email) == account


@pytest.mark.parametrize("email", ["a@b", "ä.ö+x@example.com", "a" * 308 + "@example.com", None])
def test_an_address_is_taken_as_it_is(email: str | None) -> None:
    assert an_account().with_email(email).email == email


def test_the_first_zone_is_free_and_the_next_one_has_to_wait() -> None:
    in_berlin = an_account().with_zone("Europe/Berlin", NOON)

    with pytest.raises(ZoneChangedLately) as refusal:
        in_berlin.with_zone("Asia/Tokyo", NOON + ZONE_REST - TICK)
    moved = in_berlin.with_zone("Asia/Tokyo", NOON + ZONE_REST)

    assert refusal.value.next_at == NOON + ZONE_REST
    assert (moved.zone, moved.zone_changed_at) == ("Asia/Tokyo", NOON + ZONE_REST)


def test_giving_a_zone_up_counts_as_a_change() -> None:
    in_berlin = an_account().with_zone("Europe/Berlin", NOON)

    with pytest.raises(ZoneChangedLately):
        in_berlin.with_zone(None, NOON + TICK)
    without = in_berlin.with_zone(None, NOON + ZONE_REST)

    with pytest.raises(ZoneChangedLately):
        without.with_zone("Asia/Tokyo", NOON + ZONE_REST + TICK)


def test_naming_the_same_zone_again_changes_nothing() -> None:
    in_berlin = an_account().with_zone("Europe/Berlin", NOON)

    assert in_berlin.with_zone("Europe/Berlin", NOON + TICK) == in_berlin


@pytest.mark.parametrize("zone", ["Nowhere", "", "../UTC", "localtime"])
def test_an_unknown_zone_is_refused_or_left_out(zone: str) -> None:
    account = evolve(an_account(), zone_changed_at=NOON)

    with pytest.raises(InvalidField):
        account.with_zone(zone, NOON)

    assert account.with_zone_if_allowed(zone, NOON) == account


def test_a_zone_that_may_not_change_yet_is_left_as_it_is() -> None:
    in_berlin = an_account().with_zone("Europe/Berlin", NOON)

    assert in_berlin.with_zone_if_allowed("Asia/Tokyo", NOON + TICK) == in_berlin
    assert in_berlin.with_zone_if_allowed("Asia/Tokyo", NOON + ZONE_REST).zone == "Asia/Tokyo"
