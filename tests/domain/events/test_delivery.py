"""When a delivery is tried again, and when it is not any more."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.events.delivery import (
    ATTEMPTS_KEPT,
    JITTER,
    LEASE,
    RETRY_AFTER_MAX,
    TRIES_MAX,
    WAITS,
    Delivery,
    DeliveryStatus,
    wait_after,
)
from domain.events.ids import EndpointId, EventId
from tests.support.builders.events import a_delivery, an_attempt
from tests.support.clock import NOON

CHANCES = st.floats(min_value=0, max_value=1)
TRIES = st.integers(min_value=1, max_value=TRIES_MAX - 1)
A_DAY = timedelta(days=1)


def delivery() -> Delivery:
    return a_delivery(EventId("event-1"), EndpointId("endpoint-1"))


@given(tries=TRIES, chance=CHANCES)
def test_a_wait_is_that_of_the_table_and_a_part_more_at_most(tries: int, chance: float) -> None:
    wait = wait_after(tries, chance=chance)

    assert wait is not None
    assert WAITS[tries - 1] <= wait <= WAITS[tries - 1] * (1 + JITTER)


@given(tries=TRIES, chances=st.tuples(CHANCES, CHANCES))
def test_no_chance_makes_a_later_wait_the_shorter_one(
    tries: int, chances: tuple[float, float]
) -> None:
    first, second = (
        wait_after(tries, chance=chances[0]),
        wait_after(tries + 1, chance=chances[1]),
    )

    assert first is not None
    # 20 and 24 hours are the closest: a fifth more of one is the other.
    assert second is None or first <= second


@given(tries=TRIES, chance=CHANCES, asked=st.timedeltas(timedelta(0), timedelta(days=400)))
def test_who_asks_to_be_left_alone_is_for_a_day_at_most(
    tries: int, chance: float, asked: timedelta
) -> None:
    plain = wait_after(tries, chance=chance)
    wait = wait_after(tries, chance=chance, retry_after=asked)

    assert plain is not None
    assert wait is not None
    assert wait >= min(asked, RETRY_AFTER_MAX)
    assert plain <= wait <= max(plain, RETRY_AFTER_MAX)


def test_all_waits_together_are_about_three_days() -> None:
    assert timedelta(days=3) <= sum(WAITS, timedelta()) <= timedelta(days=3.5)
    assert wait_after(TRIES_MAX, chance=0) is None


def test_a_delivery_that_always_fails_is_tried_so_often_and_no_more() -> None:
    tried, now = delivery(), NOON

    for count in range(1, TRIES_MAX + 1):
        assert tried.is_waiting
        tried = tried.tried(an_attempt(status=500, at=now), now, chance=0, retry_after=None)
        assert tried.tries == count
        now = tried.due_at

    assert tried.status is DeliveryStatus.FAILED
    assert len(tried.attempts) == TRIES_MAX


@pytest.mark.parametrize(
    ("status", "is_taken"),
    [
        *((status, True) for status in (200, 201, 204, 299)),
        *((status, False) for status in (199, 301, 302, 307, 400, 404, 410, 429, 500, 503)),
    ],
)
def test_only_an_answer_in_the_two_hundreds_counts_as_taken(status: int, is_taken: bool) -> None:
    tried = delivery().tried(an_attempt(status=status), NOON, chance=0, retry_after=None)

    assert (tried.status is DeliveryStatus.DELIVERED) is is_taken
    assert tried.delivered_at == (NOON if is_taken else None)


def test_an_error_is_no_success_whatever_status_came_with_it() -> None:
    assert not an_attempt(status=200, error="cut").is_success
    assert not an_attempt(status=None, error="no answer").is_success


def test_a_claim_lasts_longer_than_an_attempt_can_take() -> None:
    assert delivery().claimed(NOON).due_at == NOON + LEASE


def test_what_was_delivered_stays_so_whatever_comes_late() -> None:
    taken = delivery().tried(an_attempt(), NOON, chance=0, retry_after=None)

    late = taken.tried(an_attempt(status=500), NOON, chance=0, retry_after=None)

    assert late.status is DeliveryStatus.DELIVERED
    assert len(late.attempts) == 2


def test_a_delivery_sent_again_begins_anew_and_keeps_its_record() -> None:
    taken = delivery().tried(an_attempt(), NOON, chance=0, retry_after=None)

    again = taken.again(NOON + A_DAY)

    assert (again.status, again.tries) == (DeliveryStatus.WAITING, 0)
    assert (again.due_at, again.delivered_at) == (NOON + A_DAY, None)
    assert again.attempts == taken.attempts


def test_only_the_newest_attempts_are_kept() -> None:
    tried = delivery()

    for count in range(ATTEMPTS_KEPT + 5):
        at = NOON + timedelta(minutes=count)
        tried = tried.again(at).tried(an_attempt(at=at), at, chance=0, retry_after=None)

    assert len(tried.attempts) == ATTEMPTS_KEPT
    assert tried.attempts[0].at == NOON + timedelta(minutes=5)
