"""When Stripe is not even asked."""

from attrs import define

from adapters.providers.breaker import Breaker


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
