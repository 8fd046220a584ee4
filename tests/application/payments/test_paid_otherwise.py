"""Money of another amount than was agreed upon: it has an order, and a person says what follows."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import permutations

import pytest
from attrs import evolve

from domain.payments.inbox import InboxStatus
from domain.payments.order import Order, OrderStatus
from domain.payments.payment import Payment
from domain.payments.provider_event import (
    PeriodPaid,
    ProviderEvent,
    ProviderStatus,
    SubscriptionReported,
)
from domain.period import Interval, Period, add_months
from domain.promotions.redemption import RedemptionStatus
from domain.subscriptions.catalogue import Plan, ProviderItem
from tests.application.lost_news import problems, report
from tests.application.payments.going_back import disputed, refunded
from tests.application.shop import Shop, paid, payment_for
from tests.support.builders.payments import SANDBOX, a_payment
from tests.support.builders.promotions import a_coupon
from tests.support.builders.subscriptions import a_pack, a_plan
from tests.support.clock import NOON

FIRST = Period(NOON, add_months(NOON, 1))
SECOND = Period(FIRST.end_at, add_months(NOON, 2))
THIRD = Period(SECOND.end_at, add_months(NOON, 3))
MINUTE = timedelta(minutes=1)
AMOUNTS = [(499, 0), (50_000, 0), (400, 100)]


def otherwise(order: Order, net_minor: int, tax_minor: int = 0) -> Payment:
    """Return a payment of another amount than an order asks for."""
    asked = payment_for(order)
    return a_payment(
        channel=asked.channel,
        provider_payment_id=asked.provider_payment_id,
        net_minor=net_minor,
        tax_minor=tax_minor,
        paid_at=asked.paid_at,
    )


async def pack_paid(shop: Shop, net_minor: int, tax_minor: int = 0) -> Order:
    """Let a pack of 5.00 be paid with another amount."""
    await shop.offers(pack := a_pack())
    order = await shop.buys(pack)
    payment = otherwise(order, net_minor, tax_minor)
    event = await shop.hears(paid(order, payment, customer="cus_1"))
    assert event.is_settled
    return await shop.order(order.id)


@pytest.mark.parametrize(("net_minor", "tax_minor"), AMOUNTS)
async def test_a_pack_paid_otherwise_is_kept_and_credits_nothing(
    shop: Shop, net_minor: int, tax_minor: int
) -> None:
    order = await pack_paid(shop, net_minor, tax_minor)
    again = await shop.hears(paid(order, otherwise(order, net_minor)), "again")

    assert (order.status, order.total_minor) == (OrderStatus.PAID, net_minor + tax_minor)
    assert order.receipt_number == 1
    assert f"500 USD was agreed upon and {net_minor} USD was paid" in (order.concern or "")
    assert again.status is InboxStatus.IGNORED
    assert (shop.payments(), await shop.lines()) == (1, [])
    assert [told for told, _ in shop.alarms] == [f"sandbox: order {order.id} needs a person"]
    assert problems(await shop.reconciles()) == [order.concern]


@pytest.mark.parametrize(("net_minor", "tax_minor"), AMOUNTS)
async def test_refunding_it_at_the_provider_settles_it(
    shop: Shop, net_minor: int, tax_minor: int
) -> None:
    order = await pack_paid(shop, net_minor, tax_minor)

    event = await shop.hears(refunded(order, net_minor + tax_minor))

    assert event.status is InboxStatus.APPLIED
    assert (await shop.order(order.id)).status is OrderStatus.REFUNDED
    assert problems(await shop.reconciles()) == []
    assert await shop.balance() == 0


async def test_an_admin_refunds_it_or_says_that_it_is_settled(shop: Shop) -> None:
    refunded_here, kept = await pack_paid(shop, 700), await pack_paid(shop, 700)

    await shop.refunds(refunded_here)
    await shop.settles(kept)

    assert (await shop.order(refunded_here.id)).status is OrderStatus.REFUNDED
    assert problems(await shop.reconciles()) == []


async def test_a_dispute_about_it_finds_it(shop: Shop) -> None:
    order = await pack_paid(shop, 700)

    await shop.hears(disputed(order, amount_minor=700))

    assert (await shop.order(order.id)).status is OrderStatus.DISPUTED


async def test_the_slot_of_its_coupon_is_free_again(shop: Shop) -> None:
    coupon = a_coupon(redemptions_max=1)
    await shop.offers(pack := a_pack(), coupon)
    order = await shop.buys(pack, coupon_code=coupon.code)

    await shop.hears(paid(order, otherwise(order, 500)))

    assert (await shop.order(order.id)).concern is not None
    assert (await shop.coupon(coupon.code)).taken == 0
    assert (await shop.use_of(order)).status is RedemptionStatus.RELEASED
    assert await shop.balance() == 0


async def plan_paid(shop: Shop, net_minor: int) -> Order:
    """Let the first month of a plan of 9.90 be paid with another amount."""
    await shop.offers(plan := a_plan())
    order = await shop.buys(plan)
    payment = otherwise(order, net_minor)
    await shop.hears(paid(order, payment, subscription="sub_1", period=FIRST))
    return await shop.order(order.id)


def month(period: Period, net_minor: int, payment_id: str, currency: str = "USD") -> PeriodPaid:
    """Return that a further month was paid, a minute after it had begun."""
    payment = a_payment(
        net_minor=net_minor,
        provider_payment_id=payment_id,
        currency=currency,
        paid_at=period.start_at + MINUTE,
    )
    return PeriodPaid(provider_subscription_id="sub_1", payment=payment, period=period)


@pytest.mark.parametrize("net_minor", [1290, 499, 1])
async def test_a_subscription_paid_otherwise_does_not_begin_until_it_costs_what_was_agreed(
    shop: Shop, net_minor: int
) -> None:
    first = await plan_paid(shop, net_minor)
    assert (shop.subscriptions(), await shop.balance()) == ([], 0)
    assert "sub_1 at sandbox" in (first.concern or "")
    assert (await shop.hears(report(shop, ProviderStatus.ACTIVE))).error is None

    shop.clock.now = SECOND.start_at + MINUTE
    await shop.hears(month(SECOND, net_minor, "p2"))
    assert (shop.subscriptions(), await shop.balance()) == ([], 0)
    assert [each.total_minor for each in shop.orders()] == [net_minor, net_minor]

    shop.clock.now = THIRD.start_at + MINUTE
    await shop.hears(month(THIRD, 990, "p3"))
    (begun,) = shop.subscriptions()
    assert (begun.period, await shop.balance()) == (THIRD, 1000)
    asked = [each.concern or "" for each in shop.orders()[:2]]
    assert all(f"has since begun here as {begun.id}" in each for each in asked)
    assert await shop.is_proved()


async def renewing(shop: Shop, *plans: Plan) -> None:
    """Let somebody have a plan of 9.90 whose first month is just over."""
    await shop.offers(plan := a_plan(), *plans)
    order = await shop.buys(plan)
    await shop.hears(paid(order, subscription="sub_1", period=FIRST))
    shop.clock.now = SECOND.start_at + MINUTE


def told_since(shop: Shop, reference: str | None = None) -> SubscriptionReported:
    """Return how the subscription stands in its second month."""
    standing = report(shop, ProviderStatus.ACTIVE)
    told = evolve(standing, as_of=SECOND.start_at, reference=reference)
    shop.provider.reports["sub_1"] = told
    return told


@pytest.mark.parametrize(("net_minor", "currency"), [(1290, "USD"), (990, "EUR")])
async def test_a_renewal_paid_otherwise_is_kept_once_without_credits_and_told(
    shop: Shop, net_minor: int, currency: str
) -> None:
    await renewing(shop)
    await shop.hears(told_since(shop))

    for _ in range(2):
        told = await shop.hears(month(SECOND, net_minor, "p2", currency))
        assert told.error is None

    _, kept = shop.orders()
    (subscription,) = shop.subscriptions()
    assert (kept.total_minor, kept.line.currency, kept.line.credits) == (net_minor, currency, 0)
    assert (kept.subscription_id, kept.period) == (subscription.id, None)
    assert subscription.period == FIRST
    assert len(shop.alarms) == 1
    assert problems(await shop.reconciles()) == [kept.concern]
    assert f"990 USD was agreed upon and {net_minor} {currency} was paid" in (kept.concern or "")


async def test_a_renewal_paid_otherwise_is_kept_once_its_period_is_told_of_by_comparing(
    shop: Shop,
) -> None:
    await renewing(shop)
    told = told_since(shop)
    await shop.hears(evolve(told, as_of=SECOND.start_at - MINUTE))
    waits = await shop.hears(month(SECOND, 1290, "p2"))
    assert waits.status is InboxStatus.FAILED

    shop.provider.reports["sub_1"] = evolve(told, period=SECOND)
    await shop.reconciles()
    await shop.drains(5)

    _, kept = shop.orders()
    assert (kept.total_minor, kept.concern is not None) == (1290, True)


async def test_its_refund_finds_it_and_the_next_month_is_paid_as_agreed(shop: Shop) -> None:
    await renewing(shop)
    await shop.hears(told_since(shop))
    await shop.hears(month(SECOND, 1290, "p2"))
    _, kept = shop.orders()

    await shop.hears(refunded(kept, 1290, payment_id="p2"))
    await shop.hears(month(SECOND, 990, "p3"))

    assert (await shop.order(kept.id)).status is OrderStatus.REFUNDED
    (subscription,) = shop.subscriptions()
    assert (subscription.period, await shop.balance()) == (SECOND, 1000)
    assert problems(await shop.reconciles()) == []
    assert await shop.is_proved()


ANOTHER = "price_another"


def another_plan(price_minor: int, credits: int) -> Plan:
    return a_plan(
        name="Another",
        price_monthly_minor=price_minor,
        credits_included=credits,
        items=(ProviderItem(SANDBOX, Interval.MONTHLY, ANOTHER),),
    )


@pytest.mark.parametrize(("price_minor", "credits"), [(1290, 2000), (490, 100), (990, 1500)])
@pytest.mark.parametrize("first", ["payment", "report", "report of the old period"])
async def test_what_a_plan_costs_that_was_chosen_at_the_provider_is_no_surprise_in_any_order(
    shop: Shop, first: str, price_minor: int, credits: int
) -> None:
    await renewing(shop, another_plan(price_minor, credits))
    await shop.hears(evolve(told_since(shop, "price_small"), as_of=NOON + MINUTE))
    told = told_since(shop, ANOTHER)
    if first == "report of the old period":
        told = evolve(told, as_of=NOON + 2 * MINUTE)
    payment = evolve(month(SECOND, price_minor, "p2"), reference=ANOTHER)
    news: Sequence[ProviderEvent] = (told, payment) if first == "report" else (payment, told)

    heard = [await shop.hears(event) for event in news]
    if first != "report":
        assert "ordered price_small, paid price_another" in (heard[0].error or "")
    await shop.drains(5)

    (subscription,) = shop.subscriptions()
    assert (subscription.plan_name, subscription.period) == ("Another", SECOND)
    assert await shop.balance() == credits
    assert [each.concern for each in shop.orders()] == [None, None]
    assert shop.alarms == []


async def test_news_of_money_paid_otherwise_ends_the_same_in_every_order() -> None:
    ends = set()
    for turn in permutations(range(3)):
        shop = Shop()
        await renewing(shop)
        payment = month(SECOND, 1290, "p2")
        back = refunded(shop.orders()[0], 1290, payment_id="p2")
        news: Sequence[ProviderEvent] = (payment, told_since(shop), back)
        for place in turn:
            await shop.hears(news[place])
        await shop.drains(6)
        assert [each.status for each in shop.store.tables.inbox.main.values.values()].count(
            InboxStatus.FAILED
        ) == 0
        (subscription,) = shop.subscriptions()
        orders = tuple((each.status, each.total_minor) for each in shop.orders())
        ends.add((orders, subscription.period.start_at, await shop.balance()))

    assert ends == {
        (((OrderStatus.PAID, 990), (OrderStatus.REFUNDED, 1290)), FIRST.start_at, 0),
    }
