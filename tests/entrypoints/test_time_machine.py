"""Thirteen months in one test, on every store: what renews, what lapses, and what never drifts."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from attrs import evolve

from entrypoints.adapter_table import migrate
from entrypoints.container import Container
from entrypoints.environment import SettingsError
from entrypoints.settings import load_settings
from entrypoints.virtual_time import clock_held, recall_clock
from tests.entrypoints.test_story import DATABASES, OpenDatabase, on_server, server_names
from tests.entrypoints.year import VIRTUAL, Town, a_town
from tests.support.clock import NOON, SettableClock

MONTHLY, YEARLY, LATE = "user-monthly", "user-yearly", "user-late"
ANCHOR = "2026-01-31T12:00:00Z"
END = "2027-02-28T12:00:00Z"

# The last day of every month, thirteen months on: 28 February pulls nothing away from the 31st.
MONTH_ENDS = [
    "2026-01-31",
    "2026-02-28",
    "2026-03-31",
    "2026-04-30",
    "2026-05-31",
    "2026-06-30",
    "2026-07-31",
    "2026-08-31",
    "2026-09-30",
    "2026-10-31",
    "2026-11-30",
    "2026-12-31",
    "2027-01-31",
    "2027-02-28",
]


async def a_shop_opens(town: Town) -> str:
    """Offer a plan, and let a check-in give 5 credits, 10 from the third day on; return its id."""
    rules = {"enabled": True, "base": 5, "week": [5, 5, 10, 10, 10, 10, 10], "zone": "UTC"}
    await town.owner.put("/admin/checkin/config", {**rules, "award_days": 30})
    plan = {"name": "Pro", "price_monthly": 999, "price_yearly": 9990, "credits_included": 1000}
    made = await town.owner.post("/admin/billing/plans", {**plan, "currency": "USD"})
    return str(made.data["id"])


@pytest.mark.parametrize("open_database", DATABASES.values(), ids=DATABASES.keys())
async def test_thirteen_months_pass_in_order_on_every_store(
    open_database: OpenDatabase, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    async with open_database(request) as url:
        where = url.replace("sqlite:///", f"sqlite:///{tmp_path}/")
        async with a_town(where) as town:
            await the_year(town)


async def the_year(town: Town) -> None:
    plan = {"type": "subscription", "plan_id": await a_shop_opens(town)}
    await town.goes(to=ANCHOR)
    await town.buys(MONTHLY, **plan, interval="monthly")
    await town.buys(YEARLY, **plan, interval="yearly")
    left = (await town.orders(LATE, **plan, interval="monthly")).data["order_id"]
    gift = {"account_id": LATE, "amount": 200, "reason": "Welcome"}
    gift |= {"expires_at": "2026-03-15T00:00:00Z"}
    await town.owner.post("/admin/credits/manual", gift, key="gift")
    for _ in range(3):
        await town.as_user(MONTHLY).post("/checkin", {})
        await town.goes(days=1)
    streak = (await town.as_user(MONTHLY).get("/checkin/status")).data["streak"]

    gone = await town.goes(to=END)

    assert (streak, gone["now"]) == (3, END)
    await the_monthly_plan_was_renewed_at_every_months_end(town)
    await the_yearly_plan_was_paid_twice_and_gave_credits_monthly(town)
    assert (await town.owner.get(f"/admin/orders/{left}")).data["status"] == "expired"
    assert await town.lines(LATE, "manual") == [("2026-01-31", 200)]
    assert await town.lines(LATE, "expiration") == [("2026-03-15", -200)]
    assert await town.balance(LATE) == 0
    again = (await town.as_user(MONTHLY).post("/checkin", {})).data
    assert (again["streak"], again["award"]) == (1, 5)
    assert (await town.owner.post("/admin/verify")).data["breaches"] == []


async def the_monthly_plan_was_renewed_at_every_months_end(town: Town) -> None:
    orders = (await town.as_user(MONTHLY).get("/orders?limit=100")).data
    assert [order["paid_at"][:10] for order in reversed(orders)] == MONTH_ENDS
    assert {(order["status"], order["total"]) for order in orders} == {("paid", 999)}
    assert await town.lines(MONTHLY, "subscription") == [(day, 1000) for day in MONTH_ENDS]
    assert await town.lines(MONTHLY, "check_in") == [
        ("2026-01-31", 5),
        ("2026-02-01", 5),
        ("2026-02-02", 10),
    ]
    lapsed = await town.lines(MONTHLY, "expiration")
    assert [line for line in lapsed if line[1] == -1000] == [(day, -1000) for day in MONTH_ENDS[1:]]
    assert sum(amount for _, amount in lapsed if amount != -1000) == -20
    assert await town.balance(MONTHLY) == 1000
    subscription = (await town.as_user(MONTHLY).get("/subscription")).data
    assert subscription["current_period_start"] == END
    assert subscription["current_period_end"] == "2027-03-31T12:00:00Z"


async def the_yearly_plan_was_paid_twice_and_gave_credits_monthly(town: Town) -> None:
    orders = (await town.as_user(YEARLY).get("/orders")).data
    assert [order["paid_at"][:10] for order in orders] == ["2027-01-31", "2026-01-31"]
    assert [order["total"] for order in orders] == [9990, 9990]
    assert await town.lines(YEARLY, "subscription") == [(day, 1000) for day in MONTH_ENDS]
    assert await town.lines(YEARLY, "expiration") == [(day, -1000) for day in MONTH_ENDS[1:]]
    assert await town.balance(YEARLY) == 1000
    subscription = (await town.as_user(YEARLY).get("/subscription")).data
    assert subscription["current_period_end"] == "2028-01-31T12:00:00Z"


async def test_a_restart_goes_on_from_the_instant_the_clock_had_come_to(tmp_path: Path) -> None:
    url, wall_clock = f"sqlite:///{tmp_path}/year.db", SettableClock()
    async with a_town(url, wall_clock=wall_clock) as town:
        await town.goes(days=30)
    wall_clock.advance(minutes=5)

    async with a_town(url, wall_clock=wall_clock) as town:
        now = await town.now()

    assert now == NOON + timedelta(days=30, minutes=5)


async def test_the_clock_runs_on_at_the_pace_of_the_real_time() -> None:
    async with a_town() as town:
        await town.goes(seconds=90)
        town.wall_clock.advance(seconds=30)

        clock = (await town.owner.get("/admin/clock")).data

    assert clock == {
        "now": "2026-01-12T12:02:00Z",
        "is_virtual": True,
        "ahead_seconds": 90.0,
        "moving_to": None,
    }


async def test_a_repeated_request_under_one_key_moves_the_clock_once() -> None:
    async with a_town() as town:
        first = await town.goes(key="a-month", days=30)
        again = await town.goes(key="a-month", days=30)

        assert again == first
        assert await town.now() == NOON + timedelta(days=30)


@pytest.mark.parametrize(
    ("where", "status"),
    [
        ({}, 400),
        ({"days": 1, "to": END}, 400),
        ({"days": 0}, 400),
        ({"days": 401}, 400),
        ({"to": "2027-02-17T12:00:00Z"}, 422),
        ({"to": "2026-01-12T11:59:59Z"}, 422),
    ],
)
async def test_the_clock_goes_one_way_and_no_more_than_400_days(
    where: dict[str, object], status: int
) -> None:
    async with a_town() as town:
        answer = await town.owner.post("/admin/clock/advance", where)

        assert answer.status == status
        assert await town.now() == NOON


async def test_tokens_and_the_portal_do_not_age_with_the_virtual_clock() -> None:
    async with a_town() as town:
        plan = {"type": "subscription", "plan_id": await a_shop_opens(town)}
        await town.buys(MONTHLY, **plan, interval="monthly")
        user = town.as_user(MONTHLY)
        back = {"return_url": "https://shop.example/account"}
        portal = (await user.post("/subscription/portal", back)).data["url"]

        await town.goes(days=365)

        assert (await user.get("/credits/balance")).status == 200
        sandbox = town.container.sandbox()
        assert sandbox is not None
        assert (await sandbox.portal(portal.rpartition("/")[2])).subscriptions[0].status == "active"


async def test_the_workers_jobs_of_billing_time_wait_while_the_clock_is_moved() -> None:
    async with a_town() as town:
        (expiries,) = [job for job in town.container.due_work().jobs() if job.name == "expiries"]
        async with town.container.turn():
            waiting = asyncio.ensure_future(expiries.run())
            await asyncio.sleep(0.05)
            assert not waiting.done()

        assert await waiting == 0


async def test_a_store_that_was_ahead_is_never_taken_back_to_the_real_time(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/year.db"
    async with a_town(url) as town:
        await town.goes(days=30)
    by_the_real_time = {**VIRTUAL, "BILLING_CLOCK": "real", "BILLING_DATABASE_URL": url}
    container = Container(settings=load_settings(by_the_real_time))

    async with container.store():
        with pytest.raises(SettingsError, match="BILLING_CLOCK must be virtual"):
            await recall_clock(container)


@pytest.mark.parametrize("place", range(len(server_names())), ids=server_names())
async def test_on_a_server_one_process_holds_the_clock_until_it_ends(
    place: int, request: pytest.FixtureRequest
) -> None:
    async with on_server(place)(request) as url:
        settings = load_settings({**VIRTUAL, "BILLING_DATABASE_URL": url})
        await migrate(settings)
        first, second = Container(settings=settings), Container(settings=settings)
        renewed = Container(settings=settings)
        async with first.store(), second.store(), renewed.store():
            async with clock_held(first):
                # As if the first had renewed its lease while the second was waiting for it.
                beating = asyncio.create_task(beats(first))
                with pytest.raises(SettingsError, match="BILLING_CLOCK"):
                    async with clock_held(second):
                        pass
                beating.cancel()
            async with asyncio.timeout(5), clock_held(renewed):
                pass


async def beats(container: Container) -> None:
    """Renew a lease at once, again and again, as its process does every few seconds."""
    begin = container.begin()
    while True:
        async with begin() as work:
            found = await work.sandbox.get("clock", "holder")
            assert found is not None
            assert found.due_at is not None
            later = found.due_at + timedelta(seconds=1)
            await work.sandbox.put(evolve(found, due_at=later))
            await work.commit()
        await asyncio.sleep(0.1)
