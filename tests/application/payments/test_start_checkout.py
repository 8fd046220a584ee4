"""Starting a purchase: refusals, the order before the provider, repeats, purchases for nothing."""

import asyncio
from collections import Counter
from typing import Any

import pytest
from attrs import evolve

from application.ports.provider import Capability
from domain.credits.errors import KeyReused
from domain.errors import BillingError
from domain.money import Money
from domain.payments.errors import (
    CapabilityMissing,
    ChannelUnknown,
    CheckoutOver,
    NotSoldThere,
    ProviderUnavailable,
    ReturnUrlRefused,
)
from domain.payments.ids import Channel
from domain.payments.order import ORDER_LIFE, Order, OrderStatus
from domain.period import Interval
from domain.promotions.effect import AmountOff
from domain.promotions.errors import CouponRefused
from domain.promotions.redemption import RedemptionStatus
from domain.subscriptions.catalogue import ProviderItem
from domain.subscriptions.errors import (
    IntervalNotOffered,
    NotOnSale,
    PackNotFound,
    PlanNotFound,
    SubscriptionExists,
)
from tests.application.shop import Shop, paid
from tests.support.builders.access import an_account
from tests.support.builders.credits import SOMEBODY, SOMEBODY_ELSE, a_key, an_account_id
from tests.support.builders.payments import SANDBOX
from tests.support.builders.promotions import a_coupon
from tests.support.builders.subscriptions import a_pack, a_plan
from tests.support.clock import NOON
from tests.support.fake_provider import MarionetteProvider, Silence

STRIPE = Channel("stripe")


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"success_url": "https://evil.example/"}, ReturnUrlRefused),
        ({"cancel_url": "javascript:alert(1)"}, ReturnUrlRefused),
        ({"channel": Channel("stripe")}, ChannelUnknown),
        ({"item": "nothing"}, PlanNotFound),
        ({"coupon_code": "NOSUCHCODE"}, CouponRefused),
    ],
)
async def test_a_wish_that_cannot_be_met_is_refused_and_leaves_nothing(
    shop: Shop, changes: dict[str, Any], refusal: type[BillingError]
) -> None:
    plan = a_plan()
    await shop.offers(plan)

    with pytest.raises(refusal):
        await shop.start_checkout(evolve(shop.purchase(plan, key=a_key()), **changes))

    assert shop.orders() == []
    assert shop.provider.asked == []
    assert len(shop.store.tables.answers.main.keys) == 0


async def test_what_is_not_sold_is_refused(shop: Shop) -> None:
    withdrawn, monthly = a_plan(is_on_sale=False), a_plan(price_yearly_minor=None)
    await shop.offers(withdrawn, monthly, gone := a_pack(is_on_sale=False))

    with pytest.raises(NotOnSale):
        await shop.buys(withdrawn)
    with pytest.raises(NotOnSale):
        await shop.buys(gone)
    with pytest.raises(IntervalNotOffered):
        await shop.buys(monthly, interval=Interval.YEARLY)
    with pytest.raises(PackNotFound):
        await shop.buys(a_pack())


@pytest.mark.parametrize(
    "missing",
    [
        Capability.SUBSCRIPTIONS,
        Capability.ONE_OFF,
        Capability.COUPONS,
        Capability.RECURRING_COUPONS,
    ],
)
async def test_what_the_provider_cannot_do_is_refused_by_name(missing: Capability) -> None:
    shop = Shop(provider=MarionetteProvider(capabilities=frozenset(Capability) - {missing}))
    plan, pack, coupon, lasting = a_plan(), a_pack(), a_coupon(), a_coupon(periods=3)
    await shop.offers(plan, pack, coupon, lasting)
    wishes = {
        Capability.SUBSCRIPTIONS: shop.purchase(plan),
        Capability.ONE_OFF: shop.purchase(pack),
        Capability.COUPONS: shop.purchase(
            pack if missing is Capability.SUBSCRIPTIONS else plan, coupon_code=coupon.code
        ),
        Capability.RECURRING_COUPONS: shop.purchase(plan, coupon_code=lasting.code),
    }

    with pytest.raises(CapabilityMissing) as refusal:
        await shop.start_checkout(wishes[missing])

    assert refusal.value.capability == missing.value
    assert (await shop.coupon(lasting.code)).taken == 0


async def test_what_has_no_counterpart_at_the_provider_is_not_sold_there() -> None:
    shop = Shop(provider=MarionetteProvider(is_reference_needed=True))
    plan = a_plan(items=(ProviderItem(SANDBOX, Interval.MONTHLY, "price_m"),))
    await shop.offers(plan, pack := a_pack())

    with pytest.raises(NotSoldThere):
        await shop.buys(pack)
    with pytest.raises(NotSoldThere):
        await shop.buys(plan, interval=Interval.YEARLY)
    await shop.buys(plan)

    assert shop.provider.asked[0].reference == "price_m"


async def test_a_live_subscription_keeps_a_second_one_of_its_group_out() -> None:
    shop = Shop()
    shop.providers = {SANDBOX: shop.provider, STRIPE: MarionetteProvider(channel=STRIPE)}
    plan, other, apart = a_plan(), a_plan(), a_plan(group="add-on")
    await shop.offers(plan, other, apart)
    await shop.hears(paid(await shop.buys(plan), subscription="sub_1"))

    with pytest.raises(SubscriptionExists) as refusal:
        await shop.buys(other)
    elsewhere = evolve(shop.purchase(other), channel=STRIPE)
    with pytest.raises(SubscriptionExists):
        await shop.start_checkout(elsewhere)

    assert (refusal.value.plan_name, refusal.value.channel) == (plan.name, SANDBOX)
    assert "change its plan" in str(refusal.value)
    assert (await shop.buys(apart)).is_pending
    assert (await shop.buys(other, account_id=SOMEBODY_ELSE)).is_pending


async def test_an_order_is_written_down_before_the_provider_hears_of_it(shop: Shop) -> None:
    await shop.offers(pack := a_pack())
    shop.provider.silences.append(Silence.BEFORE)

    with pytest.raises(ProviderUnavailable):
        await shop.buys(pack)

    (order,) = shop.orders()
    assert (order.status, order.url, order.total_minor) == (OrderStatus.PENDING, None, 500)
    assert order.expires_at == NOON + ORDER_LIFE


async def test_the_buyer_is_sent_to_the_providers_page(shop: Shop) -> None:
    await shop.offers(pack := a_pack())
    async with shop.store.begin() as work:
        await work.accounts.save(an_account(email="buyer@example.com"))
        await work.customers.link(SOMEBODY, SANDBOX, "cus_1")
        await work.commit()

    order = await shop.buys(pack)

    (asked,) = shop.provider.asked
    assert (asked.email, asked.customer_id) == ("buyer@example.com", "cus_1")
    assert order.url == "https://pay.example/session-1"
    assert order.session_id == "session-1"
    assert order.expires_at == shop.provider.checkouts[order.id].expires_at
    assert await shop.order(order.id) == order


@pytest.mark.parametrize("silence", Silence)
async def test_a_repeat_after_silence_uses_the_same_order_and_the_same_provider_key(
    shop: Shop, silence: Silence
) -> None:
    await shop.offers(pack := a_pack())
    wish = shop.purchase(pack, key=a_key())
    shop.provider.silences.append(silence)
    with pytest.raises(ProviderUnavailable):
        await shop.start_checkout(wish)

    again = await shop.start_checkout(wish)

    assert len(shop.orders()) == len(shop.provider.checkouts) == 1
    assert {request.order.id for request in shop.provider.asked} == {again.order.id}
    assert again.is_replay
    assert again.order.url == "https://pay.example/session-1"


async def test_a_repeat_gets_the_first_answer_without_asking_the_provider(shop: Shop) -> None:
    await shop.offers(pack := a_pack())
    wish = shop.purchase(pack, key=a_key())
    first = await shop.start_checkout(wish)
    await shop.hears(paid(first.order))

    again = await shop.start_checkout(wish)

    assert (again.order.id, again.order.url) == (first.order.id, first.order.url)
    assert again.order.status is OrderStatus.PAID
    assert len(shop.provider.asked) == 1


async def test_a_key_used_for_another_wish_is_refused(shop: Shop) -> None:
    await shop.offers(pack := a_pack())
    key = a_key(key="k", fingerprint="one")
    await shop.start_checkout(shop.purchase(pack, key=key))

    with pytest.raises(KeyReused):
        await shop.start_checkout(shop.purchase(pack, key=evolve(key, fingerprint="other")))

    assert len(shop.orders()) == 1


async def test_a_repeat_that_comes_too_late_is_told_so(shop: Shop) -> None:
    await shop.offers(pack := a_pack())
    wish = shop.purchase(pack, key=a_key())
    shop.provider.silences.append(Silence.BEFORE)
    with pytest.raises(ProviderUnavailable):
        await shop.start_checkout(wish)
    shop.clock.advance(hours=25)
    await shop.gives_up()

    with pytest.raises(CheckoutOver):
        await shop.start_checkout(wish)


async def test_no_page_is_opened_that_would_ask_for_another_price_than_was_ordered(
    shop: Shop,
) -> None:
    item = ProviderItem(SANDBOX, None, "the provider's price")
    await shop.offers(pack := a_pack(price_minor=500, items=(item,)))
    wish = shop.purchase(pack, key=a_key())
    shop.provider.silences.append(Silence.BEFORE)
    with pytest.raises(ProviderUnavailable):
        await shop.start_checkout(wish)
    async with shop.store.begin() as work:
        await work.packs.save(evolve(pack, price_minor=900))
        await work.commit()

    with pytest.raises(CheckoutOver):
        await shop.start_checkout(wish)

    assert shop.provider.checkouts == {}
    anew = await shop.start_checkout(evolve(wish, key=a_key()))
    assert anew.order.total_minor == 900


async def test_sixty_four_repeats_at_once_make_one_order(shop: Shop) -> None:
    await shop.offers(pack := a_pack())
    wish = shop.purchase(pack, key=a_key())

    started = await asyncio.gather(*[shop.start_checkout(wish) for _ in range(64)])

    assert len(shop.orders()) == len(shop.provider.checkouts) == 1
    assert {each.order.url for each in started} == {"https://pay.example/session-1"}
    assert Counter(each.is_replay for each in started) == {False: 1, True: 63}


async def test_an_order_keeps_the_price_it_was_sold_at(shop: Shop) -> None:
    await shop.offers(pack := a_pack(price_minor=500))
    order = await shop.buys(pack)
    async with shop.store.begin() as work:
        await work.packs.save(evolve(pack, price_minor=900, credits=1))
        await work.commit()

    await shop.hears(paid(order))

    assert (await shop.order(order.id)).total_minor == 500
    assert await shop.balance() == 500


async def test_a_discount_is_taken_from_the_price(shop: Shop) -> None:
    coupon = a_coupon(effect=AmountOff(amounts=(Money(120, "USD"),)))
    await shop.offers(pack := a_pack(), coupon)

    order = await shop.buys(pack, coupon_code=f" {coupon.code.lower()} ")

    assert (order.discount_minor, order.total_minor, order.due_minor) == (120, 380, 380)
    assert order.coupon_code == coupon.code
    assert (await shop.coupon(coupon.code)).taken == 1
    assert (await shop.use_of(order)).status is RedemptionStatus.RESERVED


async def test_under_64_checkouts_at_once_a_code_is_used_as_often_as_it_may(shop: Shop) -> None:
    coupon = a_coupon(redemptions_max=5)
    await shop.offers(pack := a_pack(), coupon)

    async def tries() -> object:
        try:
            return await shop.buys(pack, account_id=an_account_id(), coupon_code=coupon.code)
        except CouponRefused as refusal:
            return refusal.reason

    outcomes = await asyncio.gather(*[tries() for _ in range(64)])

    assert Counter(map(str, outcomes))["used_up"] == 59
    assert (await shop.coupon(coupon.code)).taken == 5
    assert len(shop.orders()) == 5


@pytest.mark.parametrize("in_all", [None, 2])
async def test_of_64_checkouts_at_once_of_one_buyer_as_many_hold_a_slot_as_the_code_has_for_them(
    shop: Shop, in_all: int | None
) -> None:
    coupon = a_coupon(redemptions_max=in_all, redemptions_per_account_max=in_all or 2)
    await shop.offers(pack := a_pack(), coupon)

    orders = await asyncio.gather(
        *[shop.buys(pack, coupon_code=coupon.code) for _ in range(64)], return_exceptions=True
    )

    # The latest two count: whoever comes next makes the oldest give way, even while it opens.
    assert Counter(type(each) for each in orders)[Order] >= 2
    waiting = [each for each in shop.orders() if each.is_pending]
    assert len(waiting) == 2
    assert {(await shop.use_of(each)).status for each in waiting} == {RedemptionStatus.RESERVED}
    assert (await shop.coupon(coupon.code)).taken == 2
