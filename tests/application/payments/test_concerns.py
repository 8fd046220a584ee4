"""What only a person can settle: told at once, shown by reconciling until it is settled."""

from attrs import evolve

from domain.payments.order import Order
from domain.payments.provider_event import PeriodPaid
from domain.period import Interval, Period, add_months
from tests.application.lost_news import problems
from tests.application.shop import ADMIN, Shop, paid
from tests.support.builders.credits import a_key
from tests.support.builders.payments import a_payment
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
