"""The stores under contract: every test that asks for `store` runs once for each of them."""

import shutil
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from adapters.stores.memory.store import MemoryStore
from adapters.stores.sql.postgres import PostgresStore, migrate_postgres, open_postgres
from adapters.stores.sql.sqlite import open_sqlite
from adapters.stores.sql.tables.all_tables import ALL_TABLES
from application.ports.store import Store
from tests.adapters.sql.databases import server_names
from tests.adapters.stores.opening import OpenStore
from tests.support.postgres import Server


def _memory(request: pytest.FixtureRequest) -> AbstractAsyncContextManager[Store]:
    return MemoryStore()


def _sqlite(request: pytest.FixtureRequest) -> AbstractAsyncContextManager[Store]:
    empty: Path = request.getfixturevalue("empty_sqlite_file")
    folder: Path = request.getfixturevalue("tmp_path")
    return open_sqlite(str(shutil.copy(empty, folder / "billing.db")))


@pytest.fixture(scope="session")
async def postgres_stores(postgres_servers: list[Server]) -> AsyncIterator[list[PostgresStore]]:
    """A store on every PostgreSQL, opened once a run and emptied for every test."""
    async with AsyncExitStack() as stack:
        stores = []
        for server in postgres_servers:
            dsn = await server.create_database("contract")
            stack.push_async_callback(server.drop_database, "contract")
            await migrate_postgres(dsn)
            stores.append(await stack.enter_async_context(open_postgres(dsn)))
        yield stores


def _postgres(place: int) -> OpenStore:
    def opened(request: pytest.FixtureRequest) -> AbstractAsyncContextManager[Store]:
        stores: list[PostgresStore] = request.getfixturevalue("postgres_stores")
        return _emptied(stores[place])

    return opened


@asynccontextmanager
async def _emptied(store: PostgresStore) -> AsyncIterator[Store]:
    await _empty(store.dsn)
    yield store


async def _empty(dsn: str) -> None:
    """Delete every row, past the triggers that refuse it."""
    connection = await asyncpg.connect(dsn, timeout=10)
    try:
        deletes = "; ".join(f"DELETE FROM {table.name}" for table in ALL_TABLES)
        await connection.execute(f"SET session_replication_role = replica; {deletes}", timeout=10)
    finally:
        await connection.close(timeout=10)


# A new store is a line here. Each gives every test a store with nothing in it.
STORES: dict[str, OpenStore] = {
    "memory": _memory,
    "sqlite": _sqlite,
    **{name: _postgres(place) for place, name in enumerate(server_names())},
}


@pytest.fixture(params=[pytest.param(each, id=name) for name, each in STORES.items()])
def opening(request: pytest.FixtureRequest) -> AbstractAsyncContextManager[Store]:
    """How the store under test is opened; asked for outside the loop, as only there it can ask."""
    open_store: OpenStore = request.param
    return open_store(request)


@pytest.fixture
async def store(opening: AbstractAsyncContextManager[Store]) -> AsyncIterator[Store]:
    """An empty store of the kind under test."""
    async with opening as opened:
        yield opened
