"""A whole store copied from one engine to the other and back: the same rows, keys and chain."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from attrs import evolve, frozen

from adapters.stores.sql.copying import BATCH, CopyRefused, TableCopied, copy_store
from adapters.stores.sql.postgres import migrate_postgres, open_postgres
from adapters.stores.sql.sqlite import migrate_sqlite, open_sqlite
from application.credits.verify_ledger import VerifyingLedger, VerifyLedger
from application.ports.store import SchemaMismatch, Store, StoreInUse
from domain.credits.ids import AccountId
from tests.adapters.sql.filling import fill
from tests.adapters.stores.steps import funded, load, write
from tests.support.builders.access import an_account
from tests.support.builders.credits import SOMEBODY, a_key, a_write, spent
from tests.support.clock import fresh_id
from tests.support.postgres import Server


@frozen
class Database:
    """One database with our schema: how it is named, and how its store is opened."""

    url: str
    open: Callable[[], AbstractAsyncContextManager[Store]]


@pytest.fixture
async def sqlite(tmp_path: Path) -> Database:
    """An SQLite file with our schema."""
    path = str(tmp_path / "one.db")
    await migrate_sqlite(path)
    return Database(f"sqlite:///{path}", lambda: open_sqlite(path))


@pytest.fixture
async def another(tmp_path: Path) -> Database:
    """Another SQLite file with our schema."""
    path = str(tmp_path / "another.db")
    await migrate_sqlite(path)
    return Database(f"sqlite:///{path}", lambda: open_sqlite(path))


@pytest.fixture
async def postgres(servers: list[Server]) -> AsyncIterator[Database]:
    """A PostgreSQL database with our schema, on the last server there is."""
    name = f"copy_{fresh_id()[-12:]}"
    dsn = await servers[-1].create_database(name)
    await migrate_postgres(dsn)
    yield Database(dsn, lambda: open_postgres(dsn))
    await servers[-1].drop_database(name)


def _quiet(table: str, rows: int) -> None:
    assert rows > 0, table


async def _copied(source: Database, target: Database) -> dict[str, TableCopied]:
    return {each.name: each for each in await copy_store(source.url, target.url, _quiet)}


async def test_a_store_goes_to_postgres_and_back_and_is_the_same(
    sqlite: Database, postgres: Database, another: Database
) -> None:
    async with sqlite.open() as store:
        await fill(store)
        lines = await store.records.lines(SOMEBODY, 0, 10)
        sums = await store.records.stretches(SOMEBODY, 0, 10)
        wallet = await load(store, SOMEBODY)

    there = await _copied(sqlite, postgres)
    back = await _copied(postgres, another)

    assert there == back
    assert sum(table.rows > 0 for table in there.values()) >= 20
    for database in (postgres, another):
        async with database.open() as store:
            assert await store.records.lines(SOMEBODY, 0, 10) == lines
            assert await store.records.stretches(SOMEBODY, 0, 10) == sums != []
            assert await load(store, SOMEBODY) == wallet
            assert not (await VerifyingLedger(records=store.records)(VerifyLedger())).breaches


async def test_a_key_answers_a_repeat_in_the_copy_as_it_did_before(
    sqlite: Database, another: Database
) -> None:
    key = a_key(owner=SOMEBODY, key="first")
    async with sqlite.open() as store:
        await write(store, a_write(spent(await funded(store), 7), key))
    await copy_store(sqlite.url, another.url, _quiet)

    async with another.open() as store, store.begin() as work:
        await work.wallets.take(SOMEBODY)
        receipt = await work.wallets.receipt(key)

    assert receipt is not None
    assert receipt.amount == -7


async def test_more_rows_than_a_batch_holds_are_copied_in_order(
    sqlite: Database, another: Database
) -> None:
    async with sqlite.open() as store, store.begin() as work:
        for number in range(BATCH + 1):
            await work.accounts.save(an_account(id=AccountId(f"user-{number}")))
        await work.commit()

    copied = await _copied(sqlite, another)

    assert copied["accounts"].rows == BATCH + 1


async def test_a_target_with_rows_is_refused_and_stays_as_it_is(
    sqlite: Database, another: Database
) -> None:
    async with another.open() as store:
        await funded(store)
    async with sqlite.open() as store:
        await fill(store)

    with pytest.raises(CopyRefused, match="the target is not empty"):
        await copy_store(sqlite.url, another.url, _quiet)

    async with another.open() as store:
        assert await store.records.accounts(None, 10) == [SOMEBODY]


async def test_a_store_that_a_service_holds_is_refused(
    sqlite: Database, another: Database, postgres: Database
) -> None:
    async with sqlite.open():
        with pytest.raises(StoreInUse):
            await copy_store(sqlite.url, another.url, _quiet)
    async with postgres.open() as store:
        await store.ping()
        with pytest.raises(CopyRefused, match="a service is connected"):
            await copy_store(postgres.url, another.url, _quiet)


async def test_a_store_without_this_schema_is_refused_and_so_is_a_copy_onto_itself(
    sqlite: Database, tmp_path: Path
) -> None:
    with pytest.raises(SchemaMismatch):
        await copy_store(sqlite.url, f"sqlite:///{tmp_path}/none.db", _quiet)
    with pytest.raises(CopyRefused, match="one"):
        await copy_store(sqlite.url, sqlite.url, _quiet)


@pytest.fixture
def changed(sqlite: Database) -> Callable[[], Awaitable[None]]:
    """How the source is given one more row."""

    async def change() -> None:
        async with sqlite.open() as store, store.begin() as work:
            await work.accounts.save(evolve(an_account(), email="other@example.com"))
            await work.commit()

    return change


async def test_a_digest_tells_one_changed_value(
    sqlite: Database,
    another: Database,
    postgres: Database,
    changed: Callable[[], Awaitable[None]],
) -> None:
    async with sqlite.open() as store, store.begin() as work:
        await work.accounts.save(an_account())
        await work.commit()
    before = await _copied(sqlite, another)
    await changed()

    after = await _copied(sqlite, postgres)

    differing = {name for name in before if before[name] != after[name]}
    assert differing == {"accounts"}
    assert before["accounts"].rows == after["accounts"].rows
