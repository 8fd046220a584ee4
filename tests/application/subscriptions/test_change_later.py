"""Changes of plan that wait for the end of a period, and those made at the provider."""

from datetime import timedelta

import pytest
from attrs import evolve

from domain.payments.errors import ProviderRefused, ProviderUnavailable
from domain.payments.provider_event import SubscriptionReported
from domain.period import Interval, add_months
from domain.subscriptions.change import ChangeStatus
from domain.subscriptions.change_errors import (
    AlreadyOnPlan,
)
from domain.subscriptions.quote import Direction
from tests.application.subscriptions.changing import (
    PRO,
    STARTER,
    SUB,
    ChangingShop,
    a_changing_shop,
)
from tests.support.builders.payments import SANDBOX
from tests.support.clock import NOON
from tests.support.fake_provider import Silence

S = ChangeStatus
YEARLY = Interval.YEARLY


@pytest.fixture
async def shop() -> ChangingShop:
    """Somebody has had the small plan for two thirds of its month."""
    return await a_changing_shop()


async def test_a_cheaper_plan_waits_for_the_periods_end(shop: ChangingShop) -> None:
    await shop.changes()

    changed = await shop.changes(STARTER)

    assert (changed.change.status, changed.subscription.plan_name) == (S.SCHEDULED, "Pro")
    assert changed.change.effective_at == add_months(NOON, 1)
    assert len(shop.provider.changes) == 1
    assert await shop.balance() == 2333


async def test_a_waiting_change_is_placed_before_the_period_ends_and_comes_with_the_next(
    shop: ChangingShop,
) -> None:
    await shop.changes()
    await shop.changes(STARTER)
    end_at = add_months(NOON, 1)

    shop.clock.now = end_at - timedelta(minutes=61)
    assert await shop.carries_out() == 0
    shop.clock.now = end_at - timedelta(minutes=59)
    assert await shop.carries_out() == 1

    assert shop.provider.changes[-1].billing.value == "none"
    assert shop.sold.plan_name == "Pro"
    await shop.tells(STARTER)
    assert shop.sold.plan_name == "Pro"
    shop.clock.now = end_at
    await shop.renews(990)
    assert (shop.sold.plan_name, shop.sold.price_minor) == ("Starter", 990)
    assert await shop.balance() == 1000
    assert [each.status for each in shop.made()] == [S.APPLIED, S.APPLIED]


async def test_a_change_that_was_told_too_late_waits_for_another_period(
    shop: ChangingShop,
) -> None:
    await shop.changes()
    await shop.changes(STARTER)
    shop.clock.now = add_months(NOON, 1) + timedelta(minutes=5)
    await shop.renews(2990)

    await shop.carries_out()

    assert (shop.sold.plan_name, shop.made()[-1].status) == ("Pro", S.SCHEDULED)
    assert shop.made()[-1].effective_at == add_months(NOON, 2)
    assert len(shop.provider.changes) == 1


async def test_a_change_that_the_provider_will_not_place_is_told_to_a_person(
    shop: ChangingShop,
) -> None:
    await shop.changes()
    await shop.changes(STARTER)
    shop.provider.change_fault = ProviderRefused(channel=SANDBOX, reason="it is not sold")
    shop.clock.now = add_months(NOON, 1) - timedelta(minutes=30)

    await shop.carries_out()

    assert shop.made()[-1].status is S.REFUSED
    assert ["needs a person" in told for told, _ in shop.alarms] == [True]


async def test_a_waiting_change_is_taken_back_by_a_change_to_the_present_plan(
    shop: ChangingShop,
) -> None:
    await shop.changes()
    await shop.changes(STARTER)

    previewed = await shop.previews(PRO)
    changed = await shop.takes(previewed.sealed)

    assert previewed.quote.direction is Direction.STAY
    assert (previewed.quote.due_minor, previewed.quote.credits) == (0, 0)
    assert changed.change.status is S.WITHDRAWN
    with pytest.raises(AlreadyOnPlan):
        await shop.previews(PRO)


async def test_another_change_takes_the_place_of_a_waiting_one(shop: ChangingShop) -> None:
    await shop.changes()
    await shop.changes(STARTER)

    await shop.changes(PRO, YEARLY)

    assert [each.status for each in shop.made()] == [S.APPLIED, S.WITHDRAWN, S.PLACED]


async def test_a_price_that_was_told_of_too_early_holds_no_change_up(shop: ChangingShop) -> None:
    async with shop.store.begin() as work:
        known = evolve(shop.sold, reference=PRO.reference(SANDBOX, Interval.MONTHLY))
        await work.subscriptions.save(known)
        await work.commit()

    changed = await shop.changes()

    assert changed.change.status is S.APPLIED
    assert changed.subscription.plan_name == "Pro"
    assert await shop.balance() == 2333


async def test_a_plan_changed_at_the_provider_ends_a_change_that_was_waiting(
    shop: ChangingShop,
) -> None:
    await shop.changes()
    await shop.changes(STARTER)
    await shop.tells(PRO, YEARLY)
    assert shop.sold.interval is YEARLY

    shop.clock.now = add_months(NOON, 1) - timedelta(minutes=30)
    await shop.carries_out()

    assert shop.made()[-1].status is S.WITHDRAWN
    assert len(shop.provider.changes) == 1


async def test_reading_the_provider_finds_a_change_whose_news_were_lost(
    shop: ChangingShop,
) -> None:
    shop.provider.silences.append(Silence.AFTER)
    with pytest.raises(ProviderUnavailable):
        await shop.changes()
    report = shop.provider.reports[SUB]
    assert isinstance(report, SubscriptionReported)
    shop.provider.reports[SUB] = evolve(report, as_of=shop.clock())

    await shop.reconciles()

    assert (shop.sold.plan_name, shop.made()[-1].status) == ("Pro", S.APPLIED)
    assert await shop.balance() == 2333
