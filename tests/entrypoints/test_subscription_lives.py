"""Lives of subscriptions under a virtual clock: what time alone does, over HTTP and in order."""

import pytest

from domain.access.role import Role
from tests.entrypoints.year import Town, a_town

ANCHOR = "2026-01-31T12:00:00Z"
CUSTOMER = "user-1"


async def a_plan_is_sold(town: Town, **terms: object) -> str:
    """Offer a plan at 9.99 a month with 1,000 credits, under these terms; return its id."""
    plan = {"name": "Pro", "price_monthly": 999, "price_yearly": 9990, "credits_included": 1000}
    made = await town.owner.post("/admin/billing/plans", {**plan, "currency": "USD", **terms})
    assert made.status == 201, made.body
    return str(made.data["id"])


async def card(town: Town, *, declines: bool) -> None:
    """Let the customer's card be declined from now on, or work again."""
    answer = await town.owner.post(
        "/admin/sandbox/card", {"account_id": CUSTOMER, "declines": declines}
    )
    assert answer.data == {"account_id": CUSTOMER, "declines": declines}


async def subscription(town: Town) -> dict[str, object]:
    """Return the customer's newest subscription, as an admin sees it."""
    page = await town.owner.get("/admin/subscriptions", account_id=CUSTOMER)
    newest: dict[str, object] = page.data[0]
    return newest


async def told(town: Town, *types: str) -> list[tuple[str, str]]:
    """Return which of these events were told, oldest first, and on which day."""
    page = await town.owner.get("/admin/events", limit=100)
    return [
        (event["type"], event["at"][:10]) for event in reversed(page.data) if event["type"] in types
    ]


async def test_what_is_left_at_a_months_end_is_carried_over_at_that_very_instant() -> None:
    async with a_town() as town:
        plan_id = await a_plan_is_sold(town, rollover_max=250)
        await town.goes(to=ANCHOR)
        await town.buys(CUSTOMER, type="subscription", plan_id=plan_id, interval="monthly")

        await town.goes(to="2026-04-15T12:00:00Z")

        turns = ["2026-02-28", "2026-03-31"]
        assert await town.lines(CUSTOMER, "rollover") == [(day, 250) for day in turns]
        assert await town.lines(CUSTOMER, "expiration") == [
            ("2026-02-28", -1000),
            ("2026-03-31", -250),
            ("2026-03-31", -1000),
        ]
        assert await town.balance(CUSTOMER) == 1250


async def test_a_trial_costs_nothing_is_followed_by_a_payment_and_comes_once() -> None:
    async with a_town() as town:
        plan_id = await a_plan_is_sold(town, trial_days=14, trial_credits=100)
        wish = {"type": "subscription", "plan_id": plan_id, "interval": "monthly"}
        await town.goes(to=ANCHOR)
        await town.buys(CUSTOMER, **wish)
        on_trial = (await town.as_user(CUSTOMER).get("/subscription")).data
        brought = await town.balance(CUSTOMER)

        await town.goes(to="2026-02-20T12:00:00Z")

        assert (on_trial["status"], brought) == ("trialing", 100)
        assert on_trial["trial_ends_at"] == "2026-02-14T12:00:00Z"
        assert (await subscription(town))["status"] == "active"
        orders = (await town.as_user(CUSTOMER).get("/orders")).data
        assert [(order["total"], order["paid_at"][:10]) for order in orders] == [
            (999, "2026-02-14"),
            (0, "2026-01-31"),
        ]
        assert await town.balance(CUSTOMER) == 1000
        cancel = {"at": "now"}
        await town.as_user(CUSTOMER).post("/subscription/cancel", cancel)
        again = await town.orders(CUSTOMER, **wish)
        order_id = again.data["order_id"]
        assert (await town.owner.get(f"/admin/orders/{order_id}")).data["total"] == 999


async def test_a_trial_that_nobody_pays_for_ends_after_a_notice() -> None:
    async with a_town() as town:
        plan_id = await a_plan_is_sold(town, trial_days=14)
        await town.goes(to=ANCHOR)
        await town.buys(CUSTOMER, type="subscription", plan_id=plan_id, interval="monthly")
        await card(town, declines=True)

        await town.goes(to="2026-03-20T12:00:00Z")

        ended = await subscription(town)
        assert (ended["status"], ended["ended_at"]) == ("expired", "2026-02-14T12:00:00Z")
        assert await town.balance(CUSTOMER) == 0
        assert await told(town, "subscription.trial_ending", "subscription.expired") == [
            ("subscription.trial_ending", "2026-02-11"),
            ("subscription.expired", "2026-02-14"),
        ]


@pytest.mark.parametrize("role", [Role.VIEWER, Role.TREASURER])
async def test_only_an_owner_has_cards_declined(role: Role) -> None:
    async with a_town() as town:
        body = {"account_id": CUSTOMER, "declines": True}

        answer = await town.as_admin(role).post("/admin/sandbox/card", body)

        assert answer.status == 403
