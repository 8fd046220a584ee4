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


async def test_a_code_gives_a_plan_without_a_trial_one_and_is_used_up_when_it_begins() -> None:
    async with a_town() as town:
        plan_id = await a_plan_is_sold(town)
        coupon = await town.owner.post(
            "/admin/billing/coupons",
            {"code": "TEN-DAYS", "trial_days": 10, "item_ids": [plan_id], "max_redemptions": 1},
        )
        wish = {"type": "subscription", "plan_id": plan_id, "interval": "monthly"}
        await town.goes(to=ANCHOR)
        await town.buys(CUSTOMER, **wish, coupon_code="tendays")
        on_trial = (await town.as_user(CUSTOMER).get("/subscription")).data
        uses = await town.owner.get(f"/admin/billing/coupons/{coupon.data['id']}/redemptions")

        await town.goes(to="2026-02-20T12:00:00Z")

        assert (on_trial["status"], on_trial["trial_ends_at"]) == (
            "trialing",
            "2026-02-10T12:00:00Z",
        )
        assert [(use["status"], use["trial_days"]) for use in uses.data] == [("confirmed", 10)]
        orders = (await town.as_user(CUSTOMER).get("/orders")).data
        assert [(order["total"], order["paid_at"][:10]) for order in orders] == [
            (999, "2026-02-10"),
            (0, "2026-01-31"),
        ]
        late = await town.orders("user-2", **wish, coupon_code="tendays")
        assert (late.status, late.code) == (422, "coupon_refused")
        assert await told(town, "coupon.redeemed", "subscription.trial_ending") == [
            ("coupon.redeemed", "2026-01-31"),
            ("subscription.trial_ending", "2026-02-07"),
        ]


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


DUNNING = (
    "subscription.past_due",
    "subscription.payment_overdue",
    "subscription.active",
    "subscription.renewed",
    "subscription.expired",
)


async def test_a_renewal_that_nobody_pays_keeps_its_benefits_for_a_week_and_then_ends() -> None:
    async with a_town() as town:
        plan_id = await a_plan_is_sold(town)
        await town.goes(to=ANCHOR)
        await town.buys(CUSTOMER, type="subscription", plan_id=plan_id, interval="monthly")
        await card(town, declines=True)

        await town.goes(to="2026-03-07T11:59:59Z")
        late = await subscription(town)
        await town.goes(to="2026-03-20T12:00:00Z")

        assert (late["status"], late["benefits"]) == ("past_due", True)
        assert late["grace_ends_at"] == "2026-03-07T12:00:00Z"
        ended = await subscription(town)
        assert (ended["status"], ended["ended_at"]) == ("expired", "2026-03-07T12:00:00Z")
        assert ended["benefits"] is False
        assert await town.balance(CUSTOMER) == 0
        assert await told(town, *DUNNING) == [
            ("subscription.past_due", "2026-02-28"),
            ("subscription.payment_overdue", "2026-03-01"),
            ("subscription.payment_overdue", "2026-03-03"),
            ("subscription.payment_overdue", "2026-03-06"),
            ("subscription.expired", "2026-03-07"),
        ]


async def test_a_card_that_works_again_clears_what_is_overdue_and_the_month_comes() -> None:
    async with a_town() as town:
        plan_id = await a_plan_is_sold(town, grace_days=30)
        await town.goes(to=ANCHOR)
        await town.buys(CUSTOMER, type="subscription", plan_id=plan_id, interval="monthly")
        await card(town, declines=True)
        await town.goes(to="2026-03-02T12:00:00Z")

        await card(town, declines=False)
        await town.goes(to="2026-04-02T12:00:00Z")

        orders = (await town.as_user(CUSTOMER).get("/orders")).data
        assert [order["paid_at"][:10] for order in orders] == [
            "2026-03-31",
            "2026-03-02",
            "2026-01-31",
        ]
        assert (await subscription(town))["status"] == "active"
        assert await town.balance(CUSTOMER) == 1000


async def test_a_pause_ends_at_its_date_and_what_follows_is_paid_from_that_day_on() -> None:
    async with a_town() as town:
        plan_id = await a_plan_is_sold(town)
        await town.goes(to=ANCHOR)
        await town.buys(CUSTOMER, type="subscription", plan_id=plan_id, interval="monthly")
        await town.goes(to="2026-02-10T12:00:00Z")
        until = {"resume_at": "2026-05-01T08:00:00Z"}
        paused = (await town.as_user(CUSTOMER).post("/subscription/pause", until)).data

        await town.goes(to="2026-06-15T12:00:00Z")

        assert (paused["status"], paused["resume_at"]) == ("paused", until["resume_at"])
        now = await subscription(town)
        assert (now["status"], now["resume_at"]) == ("active", None)
        orders = (await town.as_user(CUSTOMER).get("/orders")).data
        assert [order["paid_at"] for order in orders] == [
            "2026-06-01T08:00:00Z",
            "2026-05-01T08:00:00Z",
            "2026-01-31T12:00:00Z",
        ]
        assert await town.lines(CUSTOMER, "expiration") == [
            ("2026-02-28", -1000),
            ("2026-06-01", -1000),
        ]


async def test_a_pause_cannot_be_told_to_end_in_the_past() -> None:
    async with a_town() as town:
        plan_id = await a_plan_is_sold(town)
        await town.buys(CUSTOMER, type="subscription", plan_id=plan_id, interval="monthly")
        past = {"resume_at": "2026-01-01T00:00:00Z"}

        answer = await town.as_user(CUSTOMER).post("/subscription/pause", past)

        assert (answer.status, answer.paths) == (400, ["resume_at"])


async def test_a_subscription_that_was_given_lasts_until_its_instant_and_costs_nothing() -> None:
    async with a_town() as town:
        plan_id = await a_plan_is_sold(town)
        await town.goes(to=ANCHOR)
        gift = {"account_id": CUSTOMER, "plan_id": plan_id, "reason": "A speaker"}
        until = {"until": "2026-04-10T00:00:00Z"}
        given = await town.owner.post("/admin/subscriptions/comp", {**gift, **until})

        await town.goes(to="2026-05-15T12:00:00Z")

        assert (given.status, given.data["channel"], given.data["price"]) == (201, "comp", 0)
        ended = await subscription(town)
        assert (ended["status"], ended["ended_at"]) == ("expired", until["until"])
        months = ["2026-01-31", "2026-02-28", "2026-03-31"]
        assert await town.lines(CUSTOMER, "subscription") == [(day, 1000) for day in months]
        orders = (await town.as_user(CUSTOMER).get("/orders")).data
        assert [order["total"] for order in orders] == [0]
        portal = {"return_url": "https://shop.example/account"}
        refused = await town.as_user(CUSTOMER).post("/subscription/portal", portal)
        assert refused.code == "no_provider_customer"


async def test_an_add_on_is_for_subscribers_and_ends_with_their_subscription() -> None:
    async with a_town() as town:
        plan_id = await a_plan_is_sold(town)
        pack = {"name": "More", "credits": 300, "price": 499, "currency": "USD"}
        add_on = {**pack, "requires_plan_group": "default", "ends_with_plan": True}
        made = await town.owner.post("/admin/billing/packs", add_on)
        wish = {"type": "credits", "pack_id": made.data["id"]}
        await town.goes(to=ANCHOR)
        refused = await town.orders(CUSTOMER, **wish)
        await town.buys(CUSTOMER, type="subscription", plan_id=plan_id, interval="monthly")
        await town.buys(CUSTOMER, **wish)
        await town.as_user(CUSTOMER).post("/subscription/cancel", {"at": "period_end"})

        await town.goes(to="2026-02-28T11:59:59Z")
        before = await town.balance(CUSTOMER)
        await town.goes(to="2026-02-28T12:00:00Z")

        assert refused.code == "subscription_required"
        assert (before, await town.balance(CUSTOMER)) == (1300, 0)
