"""What is told of changes of plan: that one waits, was taken back, was refused, or was made."""

import pytest

from domain.payments.errors import ProviderRefused
from tests.application.events.test_raised import told, types
from tests.application.subscriptions.changing import PRO, STARTER, ChangingShop
from tests.support.builders.payments import SANDBOX


@pytest.fixture
async def shop() -> ChangingShop:
    """Somebody has the large plan, and all of that has been told."""
    shop = ChangingShop()
    await shop.opens(PRO)
    await told(shop)
    return shop


async def test_a_change_that_waits_is_told_with_what_is_to_come(shop: ChangingShop) -> None:
    changed = await shop.changes(STARTER)

    (event,) = await told(shop)
    assert event["type"] == "subscription.change_scheduled"
    assert event["data"]["plan_id"] == PRO.id
    assert event["data"]["change"] == {
        "id": changed.change.id,
        "plan_id": STARTER.id,
        "plan_name": "Starter",
        "interval": "monthly",
        "price": 990,
        "credits_per_month": 1000,
        "effective_at": "2026-02-12T12:00:00Z",
    }


async def test_taken_back_it_is_told_again(shop: ChangingShop) -> None:
    await shop.changes(STARTER)
    await told(shop)

    await shop.changes(PRO)

    assert await types(shop) == ["subscription.change_withdrawn"]


async def test_a_change_that_was_refused_is_told_and_one_that_was_made() -> None:
    shop = ChangingShop()
    await shop.opens(STARTER)
    await told(shop)
    shop.provider.change_fault = ProviderRefused(channel=SANDBOX, reason="it was declined")
    with pytest.raises(ProviderRefused):
        await shop.changes(PRO)
    assert await types(shop) == ["subscription.change_refused"]
    shop.provider.change_fault = None

    await shop.changes(PRO)

    assert await types(shop) == ["subscription.changed"]
