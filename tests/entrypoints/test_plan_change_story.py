"""The worked example of the page on concepts, lived through in the sandbox on every store."""

from pathlib import Path

import pytest

from tests.docs.pages import Row, page
from tests.entrypoints.test_story import DATABASES, OpenDatabase
from tests.entrypoints.year import Town, a_town

SOMEBODY = "user-1"


@pytest.mark.parametrize("open_database", DATABASES.values(), ids=DATABASES.keys())
async def test_the_worked_example_of_changing_plans_is_what_happens(
    open_database: OpenDatabase, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    rows = page("concepts").table("on", "what happens", "fraction left")
    async with open_database(request) as url:
        where = url.replace("sqlite:///", f"sqlite:///{tmp_path}/")
        async with a_town(where) as town:
            plans = {"Starter": await offers(town, "Starter", 990, 1000)}
            plans["Pro"] = await offers(town, "Pro", 2990, 5000)
            for row in rows:
                assert await lives(town, plans, row) == row
            assert (await town.owner.post("/admin/verify")).data["breaches"] == []
            assert (await town.owner.get("/admin/webhooks?status=failed")).data == []
            subscription = (await town.as_user(SOMEBODY).get("/subscription")).data

    assert (subscription["plan"]["name"], subscription["interval"]) == ("Starter", "yearly")
    assert subscription["current_period_end"] == "2027-06-16T00:00:00Z"


@pytest.mark.parametrize(
    ("name", "interval", "paid_next_at"),
    [
        ("Pro", "monthly", "2026-07-01T00:00:00Z"),
        ("Starter", "yearly", "2027-06-16T00:00:00Z"),
        ("Mini", "monthly", "2026-07-01T00:00:00Z"),
        ("Mini", "yearly", "2026-07-01T00:00:00Z"),
    ],
    ids=["within the period", "a year begins", "at its end", "a year at its end"],
)
async def test_a_preview_says_when_the_new_plan_is_paid_for_next(
    name: str, interval: str, paid_next_at: str
) -> None:
    async with a_town("memory://") as town:
        plans = {"Starter": await offers(town, "Starter", 990, 1000)}
        plans["Pro"] = await offers(town, "Pro", 2990, 5000)
        plans["Mini"] = await offers(town, "Mini", 290, 100)
        await town.goes(to="2026-06-01T00:00:00Z")
        item = {"type": "subscription", "plan_id": plans["Starter"], "interval": "monthly"}
        await town.buys(SOMEBODY, **item)
        await town.goes(to="2026-06-16T00:00:00Z")

        body = {"plan_id": plans[name], "interval": interval}
        shown = (await town.as_user(SOMEBODY).post("/subscription/preview", body)).data

    assert shown["next_payment_at"] == paid_next_at


async def offers(town: Town, name: str, price: int, credits: int) -> str:
    plan = {"name": name, "price_monthly": price, "price_yearly": price * 10}
    plan |= {"credits_included": credits, "currency": "USD"}
    return str((await town.owner.post("/admin/billing/plans", plan)).data["id"])


async def lives(town: Town, plans: dict[str, str], row: Row) -> Row:
    """Do what a row says on its day, and return the row as it came out."""
    day, event, *_ = row
    before = await collected(town)
    await town.goes(to=f"{day}T00:00:00Z")
    quote = ("", "", "")
    if event.endswith("is bought"):
        name, interval, *_ = event.split()
        item = {"type": "subscription", "plan_id": plans[name], "interval": interval}
        await town.buys(SOMEBODY, **item)
    elif event.startswith("change to"):
        *_, name, interval = event.split()
        quote = await changes(town, plans[name], interval)
    paid = await collected(town) - before
    return (day, event, *quote, money(paid) if paid else "", str(await town.balance(SOMEBODY)))


async def changes(town: Town, plan_id: str, interval: str) -> tuple[str, str, str]:
    user = town.as_user(SOMEBODY)
    body = {"plan_id": plan_id, "interval": interval}
    shown = (await user.post("/subscription/preview", body)).data
    answer = await user.post("/subscription/change", {"quote": shown["quote"]})
    assert answer.status == 200, answer.body
    sandbox = town.container.sandbox()
    assert sandbox is not None
    while await sandbox.is_telling():
        await sandbox.let_time_pass()
    return shown["fraction"], money(shown["amount_due_now"]), str(shown["credits_now"])


async def collected(town: Town) -> int:
    orders = (await town.as_user(SOMEBODY).get("/orders?limit=100")).data
    return sum(order["total"] for order in orders if order["status"] == "paid")


def money(minor: int) -> str:
    return f"{minor // 100}.{minor % 100:02}"
