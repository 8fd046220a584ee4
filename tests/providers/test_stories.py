"""Purchases from the click to the credits, through the front door, at every provider."""

import pytest

from domain.money import Money
from domain.period import Interval
from domain.promotions.effect import AmountOff, PercentOff
from tests.providers.business import SHOP, Business
from tests.providers.buyers import Buyer
from tests.providers.goods import (
    MONTHLY_CREDITS,
    MONTHLY_PRICE,
    PACK_CREDITS,
    YEARLY_PRICE,
    a_pack_at,
    a_plan_at,
)
from tests.providers.till import Till
from tests.support.builders.promotions import a_coupon

CODE = "WELCOME"
PRICES = {Interval.MONTHLY: MONTHLY_PRICE, Interval.YEARLY: YEARLY_PRICE}


@pytest.fixture
def buyer(business: Business, till: Till) -> Buyer:
    """Somebody who buys."""
    return Buyer(business=business, till=till)


async def test_a_paid_pack_brings_its_credits_once_however_often_it_is_told(buyer: Buyer) -> None:
    pack = a_pack_at(buyer.till)
    await buyer.business.offers(pack)

    order_id = await buyer.buys(pack, tax_percent=21)
    assert (await buyer.order(order_id))["status"] == "pending"
    await buyer.hears()
    await buyer.hears()

    order = await buyer.order(order_id)
    assert (order["status"], order["tax"], order["total"]) == ("paid", 105, 605)
    assert await buyer.balance() == PACK_CREDITS
    assert await buyer.is_settled()


@pytest.mark.parametrize("interval", Interval)
async def test_a_paid_plan_is_active_and_brings_the_credits_of_its_first_month(
    buyer: Buyer, interval: Interval
) -> None:
    plan = a_plan_at(buyer.till)
    await buyer.business.offers(plan)

    order_id = await buyer.buys(plan, interval, tax_percent=21)
    await buyer.hears()
    await buyer.business.work()

    subscription = await buyer.subscription()
    assert (subscription["status"], subscription["interval"]) == ("active", interval.value)
    assert (await buyer.order(order_id))["total"] == PRICES[interval] * 121 // 100
    assert await buyer.balance() == MONTHLY_CREDITS
    assert len(await buyer.orders()) == 1
    assert await buyer.is_settled()


async def test_every_renewal_brings_a_month_and_no_delivery_brings_it_again(buyer: Buyer) -> None:
    plan = a_plan_at(buyer.till)
    await buyer.business.offers(plan)
    await buyer.buys(plan)
    await buyer.hears()
    [there] = buyer.till.subscriptions()

    for _ in range(3):
        buyer.business.clock.advance(days=31)
        buyer.till.renew(there.id)
        await buyer.hears()
        await buyer.hears()

    await buyer.business.work()
    assert [each["status"] for each in await buyer.orders()] == ["paid"] * 4
    assert await buyer.balance() == MONTHLY_CREDITS
    assert await buyer.is_settled()


async def test_a_yearly_plan_brings_its_credits_every_month_and_renews_after_twelve(
    buyer: Buyer,
) -> None:
    plan = a_plan_at(buyer.till)
    await buyer.business.offers(plan)
    await buyer.buys(plan, Interval.YEARLY)
    await buyer.hears()

    for _ in range(11):
        buyer.business.clock.advance(days=31)
        await buyer.business.work(rounds=1)
        assert await buyer.balance() == MONTHLY_CREDITS
    buyer.business.clock.advance(days=31)
    buyer.till.renew(buyer.till.subscriptions()[0].id)
    await buyer.hears()

    assert [each["status"] for each in await buyer.orders()] == ["paid", "paid"]
    assert await buyer.balance() == MONTHLY_CREDITS
    assert await buyer.is_settled()


async def test_who_comes_back_before_the_webhook_sees_the_credits(buyer: Buyer) -> None:
    pack, plan = a_pack_at(buyer.till), a_plan_at(buyer.till)
    await buyer.business.offers(pack, plan)
    orders = [await buyer.buys(pack), await buyer.buys(plan)]

    for order_id in orders:
        assert (await buyer.confirms(order_id))["status"] == "paid"
    assert await buyer.balance() == PACK_CREDITS + MONTHLY_CREDITS
    assert (await buyer.subscription())["status"] == "active"

    await buyer.hears()
    for order_id in orders:
        assert (await buyer.confirms(order_id))["status"] == "paid"
    await buyer.business.work()
    assert await buyer.balance() == PACK_CREDITS + MONTHLY_CREDITS
    assert len(await buyer.orders()) == 2
    assert await buyer.is_settled()


async def test_who_comes_back_without_having_paid_sees_a_pending_order(buyer: Buyer) -> None:
    pack = a_pack_at(buyer.till)
    await buyer.business.offers(pack)
    started = (await buyer.starts(pack)).data

    assert (await buyer.confirms(started["order_id"]))["status"] == "pending"
    assert await buyer.balance() == 0
    assert await buyer.is_settled()


async def test_cancelling_at_the_portal_ends_the_subscription_with_its_period(
    buyer: Buyer,
) -> None:
    plan = a_plan_at(buyer.till)
    await buyer.business.offers(plan)
    await buyer.buys(plan)
    await buyer.hears()
    [there] = buyer.till.subscriptions()

    buyer.business.clock.advance(days=1)
    buyer.till.end_with_period(there.id)
    await buyer.hears()
    assert (await buyer.subscription())["cancel_at_period_end"] is True

    buyer.business.clock.advance(days=1)
    buyer.till.keep_on(there.id)
    await buyer.hears()
    assert (await buyer.subscription())["cancel_at_period_end"] is False

    buyer.business.clock.advance(days=29)
    buyer.till.end(there.id)
    await buyer.hears()
    assert await buyer.subscription() is None
    assert await buyer.is_settled()


async def test_a_payment_that_fails_and_then_arrives_brings_one_month(buyer: Buyer) -> None:
    plan = a_plan_at(buyer.till)
    await buyer.business.offers(plan)
    await buyer.buys(plan)
    await buyer.hears()
    [there] = buyer.till.subscriptions()

    buyer.business.clock.advance(days=31)
    buyer.till.fail_renewal(there.id)
    await buyer.hears()
    assert (await buyer.subscription())["status"] == "past_due"
    assert await buyer.balance() == 0

    buyer.business.clock.advance(days=3)
    buyer.till.collect_overdue(there.id)
    await buyer.hears()
    assert (await buyer.subscription())["status"] == "active"
    assert await buyer.balance() == MONTHLY_CREDITS
    assert await buyer.is_settled()


async def test_yen_are_whole_yen(buyer: Buyer) -> None:
    pack = a_pack_at(buyer.till, price_minor=500, currency="JPY")
    await buyer.business.offers(pack)

    order_id = await buyer.buys(pack, tax_percent=10)
    await buyer.hears()

    order = await buyer.order(order_id)
    assert (order["currency"], order["tax"], order["total"]) == ("JPY", 50, 550)
    assert await buyer.balance() == PACK_CREDITS
    assert await buyer.is_settled()


async def test_tax_that_is_part_of_the_price_is_no_tax_on_top(buyer: Buyer) -> None:
    pack = a_pack_at(buyer.till, is_taxed_in=True)
    plan = a_plan_at(buyer.till, is_taxed_in=True)
    await buyer.business.offers(pack, plan)

    for thing in (pack, plan):
        order_id = await buyer.buys(thing, tax_percent=21)
        await buyer.hears()
        order = await buyer.order(order_id)
        assert (order["status"], order["tax"]) == ("paid", 0)
        assert order["total"] == order["subtotal"]

    await buyer.business.work()
    assert await buyer.is_settled()


async def test_a_coupon_lowers_a_pack_and_the_tax_on_it(buyer: Buyer) -> None:
    pack = a_pack_at(buyer.till)
    coupon = a_coupon(code=CODE, effect=PercentOff(percent=20), redemptions_max=1)
    await buyer.business.offers(pack, coupon)

    order_id = await buyer.buys(pack, coupon_code=CODE, tax_percent=21)
    await buyer.hears()

    order = await buyer.order(order_id)
    assert (order["discount"], order["tax"], order["total"]) == (100, 84, 484)
    assert await buyer.balance() == PACK_CREDITS
    assert await buyer.is_settled()


async def test_a_coupon_lowers_the_first_payment_of_a_plan_and_no_later_one(
    buyer: Buyer,
) -> None:
    plan = a_plan_at(buyer.till)
    effect = AmountOff(amounts=(Money(290, "EUR"),))
    await buyer.business.offers(plan, a_coupon(code=CODE, effect=effect))

    await buyer.buys(plan, coupon_code=CODE)
    await buyer.hears()
    buyer.business.clock.advance(days=31)
    buyer.till.renew(buyer.till.subscriptions()[0].id)
    await buyer.hears()
    await buyer.business.work()

    totals = [(each["discount"], each["total"]) for each in await buyer.orders()]
    assert totals == [(0, MONTHLY_PRICE), (290, MONTHLY_PRICE - 290)]
    assert await buyer.is_settled()


@pytest.mark.parametrize(
    ("periods", "discounts"), [(2, [290, 290, 0, 0]), (None, [290, 290, 290, 290])]
)
async def test_a_coupon_lowers_as_many_payments_as_it_promises(
    buyer: Buyer, periods: int | None, discounts: list[int]
) -> None:
    plan = a_plan_at(buyer.till)
    effect = AmountOff(amounts=(Money(290, "EUR"),))
    await buyer.business.offers(plan, a_coupon(code=CODE, effect=effect, periods=periods))

    await buyer.buys(plan, coupon_code=CODE)
    await buyer.hears()
    for _ in range(3):
        buyer.business.clock.advance(days=31)
        buyer.till.renew(buyer.till.subscriptions()[0].id)
        await buyer.hears()
        await buyer.business.work()

    orders = (await buyer.orders())[::-1]
    assert [each["discount"] for each in orders] == discounts
    assert [each["total"] for each in orders] == [MONTHLY_PRICE - off for off in discounts]
    named = [each["coupon_code"] for each in orders]
    assert named == [CODE if off else None for off in discounts]
    assert await buyer.is_settled()


@pytest.mark.parametrize("is_taxed_in", [True, False])
async def test_renewals_are_taxed_like_the_first_payment(buyer: Buyer, is_taxed_in: bool) -> None:
    plan = a_plan_at(buyer.till, is_taxed_in=is_taxed_in)
    await buyer.business.offers(plan)
    await buyer.buys(plan, tax_percent=21)
    await buyer.hears()

    buyer.business.clock.advance(days=31)
    buyer.till.renew(buyer.till.subscriptions()[0].id)
    await buyer.hears()

    total = MONTHLY_PRICE if is_taxed_in else MONTHLY_PRICE * 121 // 100
    assert [each["total"] for each in await buyer.orders()] == [total] * 2
    assert await buyer.balance() == MONTHLY_CREDITS
    assert await buyer.is_settled()


async def test_money_that_arrives_for_an_order_that_was_given_up_is_honoured(
    buyer: Buyer,
) -> None:
    pack, plan = a_pack_at(buyer.till), a_plan_at(buyer.till)
    await buyer.business.offers(pack, plan)
    started = [(await buyer.starts(thing)).data for thing in (pack, plan)]
    buyer.business.clock.advance(hours=25)
    await buyer.business.work(rounds=1)
    assert {each["status"] for each in await buyer.orders()} == {"expired"}

    for each in started:
        buyer.till.pay(each["session_id"])
    await buyer.hears()
    await buyer.business.work()

    assert {each["status"] for each in await buyer.orders()} == {"paid"}
    assert await buyer.balance() == PACK_CREDITS + MONTHLY_CREDITS
    assert await buyer.is_settled()


async def test_a_repeated_start_opens_no_second_checkout(buyer: Buyer) -> None:
    pack = a_pack_at(buyer.till)
    await buyer.business.offers(pack)

    first = await buyer.starts(pack, key="buy-1")
    second = await buyer.starts(pack, key="buy-1")

    assert first.data == second.data
    assert second.is_replay
    assert len(buyer.till.checkouts()) == 1


async def test_a_second_purchase_is_made_by_the_same_customer(buyer: Buyer) -> None:
    pack = a_pack_at(buyer.till)
    await buyer.business.offers(pack)

    for _ in range(2):
        await buyer.buys(pack)
        await buyer.hears()

    portal = await buyer.caller.post("/subscription/portal", {"return_url": f"{SHOP}/account"})
    assert portal.status == 200
    assert len(buyer.till.customers()) == 1
    assert await buyer.balance() == 2 * PACK_CREDITS
    assert await buyer.is_settled()
