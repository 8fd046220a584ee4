"""A buyer who comes back before the webhook does: the same effects, under the same keys, once."""

import asyncio

import pytest
from attrs import evolve

from application.payments.confirm_checkout import ConfirmCheckout
from application.ports.provider import Capability
from domain.payments.errors import OrderNotFound, ProviderRefused, ProviderUnavailable
from domain.payments.ids import OrderId
from domain.payments.inbox import InboxStatus
from domain.payments.order import Order, OrderStatus
from domain.payments.provider_event import CheckoutExpired, CheckoutLinked, PeriodPaid
from domain.period import Period, add_months
from tests.application.shop import Shop, paid, payment_for
from tests.support.builders.credits import SOMEBODY, SOMEBODY_ELSE
from tests.support.builders.payments import SANDBOX, an_order
from tests.support.builders.subscriptions import a_pack, a_plan
from tests.support.clock import NOON, fresh_id

AT_ONCE = 64
FIRST = Period(NOON, add_months(NOON, 1))


async def bought(shop: Shop) -> Order:
    """Buy a pack of 500 credits, which is then paid at the provider."""
    await shop.offers(pack := a_pack())
    order = await shop.buys(pack)
    assert order.session_id is not None
    shop.provider.sessions[order.session_id] = (paid(order),)
    return order


async def test_a_buyer_who_comes_back_before_the_webhook_sees_the_credits(shop: Shop) -> None:
    order = await bought(shop)

    confirmed = await shop.comes_back(order)

    assert (confirmed.status, await shop.balance()) == (OrderStatus.PAID, 500)
    assert confirmed == await shop.order(order.id)


async def test_the_webhook_that_comes_after_the_buyer_credits_nothing_more(shop: Shop) -> None:
    order = await bought(shop)
    await shop.comes_back(order)

    event = await shop.hears(paid(order))

    assert event.status is InboxStatus.IGNORED
    assert (await shop.balance(), shop.payments()) == (500, 1)


async def test_a_buyer_who_comes_back_after_the_webhook_asks_nobody(shop: Shop) -> None:
    order = await bought(shop)
    await shop.hears(paid(order))

    confirmed = await shop.comes_back(order)

    assert (confirmed.status, await shop.balance()) == (OrderStatus.PAID, 500)
    assert shop.provider.questions == []


async def test_buyer_and_webhook_at_once_credit_once(shop: Shop) -> None:
    order = await bought(shop)
    shop.provider.meanings["told"] = paid(order)

    async with asyncio.timeout(20):
        ended = await asyncio.gather(
            *(
                shop.comes_back(order) if number % 2 else shop.hears(None, "told")
                for number in range(AT_ONCE)
            )
        )

    confirmed = [each for each in ended if isinstance(each, Order)]
    assert [each.status for each in confirmed] == [OrderStatus.PAID] * (AT_ONCE // 2)
    assert (await shop.balance(), shop.payments(), shop.alarms) == (500, 1, [])
    assert await shop.is_proved()


async def test_the_first_period_of_a_subscription_is_confirmed_as_its_webhooks_tell_it(
    shop: Shop,
) -> None:
    await shop.offers(plan := a_plan())
    order = await shop.buys(plan)
    assert order.session_id is not None
    linked = CheckoutLinked(
        order_id=order.id, channel=SANDBOX, customer_id="cus_1", provider_subscription_id="sub_1"
    )
    period = PeriodPaid(
        provider_subscription_id="sub_1",
        payment=payment_for(order),
        period=FIRST,
        order_id=order.id,
        customer_id="cus_1",
    )
    shop.provider.sessions[order.session_id] = (linked, period)

    confirmed = await shop.comes_back(order)
    await shop.hears(linked)
    await shop.hears(period)

    assert (confirmed.status, await shop.balance()) == (OrderStatus.PAID, 1000)
    assert [each.provider_subscription_id for each in shop.subscriptions()] == ["sub_1"]


async def test_the_order_of_another_account_is_not_found(shop: Shop) -> None:
    order = await bought(shop)

    with pytest.raises(OrderNotFound):
        await shop.comes_back(order, SOMEBODY_ELSE)

    assert shop.provider.questions == []
    assert (await shop.order(order.id)).status is OrderStatus.PENDING


async def test_an_order_that_does_not_exist_is_not_found(shop: Shop) -> None:
    with pytest.raises(OrderNotFound):
        await shop.confirm(ConfirmCheckout(account_id=SOMEBODY, order_id=OrderId(fresh_id())))


async def test_an_unpaid_checkout_leaves_the_order_as_it_is(shop: Shop) -> None:
    order = await bought(shop)
    shop.provider.sessions.clear()
    before = shop.kept()

    confirmed = await shop.comes_back(order)

    assert (confirmed, shop.kept()) == (order, before)


async def test_a_checkout_that_has_run_out_is_seen_at_once(shop: Shop) -> None:
    order = await bought(shop)
    assert order.session_id is not None
    shop.provider.sessions[order.session_id] = (CheckoutExpired(order_id=order.id),)

    assert (await shop.comes_back(order)).status is OrderStatus.EXPIRED


async def test_money_for_an_order_that_was_given_up_is_honoured(shop: Shop) -> None:
    order = await bought(shop)
    shop.clock.advance(days=2)
    assert await shop.gives_up() == 1

    assert (await shop.comes_back(order)).status is OrderStatus.PAID
    assert await shop.balance() == 500


async def test_a_provider_that_cannot_be_asked_leaves_the_order(shop: Shop) -> None:
    order = await bought(shop)
    shop.provider.capabilities -= {Capability.READ}

    assert await shop.comes_back(order) == order
    assert shop.provider.questions == []


async def test_an_order_of_a_channel_that_is_gone_is_left(shop: Shop) -> None:
    order = evolve(an_order(channel=SANDBOX), session_id="session-1")
    async with shop.store.begin() as work:
        await work.orders.add(order)
        await work.commit()
    shop.providers = {}

    assert await shop.comes_back(order) == order


@pytest.mark.parametrize(
    "fault",
    [
        ProviderUnavailable(channel=SANDBOX),
        ProviderRefused(channel=SANDBOX, reason="it knows no such session"),
    ],
)
async def test_a_provider_that_does_not_say_changes_nothing(
    shop: Shop, fault: ProviderUnavailable | ProviderRefused
) -> None:
    order = await bought(shop)
    assert order.session_id is not None
    shop.provider.sessions[order.session_id] = fault

    with pytest.raises(type(fault)):
        await shop.comes_back(order)

    assert await shop.order(order.id) == order


async def test_a_payment_that_does_not_fit_tells_the_operator_and_credits_nothing(
    shop: Shop,
) -> None:
    order = await bought(shop)
    assert order.session_id is not None
    foreign = evolve(payment_for(order), currency="EUR")
    shop.provider.sessions[order.session_id] = (paid(order, foreign),)

    confirmed = await shop.comes_back(order)

    assert (confirmed, await shop.balance(), shop.payments()) == (order, 0, 0)
    ((told, fault),) = shop.alarms
    assert order.id in told
    assert str(fault) == "Payment and order differ in currency: ordered USD, paid EUR."
