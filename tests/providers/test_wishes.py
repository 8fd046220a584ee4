"""What a customer asks of a subscription, through the front door, at every provider."""

import pytest

from tests.providers.business import Business
from tests.providers.buyers import Buyer
from tests.providers.goods import MONTHLY_CREDITS, a_plan_at
from tests.providers.till import SubscriptionThere, Till
from tests.support.callers import Answer


@pytest.fixture
async def subscriber(business: Business, till: Till) -> Buyer:
    """Somebody whose first month is paid, and whose webhooks have all arrived."""
    buyer = Buyer(business=business, till=till)
    plan = a_plan_at(till)
    await business.offers(plan)
    await buyer.buys(plan)
    await buyer.hears()
    await business.work()
    return buyer


async def asks(subscriber: Buyer, name: str, key: str | None = None, **body: str) -> Answer:
    business = subscriber.business
    business.clock.advance(seconds=10)
    user = business.as_user(subscriber.account_id)
    return await user.post(f"/subscription/{name}", body, key=key)


def there(subscriber: Buyer) -> SubscriptionThere:
    [only] = subscriber.till.subscriptions()
    return only


async def test_an_end_with_the_period_is_the_same_on_both_sides_and_so_is_taking_it_back(
    subscriber: Buyer,
) -> None:
    ending = await asks(subscriber, "cancel")
    assert (ending.status, ending.data["cancel_at_period_end"]) == (200, True)
    assert there(subscriber).is_ending
    await subscriber.hears()
    assert (await subscriber.subscription())["cancel_at_period_end"] is True

    going_on = await asks(subscriber, "resume")
    assert (going_on.status, going_on.data["cancel_at_period_end"]) == (200, False)
    assert not there(subscriber).is_ending
    await subscriber.hears()
    assert (await subscriber.subscription())["cancel_at_period_end"] is False
    assert await subscriber.is_settled()


async def test_an_end_at_once_is_for_ever_and_takes_no_credits(subscriber: Buyer) -> None:
    ended = await asks(subscriber, "cancel", at="now")

    assert (ended.status, ended.data["status"]) == (200, "canceled")
    assert there(subscriber).status == "canceled"
    await subscriber.hears()
    again = await asks(subscriber, "resume", subscription_id=ended.data["id"])
    assert (again.status, again.code) == (409, "subscription_state")
    assert await subscriber.balance() == MONTHLY_CREDITS
    assert await subscriber.is_settled()


async def test_a_pause_and_its_end_within_the_period_bring_no_second_month(
    subscriber: Buyer,
) -> None:
    paused = await asks(subscriber, "pause")
    assert (paused.status, paused.data["status"]) == (200, "paused")
    assert there(subscriber).status == "paused"

    back = await asks(subscriber, "resume")
    assert (back.status, back.data["status"]) == (200, "active")
    await subscriber.hears()
    await subscriber.business.work()

    assert (await subscriber.subscription())["status"] == "active"
    assert await subscriber.balance() == MONTHLY_CREDITS
    assert await subscriber.is_settled()


async def test_repeated_under_its_key_a_wish_is_one(subscriber: Buyer) -> None:
    first = await asks(subscriber, "cancel", key="k")
    await asks(subscriber, "resume", key="l")

    again = await asks(subscriber, "cancel", key="k")

    assert (first.is_replay, again.is_replay) == (False, True)
    assert not there(subscriber).is_ending
    assert again.data["cancel_at_period_end"] is False
