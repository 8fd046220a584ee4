"""Giving a subscription: no payment, no provider, an end if one was said, and an audit entry."""

from datetime import datetime, timedelta

import pytest

from application.subscriptions.comp_subscription import (
    CompingSubscription,
    CompSubscription,
    SubscriptionComped,
)
from domain.period import Interval, Period, add_months
from domain.subscriptions.catalogue import Plan
from domain.subscriptions.comp import COMP
from domain.subscriptions.errors import PlanNotFound, SubscriptionExists
from domain.subscriptions.subscription import SubscriptionStatus
from tests.application.shop import ADMIN, Shop, paid
from tests.support.builders.credits import SOMEBODY, a_key
from tests.support.builders.subscriptions import a_plan
from tests.support.clock import NOON


@pytest.fixture
async def shop() -> Shop:
    return Shop()


async def gives(
    shop: Shop,
    plan: Plan,
    until: datetime | None = None,
    *,
    interval: Interval = Interval.MONTHLY,
    key: str | None = None,
) -> SubscriptionComped:
    comp = CompingSubscription(begin=shop.store.begin, clock=shop.clock, new_id=shop.new_id)
    return await comp(
        CompSubscription(
            account_id=SOMEBODY,
            plan_id=plan.id,
            interval=interval,
            until=until,
            reason="A speaker",
            actor=ADMIN,
            key=None if key is None else a_key(owner=ADMIN.id, key=key),
        )
    )


async def days_pass(shop: Shop, days: int) -> None:
    for _ in range(days):
        shop.clock.advance(days=1)
        await shop.issues()


async def test_it_renews_itself_month_by_month_without_any_provider(shop: Shop) -> None:
    await shop.offers(plan := a_plan())

    given = (await gives(shop, plan)).subscription
    await days_pass(shop, 400)

    (sold,) = shop.subscriptions()
    assert (given.channel, given.price_minor, given.plan_name) == (COMP, 0, "Pro")
    assert sold.is_live
    assert [grant.amount for grant in await shop.grants()] == [1000] * 14
    assert shop.provider.asked == []
    assert await shop.is_proved()


async def test_it_ends_at_the_instant_it_was_given_until(shop: Shop) -> None:
    await shop.offers(plan := a_plan())
    until = NOON + timedelta(days=50)

    await gives(shop, plan, until)
    await days_pass(shop, 60)

    (sold,) = shop.subscriptions()
    assert (sold.status, sold.ended_at) == (SubscriptionStatus.EXPIRED, until)
    assert len(await shop.grants()) == 2
    assert sold.period == Period(add_months(NOON, 1), until)


async def test_given_again_it_only_ends_at_another_instant(shop: Shop) -> None:
    await shop.offers(plan := a_plan())
    first = (await gives(shop, plan, NOON + timedelta(days=10))).subscription

    again = (await gives(shop, plan, NOON + timedelta(days=45))).subscription
    await days_pass(shop, 60)

    assert again.id == first.id
    assert len(await shop.grants()) == 2
    (sold,) = shop.subscriptions()
    assert sold.ended_at == NOON + timedelta(days=45)


async def test_another_plan_takes_the_place_of_the_one_that_was_given(shop: Shop) -> None:
    await shop.offers(small := a_plan(), large := a_plan(name="Team", credits_included=5000))
    await gives(shop, small)

    await gives(shop, large)

    assert [sold.status for sold in shop.subscriptions()] == [
        SubscriptionStatus.CANCELED,
        SubscriptionStatus.ACTIVE,
    ]
    assert await shop.balance() == 6000


async def test_what_somebody_pays_for_is_not_pushed_aside(shop: Shop) -> None:
    await shop.offers(plan := a_plan())
    order = await shop.buys(plan)
    period = Period(NOON, add_months(NOON, 1))
    await shop.hears(paid(order, subscription="sub_1", period=period))
    before = shop.kept()

    with pytest.raises(SubscriptionExists):
        await gives(shop, plan)

    assert shop.kept() == before


async def test_whoever_was_given_a_plan_may_buy_it_and_then_pays(shop: Shop) -> None:
    await shop.offers(plan := a_plan())
    await gives(shop, plan)

    order = await shop.buys(plan)
    period = Period(NOON, add_months(NOON, 1))
    await shop.hears(paid(order, subscription="sub_1", period=period))

    assert [sold.status for sold in shop.subscriptions()] == [
        SubscriptionStatus.CANCELED,
        SubscriptionStatus.ACTIVE,
    ]


async def test_a_plan_off_sale_can_be_given_and_an_unknown_one_cannot(shop: Shop) -> None:
    await shop.offers(plan := a_plan(is_on_sale=False))

    await gives(shop, plan, interval=Interval.YEARLY)

    (sold,) = shop.subscriptions()
    assert sold.interval is Interval.YEARLY
    with pytest.raises(PlanNotFound):
        await gives(shop, a_plan())


async def test_it_is_audited_with_its_reason_and_a_repeat_gives_nothing_more(shop: Shop) -> None:
    await shop.offers(plan := a_plan())

    first = await gives(shop, plan, key="once")
    again = await gives(shop, plan, key="once")

    assert (first.is_replay, again.is_replay) == (False, True)
    assert again.subscription == first.subscription
    (entry,) = [each for each in shop.audited() if each.action == "subscription.comp"]
    assert (entry.actor, entry.reason) == (ADMIN, "A speaker")
    assert await shop.balance() == 1000
