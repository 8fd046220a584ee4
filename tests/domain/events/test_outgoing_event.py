"""What a payload says."""

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest

from domain.events.outgoing_event import EventType, instant_text
from tests.support.builders.events import an_event
from tests.support.clock import NOON


def test_a_payload_says_which_what_when_and_of_whom() -> None:
    event = an_event(id="id-1", data={"name": "grüße ☕", "amount": 2**53 - 1, "none": None})

    assert json.loads(event.payload) == {
        "id": "id-1",
        "type": "order.paid",
        "version": 1,
        "timestamp": "2026-01-12T12:00:00Z",
        "account_id": event.account_id,
        "data": {"name": "grüße ☕", "amount": 9007199254740991, "none": None},
    }


def test_an_instant_is_written_in_utc() -> None:
    zone = timezone(timedelta(hours=5, minutes=45))

    assert instant_text(NOON.astimezone(zone)) == "2026-01-12T12:00:00Z"
    assert instant_text(datetime(2026, 1, 1, 0, 0, 0, 5, tzinfo=UTC)).endswith("00.000005Z")
    with pytest.raises(AssertionError):
        instant_text(datetime(2026, 1, 1))  # noqa: DTZ001 - that is the point


def test_every_type_is_a_family_and_a_word() -> None:
    for each in EventType:
        family, _, word = each.value.partition(".")
        assert family.isalpha()
        assert word.replace("_", "").isalpha()
