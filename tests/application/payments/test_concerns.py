"""What only a person can settle: told at once, shown by reconciling until it is settled."""

from collections.abc import Sequence
from typing import Any

import pytest
from attrs import evolve

from domain.payments.inbox import InboxStatus
from domain.payments.order import Order, OrderStatus
from domain.payments.provider_event import ChangePaid, PeriodPaid, ProviderStatus
from domain.period import Interval, Period, add_months
from domain.subscriptions.subscription import Subscription, SubscriptionStatus
from tests.application.lost_news import happens, problems, report
from tests.application.payments.going_back import refunded
from tests.application.shop import ADMIN, Shop, paid
from tests.support.builders.credits import a_key
from tests.support.builders.payments import SANDBOX, a_payment
from tests.support.builders.subscriptions import a_plan
from tests.support.clock import NOON

FIRST = Period(NOON, add_months(NOON, 1))


async def bought_twice(shop: Shop) -> Order:
    """Let one account pay in two tabs for subscriptions of one group; return the second order."""
    await shop.offers(plan := a_plan())
    one, other = await shop.buys(plan), await shop.buys(plan, interval=Interval.YEARLY)
    await shop.hears(paid(one, subscription="sub_1", period=FIRST))
    await shop.hears(paid(other, subscription="sub_2"))
    return await shop.order(other.id)


async def test_a_second_subscription_is_credited_and_told_to_a_person_with_its_id(
    shop: Shop,
) -> None:
    order = await bought_twice(shop)

    (told,) = shop.alarms
    assert told[0] == f"sandbox: order {order.id} needs a person"
    assert "sub_2 at sandbox" in str(told[1])
    assert await shop.balance() == 13_000
    assert await shop.is_proved()


def charged(payment_id: str = "pay_9", **changes: Any) -> PeriodPaid:
    """Return that the second subscription was charged for a further year."""
    begins_at = add_months(NOON, 12)
    charge = PeriodPaid(
        provider_subscription_id="sub_2",
        payment=a_payment(provider_payment_id=payment_id, net_minor=9900),
        period=Period(begins_at, add_months(begins_at, 12)),
    )
    return evolve(charge, **changes)


def charged_more(payment_id: str) -> PeriodPaid:
    """Return that it was charged for a dearer plan, which it was changed to at the provider."""
    return charged(payment=a_payment(provider_payment_id=payment_id, net_minor=12_900))


async def further(shop: Shop) -> Sequence[Order]:
    """Return the orders that paid for the second subscription, but the first."""
    async with shop.store.read() as work:
        return (await work.orders.beside(SANDBOX, "sub_2", None, 10))[1:]


@pytest.mark.parametrize("names_its_order", [True, False])
async def test_what_a_second_subscription_goes_on_being_charged_is_credited_once_and_told(
    shop: Shop, names_its_order: bool
) -> None:
    first = await bought_twice(shop)

    for _ in range(2):
        await shop.hears(charged(order_id=first.id if names_its_order else None))

    [order] = await further(shop)
    assert (order.status, order.total_minor) == (OrderStatus.PAID, 9900)
    assert order.concern == first.concern
    assert [told[0] for told in shop.alarms] == [
        f"sandbox: order {each.id} needs a person" for each in (first, order)
    ]
    assert len(shop.subscriptions()) == 1
    assert await shop.balance() == 25_000
    assert await shop.is_proved()


async def test_how_a_second_subscription_stands_is_no_news(shop: Shop) -> None:
    await bought_twice(shop)

    told = await shop.hears(report(shop, ProviderStatus.CANCELED, "sub_2"))

    assert (told.status, told.error) == (InboxStatus.IGNORED, None)
    assert [each.status for each in shop.subscriptions()] == [SubscriptionStatus.ACTIVE]


async def test_a_second_subscription_is_settled_with_all_that_paid_for_it(shop: Shop) -> None:
    first = await bought_twice(shop)
    await shop.hears(charged("pay_9"))
    await shop.hears(charged("pay_10"))

    [_, last] = await further(shop)
    await shop.settles(last)

    orders = [await shop.order(each.id) for each in (first, *await further(shop))]
    assert [each.concern for each in orders] == [None, None, None]
    settled = [each for each in shop.audited() if each.action == "order.settle"]
    assert {each.target for each in settled} == {f"order:{each.id}" for each in orders}
    assert first.concern not in problems(await shop.reconciles())


async def test_a_charge_after_it_was_settled_needs_a_person_again(shop: Shop) -> None:
    first = await bought_twice(shop)
    await shop.settles(first)

    await shop.hears(charged())

    [order] = await further(shop)
    assert order.concern in problems(await shop.reconciles())
    assert (await shop.order(first.id)).concern is None


async def test_a_further_charge_is_given_back_with_the_credits_it_brought(shop: Shop) -> None:
    await bought_twice(shop)
    await shop.hears(charged())
    [order] = await further(shop)

    await shop.refunds(order)

    assert await shop.balance() == 13_000
    assert order.concern is not None
    assert len([each for each in problems(await shop.reconciles()) if each == order.concern]) == 1


async def test_a_change_of_a_second_subscription_is_kept_as_paid_and_told(shop: Shop) -> None:
    await bought_twice(shop)
    change = ChangePaid(
        provider_subscription_id="sub_2",
        payment=a_payment(provider_payment_id="pay_9", net_minor=500),
    )

    for _ in range(2):
        await shop.hears(change)

    [order] = await further(shop)
    assert (order.total_minor, order.line.credits) == (500, 0)
    assert "sub_2 at sandbox" in (order.concern or "")
    assert await shop.balance() == 13_000


async def test_once_nothing_is_in_its_way_a_second_subscription_begins_with_its_next_payment(
    shop: Shop,
) -> None:
    first = await bought_twice(shop)
    await shop.hears(report(shop, ProviderStatus.CANCELED, "sub_1"))
    shop.clock.advance(days=365)

    await shop.hears(charged())
    await shop.hears(charged("pay_10", period=Period(add_months(NOON, 24), add_months(NOON, 36))))

    [ended, begun] = shop.subscriptions()
    assert (ended.is_live, begun.is_live) == (False, True)
    assert begun.provider_subscription_id == "sub_2"
    assert begun.period.start_at == add_months(NOON, 24)
    assert await further(shop) == []
    assert (await shop.order(first.id)).concern == since_begun(begun)
    assert len(shop.alarms) == 1
    assert await shop.is_proved()


def since_begun(subscription: Subscription) -> str:
    """Return what is asked about an order that paid for it before it had begun here."""
    return (
        f"it paid for a subscription ({subscription.provider_subscription_id} at sandbox) "
        f"that has since begun here as {subscription.id}: refund it if it was not wanted; "
        "do not cancel the subscription"
    )


async def test_nobody_is_asked_to_end_a_second_subscription_that_has_begun_here(
    shop: Shop,
) -> None:
    first = await bought_twice(shop)
    await shop.hears(charged("pay_8"))
    await shop.hears(charged_more("pay_9"))
    await shop.hears(report(shop, ProviderStatus.CANCELED, "sub_1"))
    shop.clock.advance(days=365)
    earlier = [first, *await further(shop)]
    assert len({each.id for each in earlier}) == 3

    happens(shop, charged("pay_10"))
    for _ in range(2):
        found = await shop.reconciles()

        begun = shop.subscriptions()[-1]
        asked = [each for each in found.drift if each.problem and each.about.startswith("order ")]
        assert {each.about for each in asked} == {f"order {each.id}" for each in earlier}
        assert [each.problem for each in asked] == [since_begun(begun)] * 3


async def test_what_was_settled_stays_so_when_a_second_subscription_begins(shop: Shop) -> None:
    first = await bought_twice(shop)
    await shop.settles(first)
    await shop.hears(report(shop, ProviderStatus.CANCELED, "sub_1"))
    shop.clock.advance(days=365)

    await shop.hears(charged())

    assert len(shop.subscriptions()) == 2
    assert (await shop.order(first.id)).concern is None


async def test_every_charge_above_its_price_is_kept_once_without_credits_and_told(
    shop: Shop,
) -> None:
    await bought_twice(shop)

    for payment_id in ("pay_9", "pay_9", "pay_10"):
        told = await shop.hears(charged_more(payment_id))
        assert told.error is None

    orders = await further(shop)
    assert [(each.status, each.total_minor) for each in orders] == [(OrderStatus.PAID, 12_900)] * 2
    assert [each.line.credits for each in orders] == [0, 0]
    assert all("sub_2 at sandbox" in (each.concern or "") for each in orders)
    assert {each.concern for each in orders} <= set(problems(await shop.reconciles()))
    assert len(shop.alarms) == 3
    assert await shop.balance() == 13_000
    assert await shop.is_proved()


async def test_a_refund_of_a_charge_above_its_price_finds_what_it_paid(shop: Shop) -> None:
    await bought_twice(shop)
    await shop.hears(charged_more("pay_9"))
    [order] = await further(shop)

    await shop.hears(refunded(order, 12_900, payment_id="pay_9"))

    after = await shop.order(order.id)
    assert (after.status, after.refunded_minor) == (OrderStatus.REFUNDED, 12_900)
    assert order.concern not in problems(await shop.reconciles())
    assert await shop.balance() == 13_000
    assert await shop.is_proved()


async def test_it_is_told_once_however_often_the_news_comes(shop: Shop) -> None:
    order = await bought_twice(shop)

    for _ in range(3):
        await shop.hears(paid(order, subscription="sub_2"))

    assert len(shop.alarms) == 1


async def test_it_is_found_by_every_reconciliation_until_its_money_is_back(shop: Shop) -> None:
    order = await bought_twice(shop)

    for is_to_be_applied in (False, True, True):
        found = await shop.reconciles(is_to_be_applied=is_to_be_applied)
        assert [each for each in found.drift if each.about == f"order {order.id}"] == [
            each for each in found.drift if each.problem == order.concern
        ]
        assert order.concern in problems(found)
    await shop.refunds(order)

    assert order.concern not in problems(await shop.reconciles())


async def test_an_order_that_somebody_settles_is_found_no_more_and_keeps_what_it_brought(
    shop: Shop,
) -> None:
    order = await bought_twice(shop)
    key = a_key(owner=ADMIN.id)

    first, again = await shop.settles(order, key), await shop.settles(order, key)
    await shop.settles(order)

    assert (first.is_replay, again.is_replay, again.order) == (False, True, first.order)
    assert await shop.order(order.id) == evolve(order, concern=None)
    assert order.concern not in problems(await shop.reconciles())
    assert await shop.balance() == 13_000
    (entry,) = [each for each in shop.audited() if each.action == "order.settle"]
    assert (entry.target, entry.before, entry.reason) == (
        f"order:{order.id}",
        order.concern,
        "The customer keeps both",
    )


async def test_a_period_paid_twice_that_nobody_told_of_is_one_finding(shop: Shop) -> None:
    await shop.offers(plan := a_plan())
    order = await shop.buys(plan)
    await shop.hears(paid(order, subscription="sub_1", period=FIRST))
    again = PeriodPaid(
        provider_subscription_id="sub_1",
        payment=a_payment(net_minor=990, paid_at=NOON),
        period=FIRST,
    )
    shop.provider.meanings["lost"] = again
    shop.provider.happened["lost"] = NOON

    found = await shop.reconciles()

    second = shop.orders()[-1]
    assert second.concern is not None
    assert problems(found).count(second.concern) == 1
    assert await shop.balance() == 1000


async def test_periods_that_follow_each_other_concern_nobody(shop: Shop) -> None:
    await shop.offers(plan := a_plan())
    order = await shop.buys(plan)
    await shop.hears(paid(order, subscription="sub_1", period=FIRST))
    renewal = PeriodPaid(
        provider_subscription_id="sub_1",
        payment=a_payment(net_minor=990, paid_at=FIRST.end_at),
        period=Period(FIRST.end_at, add_months(NOON, 2)),
    )

    await shop.hears(renewal)
    await shop.hears(evolve(renewal))

    assert [each.concern for each in shop.orders()] == [None, None]
    assert shop.alarms == []
