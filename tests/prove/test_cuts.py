"""Cut lines in large numbers, on every PostgreSQL; and a line on which nothing comes any more."""

import asyncio
import time
from pathlib import Path

import pytest

from tests.adapters.sql.databases import server_names
from tests.prove.conftest import Say
from tests.races.conftest import a_database
from tests.races.cuts import a_world_behind_a_proxy, cut_again_and_again
from tests.races.seeds import seeds
from tests.races.world import an_account
from tests.support.load import Reply
from tests.support.postgres import Server
from tests.support.tcp_proxy import Fault

CUTS = 500
# The ledger waits so long for an answer before it gives a line up, and a little more.
SWALLOWED_SECONDS_MAX = 15.0


@pytest.mark.parametrize("place", range(len(server_names())), ids=server_names())
async def test_cutting_transactions(
    place: int, postgres_servers: list[Server], folder: Path, say: Say
) -> None:
    async with (
        a_database(postgres_servers[place]) as dsn,
        a_world_behind_a_proxy(dsn, folder) as (world, proxy),
    ):
        found = await cut_again_and_again(world, proxy, cuts=CUTS, seed=seeds()[-1 - place])

    say(found)
    assert found.violations == []
    assert found.cuts >= CUTS


async def test_a_line_that_swallows_everything_is_given_up(
    newest_server: Server, folder: Path, say: Say
) -> None:
    async with (
        a_database(newest_server) as dsn,
        a_world_behind_a_proxy(dsn, folder) as (world, proxy),
    ):
        account_id = an_account()
        await world.give(account_id, 1000)
        await world.all(world.spending(account_id, 1) for _ in range(16))
        started = time.monotonic()
        proxy.plan = lambda: Fault.SWALLOW
        waiting = [
            asyncio.create_task(world.client.send_at_last(url, world.spending(account_id, 1)))
            for url in world.urls * 8
        ]
        await asyncio.sleep(1)
        proxy.plan = lambda: Fault.NONE
        replies: list[Reply] = await asyncio.gather(*waiting)
        waited = time.monotonic() - started
        wrong = await world.wrong_balance(account_id, 1000 - 32) + await world.broken_rules()

    say(f"16 spends on lines that swallow everything were done after {waited:.1f} s")
    assert all(reply.is_done for reply in replies), replies
    assert wrong == []
    assert waited < SWALLOWED_SECONDS_MAX
