"""What an account is told of its next payment: the amount where it is known, or none."""

from typing import Any

import pytest
from attrs import evolve

from application.subscriptions.read_subscription import ReadingSubscription, ReadSubscription
from tests.application.shop import Shop
from tests.support.builders.credits import SOMEBODY
from tests.support.builders.payments import an_order
from tests.support.builders.subscriptions import a_subscription


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
    async with shop.store.begin() as work:
        await work.orders.add(order)
        await work.subscriptions.add(subscription)
        await work.commit()

    found = await ReadingSubscription(read=shop.store.read)(ReadSubscription(account_id=SOMEBODY))

    assert found is not None
    assert found.next_payment_minor == (subscription.price_minor if is_told else None)
