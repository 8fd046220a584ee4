"""When a provider is not even asked."""

from asyncio import CancelledError

import pytest
from attrs import define

from adapters.providers.breaker import FAULTS_MAX, Breaker
from domain.payments.errors import ProviderBusy, ProviderRefused, ProviderUnavailable
from tests.support.builders.payments import SANDBOX


@define
class Seconds:
    """A clock that runs forward when it is told to."""

    now: float = 100.0

    def __call__(self) -> float:
        return self.now


def a_breaker(faults: int = 0) -> tuple[Breaker, Seconds]:
    """Return a breaker that has seen so many faults, and its clock."""
    seconds = Seconds()
    breaker = Breaker(seconds=seconds)
    for _ in range(faults):
        breaker.failed()
    return breaker, seconds


def test_four_faults_in_a_row_are_no_reason_to_stop() -> None:
    breaker, _ = a_breaker(faults=4)

    assert breaker.admits()


def test_after_five_faults_in_a_row_nothing_is_asked() -> None:
    breaker, _ = a_breaker(faults=5)

    assert not breaker.admits()


def test_an_answer_between_faults_begins_the_count_anew() -> None:
    breaker, _ = a_breaker(faults=4)
    breaker.answered()

    for _ in range(4):
        breaker.failed()

    assert breaker.admits()


def test_after_a_rest_one_call_may_try() -> None:
    breaker, seconds = a_breaker(faults=5)
    seconds.now += 14.9
    early = breaker.admits()

    seconds.now += 0.1

    assert not early
    assert [breaker.admits() for _ in range(3)] == [True, False, False]


def test_a_trial_that_works_lets_all_others_through() -> None:
    breaker, seconds = a_breaker(faults=5)
    seconds.now += 15
    assert breaker.admits()

    breaker.answered()

    assert [breaker.admits() for _ in range(3)] == [True, True, True]


def test_a_trial_that_fails_begins_another_rest() -> None:
    breaker, seconds = a_breaker(faults=5)
    seconds.now += 15
    assert breaker.admits()

    breaker.failed()
    seconds.now += 14.9

    assert not breaker.admits()


def test_a_trial_that_never_comes_back_is_followed_by_another() -> None:
    breaker, seconds = a_breaker(faults=5)
    seconds.now += 15
    assert breaker.admits()

    seconds.now += 15

    assert breaker.admits()


@pytest.mark.parametrize(
    ("end", "waited", "is_admitted"),
    [
        (ProviderUnavailable(channel=SANDBOX), 0.0, False),
        (CancelledError(), 4.0, False),
        (CancelledError(), 3.9, True),
        (ProviderRefused(channel=SANDBOX, reason="it has no such thing"), 4.0, True),
        (ZeroDivisionError(), 4.0, True),
    ],
    ids=["unanswered", "given up after silence", "given up early", "refused", "a fault of ours"],
)
def test_a_call_counts_as_a_fault_if_nothing_came_of_it_in_time(
    end: BaseException, waited: float, *, is_admitted: bool
) -> None:
    breaker, seconds = a_breaker(faults=FAULTS_MAX - 1)

    def ends() -> None:
        with breaker.watching(4.0):
            seconds.now += waited
            raise end

    with pytest.raises(type(end)):
        ends()

    assert breaker.admits() is is_admitted


def test_a_call_that_was_answered_or_refused_begins_the_count_anew() -> None:
    for refusal in (None, ProviderRefused(channel=SANDBOX, reason="no")):
        breaker, _ = a_breaker(faults=FAULTS_MAX - 1)

        try:
            with breaker.watching(4.0):
                if refusal is not None:
                    raise refusal
        except ProviderRefused:
            pass
        breaker.failed()

        assert breaker.admits()


def test_who_is_told_that_too_much_is_asked_waits_for_as_long_as_that_says() -> None:
    breaker, seconds = a_breaker(faults=FAULTS_MAX - 1)

    with pytest.raises(ProviderBusy), breaker.watching(4.0):
        raise ProviderBusy(channel=SANDBOX, retry_after_s=7)
    seconds.now += 2
    breaker.failed()

    assert (breaker.left_to_wait(), breaker.admits()) == (5.0, True)
