"""Random lives of wallets on every store: after each step all is as plain arithmetic has it."""

import random
from pathlib import Path

import pytest

from adapters.stores.memory.store import MemoryStore
from adapters.stores.sql.postgres import open_postgres
from adapters.stores.sql.sqlite import open_sqlite
from application.credits.verify_ledger import VerifyingLedger, VerifyLedger
from application.ports.store import Store
from application.wallets.group_commit import GroupCommit
from domain.credits.ids import AccountId
from tests.adapters.sql.databases import server_names
from tests.prove.conftest import Say
from tests.prove.rules.machine import Machine
from tests.races.seeds import seeds
from tests.races.test_histories import an_empty_store
from tests.support.clock import CountedIds, SettableClock
from tests.support.postgres import Server

STEPS_OF_A_LIFE = 100
LIVES_IN_MEMORY = 1000
LIVES_ON_SQLITE = 500
LIVES_ON_POSTGRES = 100


async def lives(store: Store, many: int) -> tuple[int, int]:
    """Put so many accounts through steps; return how many steps, and how many were refused.

    The lives share the seeds out among them.
    """
    ids, clock = CountedIds(), SettableClock()
    # A cache far too small, so that wallets are loaded as often as they are remembered.
    commit = GroupCommit(ledger=store.ledger, clock=clock, new_id=ids)
    commit.cache.wallets_max = 1
    refusals = 0
    for number in range(many):
        machine = Machine(
            ledger=store.ledger,
            commit=commit,
            clock=clock,
            chance=random.Random(f"{seeds()[number % len(seeds())]} {number}"),
            account_id=AccountId(f"life-{number}"),
            new_id=ids,
        )
        for _ in range(STEPS_OF_A_LIFE):
            await machine.step()
        refusals += machine.refusals
    found = await VerifyingLedger(records=store.records)(VerifyLedger())
    assert not found.breaches, found.breaches[:3]
    assert found.accounts == many
    return many * STEPS_OF_A_LIFE, refusals


async def told(store: Store, many: int, say: Say) -> None:
    steps, refusals = await lives(store, many)
    say(f"{steps} steps, {refusals} of them refused")
    assert refusals > steps // 50, "too little is refused for the refusals to be tried"


async def test_lives_in_memory(say: Say) -> None:
    async with MemoryStore() as store:
        await told(store, LIVES_IN_MEMORY, say)


async def test_lives_on_sqlite(folder: Path, newest_server: Server, say: Say) -> None:
    async with (
        an_empty_store("sqlite", folder, newest_server) as url,
        open_sqlite(url.removeprefix("sqlite:///")) as store,
    ):
        await told(store, LIVES_ON_SQLITE, say)


@pytest.mark.parametrize("place", range(len(server_names())), ids=server_names())
async def test_lives_on(place: int, postgres_servers: list[Server], folder: Path, say: Say) -> None:
    async with (
        an_empty_store("postgres", folder, postgres_servers[place]) as url,
        open_postgres(url) as store,
    ):
        await told(store, LIVES_ON_POSTGRES, say)
