"""Versions of a plan at the console: who holds which, and moving them after a look."""

import pytest
from attrs import evolve

from domain.access.role import Role
from domain.credits.ids import AccountId
from domain.subscriptions.catalogue import Plan
from domain.subscriptions.ids import PlanId
from domain.subscriptions.subscription import Subscription
from tests.entrypoints.console.browser import Browser, signed_in
from tests.entrypoints.good_requests import PLAN
from tests.support.app import Service
from tests.support.builders.subscriptions import a_subscription

REASON = "The prices of spring"


@pytest.fixture
async def plan_id(service: Service) -> PlanId:
    """A plan that became dearer after two had subscribed; a third came from elsewhere."""
    admin = service.as_admin()
    plan_id = PlanId((await admin.post("/admin/billing/plans", PLAN)).data["id"])
    async with service.store.begin() as work:
        plan = await work.plans.get(plan_id)
        for number in range(3):
            await work.subscriptions.add(_as_sold(plan, number, is_odd=number == 2))
        await work.commit()
    await admin.put(f"/admin/billing/plans/{plan_id}", {**PLAN, "credits_included": 9000})
    return plan_id


def _as_sold(plan: Plan, number: int, *, is_odd: bool) -> Subscription:
    return evolve(
        a_subscription(
            account_id=AccountId(f"holder-{number}"), provider_subscription_id=f"sub_{number}"
        ),
        plan_id=plan.id,
        plan_name=plan.name,
        group=plan.group,
        currency=plan.currency,
        price_minor=plan.price_monthly_minor,
        credits_per_month=plan.credits_included + is_odd,
        rules=plan.rules,
    )


async def test_every_version_says_how_many_hold_it(owner: Browser, plan_id: PlanId) -> None:
    page = await owner.get("/plan/versions", id=plan_id)
    plans = await owner.get("/plans")
    plan = await owner.get("/plan", id=plan_id)

    assert "3 subscribers" in page.text
    assert "3 not on today’s version" in page.text
    assert "Other terms" in page.text
    assert f'href="/console/plan/versions?id={plan_id}">2</a>' in plans.html
    assert "Version 2" in plan.text


async def test_whom_it_moves_is_shown_before_anybody_is_moved(
    service: Service, owner: Browser, plan_id: PlanId
) -> None:
    before = service.kept()
    look = await owner.get("/plan/migrate", id=plan_id)

    assert service.kept() == before
    assert "holder-0" in look.text
    assert "version 1" in look.text

    unsaid = await owner.fill(f"/plan/migrate?id={plan_id}", reason="")
    assert (unsaid.status, service.kept()) == (400, before)


async def test_subscribers_are_moved_with_their_next_period(
    owner: Browser, plan_id: PlanId
) -> None:
    moved = await owner.fill(f"/plan/migrate?id={plan_id}", reason=REASON)
    again = await owner.get("/plan/migrate", id=plan_id)

    assert moved.location == f"/console/plan/versions?id={plan_id}&notice=plan-migrated"
    assert "Waits already" in again.text
    assert 'name="reason"' not in again.html


async def test_a_subscription_says_which_version_it_holds(
    service: Service, owner: Browser, plan_id: PlanId
) -> None:
    customer = await owner.get("/customer", account="holder-0")
    other = await owner.get("/customer", account="holder-2")

    assert "1 of 2" in customer.text
    assert "other terms than any version" in other.text


async def test_whoever_may_not_credit_moves_nobody(service: Service, plan_id: PlanId) -> None:
    viewer = await signed_in(service, Role.VIEWER)

    page = await viewer.get("/plan/versions", id=plan_id)

    assert (page.status, "/plan/migrate" in page.html) == (200, False)
    assert (await viewer.get("/plan/migrate", id=plan_id)).status == 403
