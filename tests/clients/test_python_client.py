"""The Python client against a running service, also when its caller is cancelled or killed."""

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from billing_client import (
    BillingClient,
    BillingFault,
    InsufficientCredits,
    Settled,
    Spent,
    Unavailable,
    new_key,
)
from tests.races.world import World, a_world_on_sqlite
from tests.support.clock import fresh_id

SCRIPT = Path(__file__).parents[2] / "clients" / "python" / "stream_an_answer.py"
GIVEN = 1000


@asynccontextmanager
async def _served(answer: Callable[[web.Request], Awaitable[web.Response]]) -> AsyncIterator[str]:
    """Answer every spend by a function; give the address."""
    app = web.Application()
    app.router.add_post("/credits/spend", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    yield f"http://{host}:{port}"
    await runner.cleanup()


@pytest.fixture(scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """A service on a file, with a backend's key."""
    async with a_world_on_sqlite(tmp_path_factory.mktemp("client")) as world:
        yield world


@pytest.fixture
async def billing(world: World) -> AsyncIterator[BillingClient]:
    """The client, with the backend's key."""
    async with BillingClient(url=world.urls[0], key=world.backend) as billing:
        yield billing


@pytest.fixture
async def account(world: World) -> str:
    """An account with credits that never expire."""
    name = f"user-{fresh_id()}"
    await world.give(name, GIVEN)
    return name


async def test_a_spend_is_taken_once_however_often_it_is_repeated(
    billing: BillingClient, account: str
) -> None:
    key = new_key()

    first = await billing.spend(account, 30, key=key)
    again = await billing.spend(account, 30, key=key)

    assert (first.amount, first.replayed, again.replayed) == (30, False, True)
    assert again.transaction_id == first.transaction_id
    assert (await billing.balance(account)).available == GIVEN - 30


async def test_the_balance_says_whether_the_account_is_frozen(
    world: World, billing: BillingClient, account: str
) -> None:
    said = [(await billing.balance(account)).frozen]
    async with BillingClient(url=world.urls[0], key=world.owner) as owner:
        for does in ("freeze", "unfreeze"):
            path = f"admin/accounts/{account}/{does}"
            await owner.call("POST", path, body={"reason": "A stolen session"})
            said.append((await billing.balance(account)).frozen)

    assert said == [False, True, False]


async def test_what_cannot_be_afforded_is_refused_by_its_own_name(
    billing: BillingClient, account: str
) -> None:
    with pytest.raises(InsufficientCredits) as refused:
        await billing.spend(account, GIVEN + 1)

    assert (refused.value.status, refused.value.code) == (402, "insufficient_credits")
    with pytest.raises(BillingFault) as fault:
        await billing.spend("", 1)
    assert fault.value.code == "invalid_request"


async def test_a_batch_answers_for_each_of_its_items(billing: BillingClient, account: str) -> None:
    items = [{"account_id": account, "amount": n, "key": new_key()} for n in (5, GIVEN, 7)]

    first, second, third = await billing.spend_batch(items)

    assert isinstance(first, Spent)
    assert isinstance(second, InsufficientCredits)
    assert isinstance(third, Spent)
    assert third.balance == GIVEN - 12


async def test_usage_can_be_paid_back(billing: BillingClient, account: str) -> None:
    spent = await billing.spend(account, 30)
    assert spent.transaction_id is not None

    assert await billing.refund(account, spent.transaction_id, 10) == 10
    assert await billing.refund(account, spent.transaction_id) == 20
    assert (await billing.balance(account)).available == GIVEN


async def test_leaving_the_block_charges_what_was_reported(
    billing: BillingClient, account: str
) -> None:
    async with billing.hold(account, 100) as hold:
        assert (await billing.balance(account)).held == 100
        hold.report(10)
        hold.report(42)

    assert hold.settled == Settled(
        captured=42,
        released=58,
        shortfall=0,
        transaction_id=hold.settled.transaction_id if hold.settled else None,
    )
    found = await billing.balance(account)
    assert (found.available, found.held) == (GIVEN - 42, 0)


async def test_a_block_that_reports_nothing_costs_nothing(
    billing: BillingClient, account: str
) -> None:
    async with billing.hold(account, 100):
        pass

    assert (await billing.balance(account)).available == GIVEN


async def test_work_that_fails_is_charged_for_what_it_had_reported(
    billing: BillingClient, account: str
) -> None:
    async def work() -> None:
        async with billing.hold(account, 100) as hold:
            hold.report(25)
            raise RuntimeError("the model fell over")

    with pytest.raises(RuntimeError, match="the model fell over"):
        await work()

    assert (await billing.balance(account)).available == GIVEN - 25


async def test_a_caller_that_is_cancelled_again_and_again_has_settled_all_the_same(
    billing: BillingClient, account: str
) -> None:
    entered = asyncio.Event()

    async def work() -> None:
        async with billing.hold(account, 100) as hold:
            hold.report(33)
            entered.set()
            await asyncio.sleep(60)

    task = asyncio.create_task(work())
    await entered.wait()
    while not task.done():
        task.cancel()
        await asyncio.sleep(0)

    assert task.cancelled()
    found = await billing.balance(account)
    assert (found.available, found.held) == (GIVEN - 33, 0)


async def test_a_hold_is_kept_alive_and_told_what_has_been_reported(
    billing: BillingClient, account: str
) -> None:
    async with billing.hold(account, 50, ttl_s=1) as hold:
        hold.report(10)
        await asyncio.sleep(2.5)
        path = f"/credits/holds/{hold.id}"
        seen = await billing.call("GET", path, query={"account_id": account})
        assert (seen["state"], seen["reported"]) == ("open", 10)
        hold.report(60)
        assert not hold.is_covered

    assert hold.settled is not None
    assert hold.settled.captured == 60


async def test_a_hold_that_ended_without_us_is_lost_and_no_fault(
    billing: BillingClient, account: str
) -> None:
    async with billing.hold(account, 50) as hold:
        path = f"/credits/holds/{hold.id}/release"
        await billing.call("POST", path, body={"account_id": account}, key=new_key())
        hold.report(10)

    assert hold.is_lost
    assert hold.settled is None


async def test_a_service_that_does_not_answer_is_asked_again_under_the_same_key() -> None:
    keys: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        keys.append(request.headers["Idempotency-Key"])
        if len(keys) == 1:
            error = {"code": "store_unavailable", "message": "", "request_id": "r"}
            given: dict[str, Any] = {"success": False, "error": error}
            return web.json_response(given, status=503, headers={"Retry-After": "0"})
        if len(keys) == 2:
            return web.Response(text="<html>bad gateway</html>", status=200)
        spent = {"transaction_id": "t", "amount": -1, "balance": 9, "available": 9}
        return web.json_response({"success": True, "data": spent}, status=201)

    async with _served(answer) as url, BillingClient(url=url, key="k") as billing:
        assert (await billing.spend("user-1", 1)).transaction_id == "t"

    assert len(keys) == 3
    assert len(set(keys)) == 1


async def test_a_service_that_never_answers_is_given_up_as_unknown() -> None:
    async with BillingClient(url="http://127.0.0.1:1", key="k", tries=2) as billing:
        with pytest.raises(Unavailable) as unknown:
            await billing.spend("user-1", 1)

    assert unknown.value.status == 0


async def test_a_stream_that_is_killed_is_charged_for_what_was_reported(
    world: World, billing: BillingClient, account: str
) -> None:
    script = await asyncio.create_subprocess_exec(
        sys.executable,
        str(SCRIPT),
        world.urls[0],
        world.backend,
        account,
        stdout=asyncio.subprocess.PIPE,
        env=dict(os.environ),
    )
    assert script.stdout is not None
    hold_id = (await script.stdout.readline()).decode().split()[1]
    said = ""
    while "word 12:" not in said:
        said = (await script.stdout.readline()).decode()
    script.kill()
    await script.wait()
    at_the_kill = int(re.findall(r"(\d+) credits", said)[0])

    path, query = f"/credits/holds/{hold_id}", {"account_id": account}
    reported = (await billing.call("GET", path, query=query))["reported"]
    assert 0 < reported <= at_the_kill
    ended: Any = None
    for _ in range(200):
        ended = await billing.call("GET", path, query=query)
        if ended["state"] != "open":
            break
        await asyncio.sleep(0.1)
    assert (ended["state"], ended["captured"]) == ("expired", reported)
    found = await billing.balance(account)
    assert (found.available, found.held) == (GIVEN - reported, 0)
