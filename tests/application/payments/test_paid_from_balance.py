"""Orders that a buyer's balance with the provider paid for, wholly or in part."""

from datetime import UTC, datetime, time, timedelta

import pytest
from attrs import evolve

from domain.credits.claw_back import Shortfall
from domain.payments.errors import OrderNotRefundable, RefundTooLarge
from domain.payments.order import Order, OrderStatus
from domain.payments.refund import RefundState
from tests.application.payments.going_back import refunded
from tests.application.shop import Shop, paid, payment_for
from tests.support.builders.subscriptions import a_pack


async def bought(shop: Shop, *, collected_minor: int) -> Order:
    """Sell a pack at 5.00, and let so much of that come in as money."""
    await shop.offers(pack := a_pack())
    order = await shop.buys(pack)
    payment = evolve(payment_for(order), collected_minor=collected_minor)
    await shop.hears(paid(order, payment), "told-of-payment")
    return await shop.order(order.id)


async def revenue(shop: Shop) -> int:
    """Return what the figures of today count as money that came in."""
    from_at = datetime.combine(shop.clock().date(), time(), tzinfo=UTC)
    async with shop.store.read() as work:
        (usd,) = await work.figures.paid(from_at, from_at + timedelta(days=1))
    return usd.collected_minor


@pytest.mark.parametrize("collected_minor", [0, 200, 500, 520])
async def test_an_order_is_paid_as_sold_whatever_of_it_came_in_as_money(
    shop: Shop, collected_minor: int
) -> None:
    order = await bought(shop, collected_minor=collected_minor)

    assert (order.status, order.total_minor) == (OrderStatus.PAID, 500)
    assert order.collected_minor == collected_minor
    assert order.from_balance_minor == 500 - collected_minor
    assert await shop.balance() == 500
    assert await revenue(shop) == collected_minor


@pytest.mark.parametrize(("collected_minor", "number"), [(0, None), (1, 1), (500, 1)])
async def test_a_receipt_is_issued_for_money_that_came_in_alone(
    shop: Shop, collected_minor: int, number: int | None
) -> None:
    order = await bought(shop, collected_minor=collected_minor)

    assert order.receipt_number == number


@pytest.mark.parametrize("collected_minor", [200, 520])
async def test_all_that_is_left_of_an_order_is_what_came_in(
    shop: Shop, collected_minor: int
) -> None:
    order = await bought(shop, collected_minor=collected_minor)

    refund = await shop.refunds(order)

    assert refund.amount_minor == collected_minor
    assert (await shop.order(order.id)).status is OrderStatus.REFUNDED
    assert await shop.balance() == 0
    assert await shop.is_proved()


async def test_no_more_goes_back_than_came_in(shop: Shop) -> None:
    order = await bought(shop, collected_minor=200)

    with pytest.raises(RefundTooLarge):
        await shop.refunds(order, 201)


async def test_credits_go_by_the_share_of_what_came_in(shop: Shop) -> None:
    order = await bought(shop, collected_minor=200)

    await shop.hears(refunded(order, 50, refund_id="re_1"), "told-1")
    assert await shop.balance() == 375
    await shop.hears(refunded(order, 150, refund_id="re_2"), "told-2")

    assert (await shop.order(order.id)).status is OrderStatus.REFUNDED
    assert await shop.balance() == 0


async def test_an_order_for_which_nothing_came_in_gives_its_credits_back_alone(shop: Shop) -> None:
    assert shop.shortfall is Shortfall.OWE
    order = await bought(shop, collected_minor=0)
    await shop.spends(100)

    refund = await shop.refunds(order)

    assert (refund.state, refund.amount_minor) == (RefundState.SUCCEEDED, 0)
    assert shop.provider.refunds == []
    assert (await shop.order(order.id)).status is OrderStatus.REFUNDED
    # What was spent is not owed: no money has gone back for it.
    assert await shop.balance() == 0
    with pytest.raises(OrderNotRefundable):
        await shop.refunds(order)
    assert await shop.is_proved()
