"""Giving up orders that have run out, and their coupon slots with them."""

import asyncio

import pytest
from attrs import evolve

from application.payments.sweep_orders import SweepingOrders, SweepOrders
from domain.payments.order import OrderStatus
from domain.payments.provider_event import CheckoutFailed
from domain.promotions.redemption import RedemptionStatus
from tests.application.shop import Shop, paid
from tests.support.builders.promotions import a_coupon
from tests.support.builders.subscriptions import a_pack
from tests.support.fake_provider import CHECKOUT_LIFE


async def test_an_order_that_has_run_out_is_given_up_with_its_slot(shop: Shop) -> None:
    coupon = a_coupon(redemptions_max=1)
    await shop.offers(pack := a_pack(), coupon)
    order = await shop.buys(pack, coupon_code=coupon.code)
    shop.clock.now = order.created_at + CHECKOUT_LIFE

    assert await shop.gives_up() == 1

    assert (await shop.order(order.id)).status is OrderStatus.EXPIRED
    assert (await shop.use_of(order)).status is RedemptionStatus.RELEASED
    assert (await shop.coupon(coupon.code)).taken == 0
    assert await shop.gives_up() == 0


async def test_an_order_whose_payment_was_declined_is_given_up_when_its_page_runs_out(
    shop: Shop,
) -> None:
    coupon = a_coupon(redemptions_max=1)
    await shop.offers(pack := a_pack(), coupon)
    declined = await shop.buys(pack, coupon_code=coupon.code)
    await shop.hears(CheckoutFailed(order_id=declined.id))

    assert await shop.gives_up() == 0
    shop.clock.now = declined.created_at + CHECKOUT_LIFE
    assert await shop.gives_up() == 1

    assert (await shop.order(declined.id)).status is OrderStatus.EXPIRED
    assert (await shop.coupon(coupon.code)).taken == 0


async def test_an_order_whose_time_has_not_come_or_that_was_paid_is_left_alone(shop: Shop) -> None:
    await shop.offers(pack := a_pack())
    await shop.hears(paid(settled := await shop.buys(pack)))
    shop.clock.advance(minutes=30)
    still_open = await shop.buys(pack)
    shop.clock.now = settled.created_at + CHECKOUT_LIFE

    assert await shop.gives_up() == 0

    assert (await shop.order(still_open.id)).is_pending
    assert (await shop.order(settled.id)).status is OrderStatus.PAID


async def test_money_and_the_worker_at_once_end_in_a_paid_order(shop: Shop) -> None:
    coupon = a_coupon(redemptions_max=1)
    await shop.offers(pack := a_pack(), coupon)
    order = await shop.buys(pack, coupon_code=coupon.code)
    shop.clock.now = order.created_at + CHECKOUT_LIFE

    await asyncio.gather(
        *[shop.gives_up() for _ in range(8)], *[shop.hears(paid(order), f"e{n}") for n in range(8)]
    )

    assert (await shop.order(order.id)).status is OrderStatus.PAID
    assert (await shop.coupon(coupon.code)).taken == 1
    assert await shop.balance() == 500


async def test_an_order_that_cannot_be_given_up_does_not_hold_up_the_others(shop: Shop) -> None:
    coupon = a_coupon()
    await shop.offers(pack := a_pack(), coupon)
    broken = await shop.buys(pack, coupon_code=coupon.code)
    other = await shop.buys(pack)
    async with shop.store.begin() as work:
        await work.coupons.save(evolve(await work.coupons.take(coupon.id), taken=0))
        await work.commit()
    shop.clock.now = broken.created_at + CHECKOUT_LIFE

    with pytest.raises(ExceptionGroup):
        await shop.gives_up()

    assert (await shop.order(broken.id)).is_pending
    assert (await shop.order(other.id)).status is OrderStatus.EXPIRED


async def test_a_bounded_number_of_orders_is_looked_at(shop: Shop) -> None:
    await shop.offers(pack := a_pack())
    for _ in range(5):
        await shop.buys(pack)
    shop.clock.advance(days=2)
    sweep = SweepingOrders(
        begin=shop.store.begin, read=shop.store.read, clock=shop.clock, new_id=shop.new_id
    )

    counts = [(await sweep(SweepOrders(orders_max=2))).expired for _ in range(4)]

    assert counts == [2, 2, 1, 0]
