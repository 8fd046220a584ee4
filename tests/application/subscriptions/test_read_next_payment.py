"""What an account is told of its next payment: the amount where it is known, or none."""

from typing import Any

import pytest
from attrs import evolve

from application.subscriptions.read_subscription import ReadingSubscription, ReadSubscription
from domain.payments.order import Order
from domain.payments.provider_event import PeriodPaid
from domain.period import Period, add_months
from domain.subscriptions.change import Change
from domain.subscriptions.subscription import Subscription
from tests.application.shop import Shop, paid
from tests.support.builders.credits import SOMEBODY
from tests.support.builders.payments import a_payment, an_order
from tests.support.builders.plan_changes import a_change
from tests.support.builders.subscriptions import a_plan, a_subscription
from tests.support.clock import NOON


async def told_next(
    shop: Shop, order: Order, subscription: Subscription, change: Change | None = None
) -> int | None:
    """Return what an account with this subscription is told."""
    async with shop.store.begin() as work:
        await work.orders.add(order)
        await work.subscriptions.add(subscription)
        if change is not None:
            await work.plan_changes.add(change)
        await work.commit()
    found = await ReadingSubscription(read=shop.store.read)(ReadSubscription(account_id=SOMEBODY))
    assert found is not None
    return found.next_payment_minor


@pytest.mark.parametrize(
    ("of_order", "of_subscription", "is_told"),
    [
        ({}, {}, True),
        ({"discount_minor": 100}, {}, True),
        ({"discount_minor": 100, "discount_periods": 3}, {}, False),
        ({"discount_minor": 100, "discount_periods": None}, {}, False),
        ({"discount_minor": 500, "trial_days": 14}, {}, True),
        ({}, {"cancel_at_period_end": True}, False),
        ({}, {"provider_subscription_id": None}, False),
    ],
    ids=["plain", "first-period", "periods", "forever", "trial", "ends", "free"],
)
async def test_the_full_price_is_told_unless_nothing_is_due_or_a_discount_goes_on(
    shop: Shop, of_order: dict[str, Any], of_subscription: dict[str, Any], is_told: bool
) -> None:
    order = evolve(an_order(), **of_order)
    subscription = a_subscription(provider_subscription_id="sub_1")
    subscription = evolve(subscription, order_id=order.id, **of_subscription)

    told = await told_next(shop, order, subscription)

    assert told == (subscription.price_minor if is_told else None)


@pytest.mark.parametrize(("discount_periods", "is_told"), [(1, True), (3, False), (None, False)])
async def test_with_a_change_to_come_the_new_price_is_told_by_the_same_rule(
    shop: Shop, discount_periods: int | None, is_told: bool
) -> None:
    order = evolve(an_order(), discount_minor=100, discount_periods=discount_periods)
    subscription = a_subscription(provider_subscription_id="sub_1")
    subscription = evolve(subscription, order_id=order.id)
    change = a_change(subscription)

    told = await told_next(shop, order, subscription, change)

    assert told == (change.after.price_minor if is_told else None)


async def test_after_a_renewal_for_less_nobody_knows_how_long_the_provider_goes_on_with_that(
    shop: Shop,
) -> None:
    await shop.offers(plan := a_plan())
    first = Period(NOON, add_months(NOON, 1))
    await shop.hears(paid(await shop.buys(plan), subscription="sub_1", period=first))
    second = Period(first.end_at, add_months(NOON, 2))
    shop.clock.now = second.start_at
    payment = a_payment(net_minor=890, paid_at=second.start_at)
    await shop.hears(PeriodPaid(provider_subscription_id="sub_1", payment=payment, period=second))

    found = await ReadingSubscription(read=shop.store.read)(ReadSubscription(account_id=SOMEBODY))

    assert found is not None
    assert (found.subscription.period, found.next_payment_minor) == (second, None)
