"""Purchases that cost nothing, and what comes on top of one."""

import pytest

from domain.credits.grant import GrantSource
from domain.payments.ids import Channel
from domain.payments.order import OrderStatus
from domain.promotions.effect import BonusCredits, PercentOff
from domain.promotions.errors import CouponRefused
from domain.promotions.redemption import RedemptionStatus
from domain.subscriptions.subscription import SubscriptionStatus
from tests.application.shop import SUCCESS_URL, Shop, paid
from tests.support.builders.credits import SOMEBODY_ELSE, a_key
from tests.support.builders.promotions import a_coupon
from tests.support.builders.subscriptions import a_pack, a_plan

STRIPE = Channel("stripe")


async def test_a_free_plan_begins_at_once_without_the_provider(shop: Shop) -> None:
    await shop.offers(plan := a_plan(price_monthly_minor=0, price_yearly_minor=None))

    order = await shop.buys(plan)

    assert (order.status, order.total_minor, order.url) == (OrderStatus.PAID, 0, SUCCESS_URL)
    (subscription,) = shop.subscriptions()
    assert order.subscription_id == subscription.id
    assert subscription.renews_itself
    assert not subscription.cancel_at_period_end
    assert shop.provider.asked == []
    assert await shop.balance() == 1000
    assert await shop.is_proved()


async def test_a_code_for_everything_makes_a_purchase_free_and_is_used(shop: Shop) -> None:
    coupon = a_coupon(effect=PercentOff(percent=100))
    await shop.offers(pack := a_pack(), coupon)
    wish = shop.purchase(pack, coupon_code=coupon.code, key=a_key())

    first = await shop.start_checkout(wish)
    again = await shop.start_checkout(wish)

    assert first.order.status is OrderStatus.PAID
    assert again.order == first.order
    assert (await shop.use_of(first.order)).status is RedemptionStatus.CONFIRMED
    assert (await shop.coupon(coupon.code)).taken == 1
    assert await shop.balance() == 500
    with pytest.raises(CouponRefused):
        await shop.buys(pack, coupon_code=coupon.code)


async def test_a_paid_plan_that_was_free_once_ends_with_its_period(shop: Shop) -> None:
    coupon = a_coupon(effect=PercentOff(percent=100))
    await shop.offers(plan := a_plan(), coupon)

    await shop.buys(plan, coupon_code=coupon.code)
    (subscription,) = shop.subscriptions()
    assert subscription.cancel_at_period_end
    shop.clock.now = subscription.period.end_at
    await shop.issues()

    (ended,) = shop.subscriptions()
    assert ended.status is SubscriptionStatus.EXPIRED
    assert await shop.balance() == 0


async def test_a_refused_free_purchase_leaves_nothing(shop: Shop) -> None:
    coupon = a_coupon(effect=PercentOff(percent=100), redemptions_max=1)
    await shop.offers(plan := a_plan(), coupon)
    await shop.buys(plan, coupon_code=coupon.code, account_id=SOMEBODY_ELSE)

    with pytest.raises(CouponRefused):
        await shop.buys(plan, coupon_code=coupon.code)

    assert await shop.lines() == []
    assert len(shop.subscriptions()) == 1


async def test_a_bonus_comes_on_top_when_the_purchase_is_paid(shop: Shop) -> None:
    coupon = a_coupon(effect=BonusCredits(credits=70))
    await shop.offers(pack := a_pack(), coupon)
    order = await shop.buys(pack, coupon_code=coupon.code)
    assert await shop.balance() == 0

    await shop.hears(paid(order))

    assert await shop.balance() == 570
    assert {grant.source for grant in await shop.grants()} == {
        GrantSource.PURCHASE,
        GrantSource.COUPON,
    }
