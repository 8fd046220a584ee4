"""What a payment causes: each thing once, only if it fits, and even if it comes late."""

import asyncio

import pytest
from attrs import evolve

from domain.credits.grant import Category, GrantSource
from domain.payments.ids import Channel, OrderId
from domain.payments.inbox import InboxStatus
from domain.payments.order import OrderStatus
from domain.payments.provider_event import (
    CheckoutExpired,
    CheckoutFailed,
)
from domain.period import Interval, Period, add_months
from domain.promotions.errors import CouponRefused
from domain.promotions.redemption import RedemptionStatus
from domain.subscriptions.errors import SubscriptionExists
from domain.subscriptions.subscription import SubscriptionStatus
from tests.application.shop import Shop, paid, payment_for
from tests.support.builders.credits import SOMEBODY, SOMEBODY_ELSE
from tests.support.builders.payments import SANDBOX
from tests.support.builders.promotions import a_coupon
from tests.support.builders.subscriptions import a_pack, a_plan
from tests.support.clock import NOON
from tests.support.fake_provider import NOTHING

FIRST = Period(NOON, add_months(NOON, 1))


async def begun(shop: Shop) -> None:
    """Let somebody subscribe."""
    await shop.offers(plan := a_plan())
    order = await shop.buys(plan)
    event = await shop.hears(paid(order, subscription="sub_1", period=FIRST, customer="cus_1"))
    assert event.status is InboxStatus.APPLIED, event.error


async def test_a_paid_pack_is_credited_with_its_price(shop: Shop) -> None:
    await shop.offers(pack := a_pack())
    order = await shop.buys(pack)

    event = await shop.hears(paid(order, evolve(payment_for(order), tax_minor=95)))

    settled = await shop.order(order.id)
    (grant,) = await shop.grants()
    assert event.status is InboxStatus.APPLIED
    assert (settled.status, settled.tax_minor, settled.total_minor) == (OrderStatus.PAID, 95, 595)
    assert (grant.amount, grant.category, grant.expires_at) == (500, Category.PAID, None)
    assert grant.cost is not None
    assert (grant.cost.amount_minor, grant.cause) == (500, f"order:{order.id}")
    assert shop.payments() == 1
    assert await shop.is_proved()


async def test_a_paid_plan_begins_a_subscription_with_its_first_month(shop: Shop) -> None:
    await begun(shop)

    (subscription,) = shop.subscriptions()
    (order,) = shop.orders()
    (grant,) = await shop.grants()
    assert subscription.status is SubscriptionStatus.ACTIVE
    assert (subscription.period, order.subscription_id) == (FIRST, subscription.id)
    assert (grant.source, grant.expires_at) == (GrantSource.SUBSCRIPTION, FIRST.end_at)
    async with shop.store.read() as work:
        assert await work.customers.customer_of(SOMEBODY, SANDBOX) == "cus_1"


@pytest.mark.parametrize(
    ("changes", "differs"),
    [
        ({"channel": Channel("stripe")}, "channel"),
        ({"currency": "EUR"}, "currency"),
    ],
)
async def test_a_payment_that_does_not_fit_is_set_aside_and_credits_nothing(
    shop: Shop, changes: dict[str, object], differs: str
) -> None:
    await shop.offers(pack := a_pack())
    order = await shop.buys(pack)
    payment = evolve(payment_for(order), **changes)  # type: ignore[arg-type]

    event = await shop.hears(paid(order, payment, customer="cus_1"))

    assert event.status is InboxStatus.FAILED
    assert event.error is not None
    assert event.error.startswith("payment_mismatch")
    assert differs in event.error
    assert await shop.order(order.id) == order
    assert (shop.payments(), await shop.lines()) == (0, [])
    async with shop.store.read() as work:
        assert await work.customers.customer_of(SOMEBODY, SANDBOX) is None


async def test_a_payment_of_another_account_is_set_aside_and_links_nobody(shop: Shop) -> None:
    await shop.offers(pack := a_pack())
    order = await shop.buys(pack)
    told = evolve(paid(order, customer="cus_1"), account_id=SOMEBODY_ELSE)

    event = await shop.hears(told)

    assert event.status is InboxStatus.FAILED
    assert "account: ordered user-1, paid user-2" in (event.error or "")
    assert (shop.payments(), await shop.lines()) == (0, [])
    async with shop.store.read() as work:
        assert await work.customers.customer_of(SOMEBODY, SANDBOX) is None


async def test_one_payment_told_twice_counts_once(shop: Shop) -> None:
    await shop.offers(pack := a_pack())
    order = await shop.buys(pack)

    first = await shop.hears(paid(order), "event-1")
    same = await shop.hears(paid(order), "event-1")
    other = await shop.hears(paid(order), "event-2")

    assert same == first
    assert other.status is InboxStatus.IGNORED
    assert (await shop.balance(), shop.payments()) == (500, 1)


async def test_one_payment_told_64_times_at_once_counts_once(shop: Shop) -> None:
    await shop.offers(pack := a_pack())
    order = await shop.buys(pack)

    await asyncio.gather(*[shop.hears(paid(order), f"event-{n % 16}") for n in range(64)])

    assert (await shop.balance(), shop.payments()) == (500, 1)
    assert await shop.is_proved()


async def test_a_second_payment_for_one_order_is_set_aside(shop: Shop) -> None:
    await shop.offers(pack := a_pack())
    order = await shop.buys(pack)
    await shop.hears(paid(order))

    event = await shop.hears(paid(order, payment_for(order, payment_id="another")))

    assert event.status is InboxStatus.FAILED
    assert (await shop.balance(), shop.payments()) == (500, 1)


async def test_one_payment_pays_one_order_alone(shop: Shop) -> None:
    await shop.offers(pack := a_pack())
    one, other = await shop.buys(pack), await shop.buys(pack)
    await shop.hears(paid(one, payment_for(one, payment_id="p")))

    event = await shop.hears(paid(other, payment_for(other, payment_id="p")))

    assert event.error is not None
    assert event.error.startswith("payment_mismatch")
    assert await shop.balance() == 500


async def test_a_payment_for_an_unknown_order_waits(shop: Shop) -> None:
    await shop.offers(pack := a_pack())
    order = await shop.buys(pack)

    event = await shop.hears(paid(evolve(order, id=OrderId("unknown"))))

    assert event.status is InboxStatus.FAILED
    assert event.error is not None
    assert event.error.startswith("order_not_found")


@pytest.mark.parametrize(("end", "kept"), [(CheckoutExpired, 0), (CheckoutFailed, 1)])
async def test_money_that_comes_late_is_honoured(
    shop: Shop, end: type[CheckoutExpired] | type[CheckoutFailed], kept: int
) -> None:
    coupon = a_coupon(redemptions_max=1)
    await shop.offers(pack := a_pack(), coupon)
    order = await shop.buys(pack, coupon_code=coupon.code)
    await shop.hears(end(order_id=order.id))
    assert (await shop.coupon(coupon.code)).taken == kept

    await shop.hears(paid(order))

    assert (await shop.order(order.id)).status is OrderStatus.PAID
    assert await shop.balance() == 500
    assert (await shop.coupon(coupon.code)).taken == 1
    assert (await shop.use_of(order)).status is RedemptionStatus.CONFIRMED


async def test_a_declined_payment_keeps_the_slot_since_its_page_can_still_be_paid(
    shop: Shop,
) -> None:
    coupon = a_coupon(redemptions_max=1)
    await shop.offers(pack := a_pack(), coupon)
    declined = await shop.buys(pack, coupon_code=coupon.code)
    await shop.hears(CheckoutFailed(order_id=declined.id))

    with pytest.raises(CouponRefused):
        await shop.buys(pack, coupon_code=coupon.code, account_id=SOMEBODY_ELSE)
    await shop.hears(CheckoutExpired(order_id=declined.id))

    assert (await shop.use_of(declined)).status is RedemptionStatus.RELEASED
    assert (await shop.buys(pack, coupon_code=coupon.code, account_id=SOMEBODY_ELSE)).is_pending


async def test_late_money_is_honoured_at_its_price_when_the_code_is_used_up(shop: Shop) -> None:
    coupon = a_coupon(redemptions_max=1, redemptions_per_account_max=None)
    await shop.offers(pack := a_pack(), coupon)
    late = await shop.buys(pack, coupon_code=coupon.code)
    await shop.hears(CheckoutExpired(order_id=late.id))
    await shop.buys(pack, coupon_code=coupon.code, account_id=SOMEBODY_ELSE)

    event = await shop.hears(paid(late))

    assert event.status is InboxStatus.APPLIED
    assert (await shop.order(late.id)).total_minor == late.due_minor == 450
    assert await shop.balance() == 500
    assert (await shop.coupon(coupon.code)).taken == 1
    assert (await shop.use_of(late)).status is RedemptionStatus.RELEASED


async def test_a_declined_buyer_may_start_again_with_the_same_code(shop: Shop) -> None:
    coupon = a_coupon(redemptions_max=1)
    await shop.offers(pack := a_pack(), coupon)
    declined = await shop.buys(pack, coupon_code=coupon.code)
    await shop.hears(CheckoutFailed(order_id=declined.id))

    again = await shop.buys(pack, coupon_code=coupon.code)

    assert again.discount_minor == 50
    assert (await shop.coupon(coupon.code)).taken == 1


async def test_the_end_of_a_checkout_is_believed_from_its_own_channel_alone(shop: Shop) -> None:
    await shop.offers(pack := a_pack())
    order = evolve(await shop.buys(pack), channel=Channel("stripe"))
    async with shop.store.begin() as work:
        await work.orders.save(order)
        await work.commit()

    event = await shop.hears(CheckoutExpired(order_id=order.id))

    assert event.status is InboxStatus.FAILED
    assert (await shop.order(order.id)).is_pending


async def test_the_end_of_a_checkout_that_was_paid_means_nothing(shop: Shop) -> None:
    await shop.offers(pack := a_pack())
    order = await shop.buys(pack)
    await shop.hears(paid(order))

    for end in (CheckoutExpired(order_id=order.id), CheckoutFailed(order_id=order.id)):
        assert (await shop.hears(end)).status is InboxStatus.IGNORED

    assert (await shop.order(order.id)).status is OrderStatus.PAID


async def test_what_means_nothing_to_us_is_kept_and_ignored(shop: Shop) -> None:
    event = await shop.hears(NOTHING)

    assert (event.status, event.effects) == (InboxStatus.IGNORED, ())


@pytest.mark.parametrize(
    ("interval", "credits"), [(Interval.MONTHLY, 1000), (Interval.YEARLY, 12_000)]
)
async def test_a_second_checkout_of_one_group_is_honoured_with_all_the_credits_it_bought(
    shop: Shop, interval: Interval, credits: int
) -> None:
    await shop.offers(plan := a_plan())
    one, other = await shop.buys(plan), await shop.buys(plan, interval=interval)
    await shop.hears(paid(one, subscription="sub_1"))

    event = await shop.hears(paid(other, subscription="sub_2"))

    assert event.status is InboxStatus.APPLIED
    assert any("no second subscription" in effect for effect in event.effects)
    assert len(shop.subscriptions()) == 1
    assert await shop.balance() == 1000 + credits
    assert (await shop.order(other.id)).status is OrderStatus.PAID
    assert await shop.is_proved()


async def test_a_second_checkout_of_a_plan_without_credits_is_taken_too(shop: Shop) -> None:
    await shop.offers(plan := a_plan(credits_included=0))
    one, other = await shop.buys(plan), await shop.buys(plan)
    await shop.hears(paid(one, subscription="sub_1"))

    event = await shop.hears(paid(other, subscription="sub_2"))

    assert event.status is InboxStatus.APPLIED
    assert shop.payments() == 2
    assert await shop.lines() == []


async def test_a_free_plan_gives_way_to_a_paid_one_of_its_group(shop: Shop) -> None:
    free = a_plan(name="Free", price_monthly_minor=0, price_yearly_minor=None)
    pro = a_plan(name="Pro")
    await shop.offers(free, pro)
    await shop.buys(free)

    order = await shop.buys(pro)
    await shop.hears(paid(order, subscription="sub_1"))

    first, second = shop.subscriptions()
    assert (first.status, second.status) == (
        SubscriptionStatus.CANCELED,
        SubscriptionStatus.ACTIVE,
    )
    assert second.plan_id == pro.id
    with pytest.raises(SubscriptionExists):
        await shop.buys(free)
