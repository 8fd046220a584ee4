"""Pages that are asked for together are read together, and each is answered by itself."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from adapters.stores.sql.postgres import PostgresStore, open_postgres
from adapters.stores.sql.postgres_pages import PAGES_TOGETHER_MAX
from application.ports.credits import WriteRefused
from application.ports.paging import Page, PageRequest
from domain.credits.ids import AccountId
from tests.adapters.sql.relay import Relay, relayed
from tests.adapters.stores.steps import batch_of, funded, load, write
from tests.support.builders.credits import SOMEBODY, SOMEBODY_ELSE, a_key, a_write, granted, spent


@pytest.fixture
async def relay_and_store(postgres_dsn: str) -> AsyncIterator[tuple[Relay, PostgresStore]]:
    """A store behind a relay that counts."""
    async with relayed(postgres_dsn) as (address, relay), open_postgres(address) as store:
        yield relay, store


async def test_pages_asked_for_while_one_is_read_are_one_round_trip(
    relay_and_store: tuple[Relay, PostgresStore],
) -> None:
    relay, store = relay_and_store
    accounts = [AccountId(f"user-{number}") for number in range(PAGES_TOGETHER_MAX)]
    wallets = await store.ledger.load(accounts)
    await store.ledger.write(
        batch_of(*(a_write(granted(wallets[each]), a_key(owner=each)) for each in accounts))
    )
    await store.statements.page(accounts[0], PageRequest())
    relay.round_trips = 0

    pages = await asyncio.gather(
        *(store.statements.page(each, PageRequest()) for each in (*accounts, *accounts))
    )

    assert [page.total for page in pages] == [1] * 2 * PAGES_TOGETHER_MAX
    assert relay.round_trips == 2


async def test_pages_read_together_are_those_that_were_asked_for(
    postgres_store: PostgresStore,
) -> None:
    store = postgres_store
    await funded(store)
    await write(store, granted(await load(store, SOMEBODY_ELSE)))
    for _ in range(4):
        await write(store, spent(await load(store, SOMEBODY), 1))
    asked = [
        (SOMEBODY, PageRequest(limit=2)),
        (AccountId("user-nobody"), PageRequest()),
        (SOMEBODY, PageRequest(limit=3, after="3")),
        (SOMEBODY_ELSE, PageRequest(limit=1)),
        (SOMEBODY, PageRequest(limit=2, offset=1)),
        (SOMEBODY, PageRequest(offset=100)),
    ]

    together = await asyncio.gather(*(store.statements.page(*each) for each in asked))

    assert [[line.seq for line in page.items] for page in together] == [
        [5, 4],
        [],
        [2, 1],
        [1],
        [4, 3],
        [],
    ]
    assert [page.total for page in together] == [5, 0, 5, 1, 5, 5]
    assert together == [await store.statements.page(*each) for each in asked]


async def test_a_page_that_cannot_be_read_fails_alone(postgres_store: PostgresStore) -> None:
    await funded(postgres_store)

    good, bad, other = await asyncio.gather(
        postgres_store.statements.page(SOMEBODY, PageRequest()),
        postgres_store.statements.page(AccountId("nul\x00"), PageRequest()),
        postgres_store.statements.page(SOMEBODY, PageRequest()),
        return_exceptions=True,
    )

    assert isinstance(good, Page)
    assert isinstance(bad, WriteRefused)
    assert good == other


async def test_who_leaves_takes_no_page_from_others(postgres_store: PostgresStore) -> None:
    await funded(postgres_store)
    asked = [
        asyncio.create_task(postgres_store.statements.page(SOMEBODY, PageRequest()))
        for _ in range(3)
    ]
    await asyncio.sleep(0)

    asked[0].cancel()
    answers = await asyncio.gather(*asked, return_exceptions=True)

    assert isinstance(answers[0], asyncio.CancelledError)
    assert isinstance(answers[1], Page)
    assert answers[1] == answers[2]
