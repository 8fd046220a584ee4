"""Lives of subscriptions under a virtual clock: what time alone does, over HTTP and in order."""

from tests.entrypoints.year import Town, a_town

ANCHOR = "2026-01-31T12:00:00Z"
CUSTOMER = "user-1"


async def a_plan_is_sold(town: Town, **terms: object) -> str:
    """Offer a plan at 9.99 a month with 1,000 credits, under these terms; return its id."""
    plan = {"name": "Pro", "price_monthly": 999, "price_yearly": 9990, "credits_included": 1000}
    made = await town.owner.post("/admin/billing/plans", {**plan, "currency": "USD", **terms})
    assert made.status == 201, made.body
    return str(made.data["id"])


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
