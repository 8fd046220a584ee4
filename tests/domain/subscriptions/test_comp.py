"""What was given without payment: cut off where it was said to end, never beyond."""

from datetime import datetime, timedelta

import pytest
from attrs import evolve

from domain.errors import InvalidField
from domain.period import Period, add_months
from domain.subscriptions.comp import COMP, COMP_MAX, check_until, until, within_until
from domain.subscriptions.errors import NotPossibleNow
from domain.subscriptions.subscription import Subscription
from domain.subscriptions.wish import Wish, granted_here
from tests.support.builders.subscriptions import a_subscription
from tests.support.clock import NOON

MIDDLE = NOON + timedelta(days=10)
NEXT = add_months(NOON, 1)


SOLD = a_subscription(channel=COMP)


def given(until: datetime | None = None) -> Subscription:
    return evolve(SOLD, course=evolve(SOLD.course, until=until))


def test_a_period_does_not_outlast_the_end() -> None:
    cut = within_until(given(until=MIDDLE))

    assert cut.period == Period(NOON, MIDDLE)
    assert cut.cancel_at_period_end


@pytest.mark.parametrize("ends_at", [None, NEXT + timedelta(days=1)])
def test_a_period_before_the_end_is_whole(ends_at: datetime | None) -> None:
    assert within_until(given(ends_at)) == given(ends_at)


def test_an_end_said_anew_gives_the_whole_period_back() -> None:
    cut = within_until(given(until=MIDDLE))

    assert until(cut, None) == given()
    assert until(cut, add_months(NOON, 5)).period == Period(NOON, NEXT)
    assert until(cut, MIDDLE + timedelta(days=1)).period.end_at == MIDDLE + timedelta(days=1)


def test_nobody_takes_back_the_end_that_it_was_given_until() -> None:
    with pytest.raises(NotPossibleNow):
        granted_here(within_until(given(until=MIDDLE)), Wish.UNDO_CANCEL, NOON)

    ending = evolve(given(until=add_months(NOON, 9)), cancel_at_period_end=True)
    assert not granted_here(ending, Wish.UNDO_CANCEL, NOON).cancel_at_period_end


@pytest.mark.parametrize("at", [NOON, NOON + COMP_MAX + timedelta(seconds=1)])
def test_an_end_lies_ahead_but_not_too_far(at: datetime) -> None:
    with pytest.raises(InvalidField) as refused:
        check_until(at, NOON)

    assert refused.value.path == "until"
