"""What may be asked of a subscription: every state against every wish."""

from datetime import timedelta

import pytest
from attrs import evolve

from domain.subscriptions.errors import NotPossibleNow
from domain.subscriptions.subscription import LIVE, SubscriptionStatus
from domain.subscriptions.wish import Wish, check_wish, going_on, granted_here
from tests.support.builders.subscriptions import a_subscription
from tests.support.clock import NOON

S, W = SubscriptionStatus, Wish
ENDING_AND_BACK = {W.CANCEL_NOW, W.CANCEL_AT_PERIOD_END, W.UNDO_CANCEL}
MAY = {
    S.INCOMPLETE: {W.CANCEL_NOW},
    S.TRIALING: {*ENDING_AND_BACK, W.PAUSE},
    S.ACTIVE: {*ENDING_AND_BACK, W.PAUSE},
    S.PAST_DUE: ENDING_AND_BACK,
    S.PAUSED: set(Wish),
    S.CANCELED: set(),
    S.EXPIRED: set(),
}


@pytest.mark.parametrize("status", S)
@pytest.mark.parametrize("wish", Wish)
def test_a_wish_is_granted_only_in_the_states_the_table_says(
    status: SubscriptionStatus, wish: Wish
) -> None:
    subscription = a_subscription(status=status, provider_subscription_id="sub_1")

    if wish in MAY[status]:
        check_wish(subscription, wish)
        return
    with pytest.raises(NotPossibleNow) as refused:
        check_wish(subscription, wish)
    assert (refused.value.status, bool(refused.value.problem)) == (status.value, True)


@pytest.mark.parametrize("before", S)
@pytest.mark.parametrize("after", S)
def test_every_allowed_move_has_a_reason_and_no_other_has_one(
    before: SubscriptionStatus, after: SubscriptionStatus
) -> None:
    subscription = a_subscription(status=before)

    if before is not after and subscription.can_become(after):
        assert subscription.reason_to_become(after)
    else:
        with pytest.raises(KeyError):
            subscription.reason_to_become(after)


@pytest.mark.parametrize("status", S)
@pytest.mark.parametrize("is_ending", [True, False])
def test_going_on_takes_back_a_scheduled_end_before_it_ends_a_pause(
    status: SubscriptionStatus, *, is_ending: bool
) -> None:
    subscription = evolve(a_subscription(status=status), cancel_at_period_end=is_ending)

    ends_pause = status is S.PAUSED and not is_ending

    assert going_on(subscription) is (W.RESUME if ends_pause else W.UNDO_CANCEL)


@pytest.mark.parametrize("status", [each for each in S if each in LIVE])
def test_what_costs_nothing_is_never_paused(status: SubscriptionStatus) -> None:
    with pytest.raises(NotPossibleNow):
        check_wish(a_subscription(status=status), W.PAUSE)


def test_a_free_plan_ends_at_once_or_with_its_period_or_goes_on_after_all() -> None:
    free = a_subscription()
    now = NOON + timedelta(days=3)

    ended = granted_here(free, W.CANCEL_NOW, now)
    ending = granted_here(free, W.CANCEL_AT_PERIOD_END, now)

    assert (ended.status, ended.ended_at) == (S.CANCELED, now)
    assert (ending.status, ending.cancel_at_period_end) == (S.ACTIVE, True)
    assert granted_here(ending, W.UNDO_CANCEL, now) == free


def test_a_first_period_that_a_coupon_made_free_ends_with_it_all_the_same() -> None:
    given = evolve(a_subscription(), price_minor=990, cancel_at_period_end=True)

    with pytest.raises(NotPossibleNow):
        granted_here(given, W.UNDO_CANCEL, NOON)
