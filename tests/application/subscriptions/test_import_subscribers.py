"""Subscribers from elsewhere: no credits and no revenue of the past, and everything from now on."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from attrs import evolve

from application.credits.steps.importing import ImportedRow, RowOutcome
from application.subscriptions.import_subscribers import (
    ImportingSubscribers,
    ImportSubscribers,
    OpeningSubscription,
)
from domain.access.audit import Actor
from domain.period import Interval, Period
from domain.subscriptions.catalogue import Plan
from tests.application.shop import Shop
from tests.support.builders.credits import SOMEBODY
from tests.support.builders.payments import SANDBOX
from tests.support.builders.subscriptions import a_plan
from tests.support.clock import NOON

DAY = timedelta(days=1)
ADMIN = Actor(id="admin-1")


def a_row(plan: Plan, *, line: int = 2, starts: int = -40, ends: int = 325) -> OpeningSubscription:
    return OpeningSubscription(
        line=line,
        account_id=SOMEBODY,
        key="sub_1",
        plan_id=plan.id,
        interval=Interval.YEARLY,
        period=Period(NOON + starts * DAY, NOON + ends * DAY),
        channel=SANDBOX,
        provider_subscription_id="sub_1",
        customer_id="cus_1",
        email="ada@example.com",
    )


async def bring(
    shop: Shop, *rows: OpeningSubscription, is_to_be_applied: bool = True
) -> Sequence[ImportedRow]:
    importing = ImportingSubscribers(begin=shop.store.begin, clock=shop.clock, new_id=shop.new_id)
    return await importing(
        ImportSubscribers(rows=rows, is_to_be_applied=is_to_be_applied, actor=ADMIN)
    )


async def test_a_trial_leaves_nothing(shop: Shop) -> None:
    plan = a_plan()
    await shop.offers(plan)
    before = shop.kept()

    (row,) = await bring(shop, a_row(plan), is_to_be_applied=False)

    assert row.outcome is RowOutcome.DONE
    assert shop.kept() == before


async def test_months_that_begin_later_are_granted_and_those_before_are_not(shop: Shop) -> None:
    plan = a_plan()
    await shop.offers(plan)

    (row,) = await bring(shop, a_row(plan))
    await shop.issues()
    assert (row.outcome, await shop.balance()) == (RowOutcome.DONE, 0)
    shop.clock.advance(days=31)
    await shop.issues()

    assert await shop.balance() == plan.credits_included
    assert await shop.is_proved()


async def test_the_period_is_no_revenue_and_the_provider_finds_its_subscription(
    shop: Shop,
) -> None:
    plan = a_plan()
    await shop.offers(plan)

    await bring(shop, a_row(plan))

    (order,) = shop.orders()
    async with shop.store.read() as work:
        sold = await work.subscriptions.find_at_provider(SANDBOX, "sub_1")
        customers = await work.customers.of_account(SOMEBODY)
    assert (order.total_minor, order.discount_minor) == (0, plan.price_yearly_minor)
    assert sold is not None
    assert (sold.order_id, sold.is_live, sold.price_minor) == (
        order.id,
        True,
        plan.price_yearly_minor,
    )
    assert customers == [(SANDBOX, "cus_1")]
    assert [entry.action for entry in shop.audited()] == ["subscription.import"]


async def test_a_row_is_brought_in_once_and_not_changed_by_another(shop: Shop) -> None:
    plan = a_plan()
    await shop.offers(plan)
    await bring(shop, a_row(plan))

    (again,) = await bring(shop, a_row(plan, line=9))
    (other,) = await bring(shop, a_row(plan, ends=300))
    (beside,) = await bring(shop, evolve(a_row(plan), key="another"))

    assert (again.outcome, again.line) == (RowOutcome.ALREADY_THERE, 9)
    assert (other.outcome, other.code) == (RowOutcome.REFUSED, "idempotency_key_reused")
    assert (beside.outcome, beside.code) == (RowOutcome.REFUSED, "subscription_exists")
    assert len(shop.subscriptions()) == 1


@pytest.mark.parametrize(("starts", "ends"), [(-40, 0), (1, 40)])
async def test_a_period_that_is_not_under_way_is_refused(
    shop: Shop, starts: int, ends: int
) -> None:
    plan = a_plan()
    await shop.offers(plan)

    (row,) = await bring(shop, a_row(plan, starts=starts, ends=ends))

    assert (row.outcome, row.code) == (RowOutcome.REFUSED, "invalid_request")


async def test_a_plan_that_costs_something_needs_somebody_who_bills_it(shop: Shop) -> None:
    plan = a_plan()
    await shop.offers(plan)

    (row,) = await bring(shop, evolve(a_row(plan), provider_subscription_id=None))
    (unknown,) = await bring(shop, evolve(a_row(plan), plan_id=a_plan().id))

    assert "provider_subscription_id" in row.said
    assert unknown.code == "plan_not_found"
