"""The table of what may be asked of a subscription, held against the rule itself."""

import re

import pytest
from attrs import evolve

from domain.subscriptions.errors import NotPossibleNow
from domain.subscriptions.subscription import Subscription, SubscriptionStatus
from domain.subscriptions.wish import Wish, check_wish, going_on
from tests.docs.pages import page, plain
from tests.support.builders.subscriptions import a_subscription

WISHES = {
    "cancel, at period_end": Wish.CANCEL_AT_PERIOD_END,
    "cancel, at now": Wish.CANCEL_NOW,
    "pause": Wish.PAUSE,
}


def is_granted(subscription: Subscription, wish: Wish) -> bool:
    try:
        check_wish(subscription, wish)
    except NotPossibleNow:
        return False
    return True


@pytest.mark.parametrize("status", SubscriptionStatus)
def test_a_wish_may_be_asked_where_the_table_says(status: SubscriptionStatus) -> None:
    rows = page("concepts").table("asked for", "may be asked of", "what happens")
    said = {plain(row[0]): set(re.findall(r"`([a-z_]+)`", row[1])) for row in rows}
    sold = a_subscription(status=status, provider_subscription_id="sub_1")
    ending = evolve(sold, cancel_at_period_end=True)

    granted = {name: is_granted(sold, wish) for name, wish in WISHES.items()}
    granted["resume, its end being scheduled"] = is_granted(ending, going_on(ending))
    granted["resume, its end not being scheduled"] = is_granted(sold, going_on(sold))

    assert {name: status.value in statuses for name, statuses in said.items()} == granted
