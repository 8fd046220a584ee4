"""What a spend and a read cost on PostgreSQL, counted: one round trip, and no scan of a table."""

import asyncio
import re
from collections.abc import AsyncIterator

import pytest

from adapters.stores.sql.event_rows import EVENT
from adapters.stores.sql.hold_rows import HOLD
from adapters.stores.sql.ledger_rows import GRANT, KEY, LINE, TEXT, WALLET
from adapters.stores.sql.postgres import PostgresStore, open_postgres
from adapters.stores.sql.postgres_ledger import PAGING, READING
from adapters.stores.sql.postgres_line import Line
from adapters.stores.sql.postgres_statements import LOAD, LOCK, WRITE
from application.ports.paging import PageRequest
from domain.credits.ids import AccountId
from domain.credits.transaction import AI_USAGE, MANUAL
from tests.adapters.sql.databases import Psql
from tests.adapters.sql.relay import Relay, relayed
from tests.adapters.stores.steps import batch_of, funded, load
from tests.support.builders.access import an_account
from tests.support.builders.credits import SOMEBODY, a_key, a_write, granted, spent


@pytest.fixture
async def line_and_store(postgres_dsn: str) -> AsyncIterator[tuple[Relay, PostgresStore]]:
    """A store behind a relay that counts."""
    async with relayed(postgres_dsn) as (address, relay), open_postgres(address) as store:
        yield relay, store


async def test_a_warm_spend_is_one_round_trip(
    line_and_store: tuple[Relay, PostgresStore],
) -> None:
    relay, store = line_and_store
    wallet = await funded(store)
    relay.round_trips = 0

    committed = await store.ledger.write(batch_of(a_write(spent(wallet), a_key())))

    assert committed.written == {SOMEBODY}
    assert relay.round_trips == 1


async def test_a_statement_of_the_ledger_is_parsed_and_planned_once_a_connection(
    postgres_store: PostgresStore,
) -> None:
    wallet = await funded(postgres_store)
    for _ in range(3):
        await postgres_store.ledger.write(batch_of(a_write(spent(wallet), a_key())))
        wallet = await load(postgres_store, SOMEBODY)

    writing, loading, _ = postgres_store.lines
    for line, statement in ((writing, WRITE), (loading, LOAD)):
        async with line.used() as connected:
            [planned] = await connected.connection.fetch(
                "SELECT generic_plans, custom_plans FROM pg_prepared_statements"
                " WHERE statement = $1",
                statement,
            )
        assert planned["generic_plans"] >= 3
        assert planned["custom_plans"] == 0


async def test_a_group_of_spends_is_one_round_trip(
    line_and_store: tuple[Relay, PostgresStore],
) -> None:
    relay, store = line_and_store
    accounts = [AccountId(f"user-{number}") for number in range(64)]
    await store.ledger.write(batch_of(granted((await store.ledger.load(accounts))[accounts[0]])))
    relay.round_trips = 0

    wallets = await store.ledger.load(accounts)
    committed = await store.ledger.write(
        batch_of(*(a_write(granted(wallets[each]), a_key(owner=each)) for each in accounts))
    )

    assert len(committed.written) == 64
    assert relay.round_trips == 2


async def test_a_balance_and_a_page_are_one_round_trip_each(
    line_and_store: tuple[Relay, PostgresStore],
) -> None:
    relay, store = line_and_store
    await funded(store)
    await store.statements.page(SOMEBODY, PageRequest())
    relay.round_trips = 0

    await load(store, SOMEBODY)
    await store.statements.page(SOMEBODY, PageRequest(offset=0))
    await store.statements.page(SOMEBODY, PageRequest(), AI_USAGE)
    await store.statements.page(SOMEBODY, PageRequest(), MANUAL)

    assert relay.round_trips == 4


def test_no_statement_of_the_ledger_counts_or_skips_or_adds_up() -> None:
    for statement in (WRITE, *PAGING):
        text = statement.upper()
        assert "OFFSET" not in text
        assert "COUNT(" not in text
        assert "SUM(" not in text


async def test_no_statement_of_the_ledger_scans_a_table(postgres_store: PostgresStore) -> None:
    await _fill(postgres_store)
    await Psql(postgres_store.dsn).rows("ANALYZE")
    writing, loading, paging = postgres_store.lines

    plans = [
        await _plan(writing, WRITE),
        await _plan(writing, LOCK),
        *[await _plan(loading, each) for each in READING],
        *[await _plan(paging, each) for each in PAGING],
    ]

    for plan in plans:
        assert "Seq Scan" not in plan, plan


async def test_rows_that_were_written_are_joined_by_hashes_not_one_by_one(
    postgres_store: PostgresStore,
) -> None:
    await _fill(postgres_store)
    await Psql(postgres_store.dsn).rows("ANALYZE")

    plan = await _plan(postgres_store.lines[0], WRITE)

    named = re.split(r"^ *CTE (\w+)$", plan, flags=re.MULTILINE)
    parts = dict(zip(named[1::2], named[2::2], strict=True))
    for name in ("written_grants", "written_holds", "lines", "written_keys", "written_events"):
        assert "Hash Join" in parts[name], plan
        assert "Nested Loop" not in parts[name], plan


async def _fill(store: PostgresStore) -> None:
    accounts = [AccountId(f"user-{number:03}") for number in range(300)]
    for start in (0, 100, 200):
        some = accounts[start : start + 100]
        wallets = await store.ledger.load(some)
        await store.ledger.write(
            batch_of(*(a_write(granted(wallets[each]), a_key(owner=each)) for each in some))
        )


async def _plan(line: Line, statement: str) -> str:
    """Return the plan of a statement as the line prepares it: one for whatever values come."""
    async with line.used() as connected:
        parameters = len(connected.prepared[statement].get_parameters())
        nothing = ", ".join(["NULL"] * parameters)
        await connected.execute(f"PREPARE looked_at AS {statement}")
        found = await connected.connection.fetch(f"EXPLAIN EXECUTE looked_at ({nothing})")
        await connected.execute("DEALLOCATE looked_at")
    return "\n".join(row[0] for row in found)


def test_every_column_of_the_ledger_has_its_place_in_the_statement() -> None:
    for place, columns in (
        (2, WALLET),
        (3, GRANT),
        (4, HOLD),
        (5, (*LINE, *TEXT[2:])),
        (6, ("account_id", *KEY)),
        (7, EVENT),
    ):
        handed = WRITE[: WRITE.index(f"${place}::jsonb")].rpartition("(SELECT")[2]
        named = re.findall(r" AS (\w+)", handed.rpartition(" FROM ")[0])
        assert named == list(columns)


async def test_the_pool_serves_more_units_of_work_than_it_has_connections(
    postgres_store: PostgresStore,
) -> None:
    accounts = [AccountId(f"user-{number}") for number in range(30)]

    async def keep(account_id: AccountId) -> None:
        async with postgres_store.begin() as work:
            await work.accounts.save(an_account(id=account_id))
            await work.commit()

    await asyncio.gather(*(keep(each) for each in accounts))

    async with postgres_store.read() as work:
        found = [await work.accounts.find(each) for each in accounts]
    assert all(found)
