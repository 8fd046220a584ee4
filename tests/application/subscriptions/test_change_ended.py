"""A change of plan whose answer was lost, of a subscription that ended before anything told of it.

What the provider had made was paid for, and brings that; what it had not made is withdrawn.
"""

from datetime import timedelta

import pytest

from domain.payments.errors import ProviderUnavailable
from domain.payments.provider_event import PeriodPaid
from domain.period import Interval, Period, add_months
from domain.subscriptions.change import ChangeStatus
from domain.subscriptions.subscription import SubscriptionStatus
from tests.application.subscriptions.changing import PRO, STARTER, SUB, ChangingShop
from tests.support.clock import NOON
from tests.support.fake_provider import Silence

S = ChangeStatus
YEARLY = Interval.YEARLY


@pytest.fixture
async def shop() -> ChangingShop:
    """Somebody has had the small plan for two thirds of its month."""
    shop = ChangingShop()
    await shop.opens()
    shop.clock.now = NOON + 2 * timedelta(days=31) / 3
    return shop


async def test_a_year_that_was_begun_is_paid_for_though_it_ended_before_the_answer_came(
    shop: ChangingShop,
) -> None:
    shop.provider.silences.append(Silence.AFTER)
    with pytest.raises(ProviderUnavailable):
        await shop.changes(STARTER, YEARLY)
    now, payment = shop.clock(), shop.payment(9570, "year-1")
    year = Period(now, add_months(now, 12))

    await shop.ends(STARTER, YEARLY)
    shop.clock.advance(minutes=3)
    await shop.carries_out()
    told = await shop.hears(PeriodPaid(provider_subscription_id=SUB, payment=payment, period=year))

    assert told.is_settled, told
    assert (shop.sold.status, shop.sold.interval) == (SubscriptionStatus.CANCELED, YEARLY)
    assert shop.made()[-1].status is S.APPLIED
    assert await shop.balance() == 1000 + 666


async def test_an_upgrade_that_was_made_brings_its_credits_though_it_ended_before_the_answer_came(
    shop: ChangingShop,
) -> None:
    shop.provider.silences.append(Silence.AFTER)
    with pytest.raises(ProviderUnavailable):
        await shop.changes()

    await shop.ends(PRO)
    shop.clock.advance(minutes=3)
    await shop.carries_out()

    assert (shop.sold.status, shop.sold.plan_name) == (SubscriptionStatus.CANCELED, "Pro")
    assert [each.status for each in shop.made()] == [S.APPLIED]
    assert await shop.balance() == 2333


async def test_a_change_that_was_not_made_before_the_end_is_withdrawn(shop: ChangingShop) -> None:
    shop.provider.silences.append(Silence.BEFORE)
    with pytest.raises(ProviderUnavailable):
        await shop.changes()

    await shop.ends(STARTER)
    shop.clock.advance(minutes=3)
    await shop.carries_out()

    assert [each.status for each in shop.made()] == [S.WITHDRAWN]
    assert (shop.sold.plan_name, await shop.balance()) == ("Starter", 1000)
