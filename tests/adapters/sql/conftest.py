"""SQL databases for tests: a new file or a new database for each."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from adapters.stores.sql.postgres import PostgresStore, migrate_postgres, open_postgres
from adapters.stores.sql.sqlite import SqliteStore, open_sqlite
from tests.adapters.sql.databases import OpenedStore, SqlStore, server_names
from tests.support.clock import fresh_id
from tests.support.postgres import Server

_TEMPLATE = "sql_template"


@pytest.fixture
def sqlite_path(empty_sqlite_file: Path, tmp_path: Path) -> str:
    """A new SQLite file with our schema."""
    return str(shutil.copy(empty_sqlite_file, tmp_path / "billing.db"))


@pytest.fixture
async def sqlite_store(sqlite_path: str) -> AsyncIterator[SqliteStore]:
    """An empty store in an SQLite file."""
    async with open_sqlite(sqlite_path) as store:
        yield store


@pytest.fixture(scope="session")
async def servers(postgres_servers: list[Server]) -> AsyncIterator[list[Server]]:
    """Every PostgreSQL, each with a database to be copied that has our schema."""
    for server in postgres_servers:
        await migrate_postgres(await server.create_database(_TEMPLATE))
    yield postgres_servers
    for server in postgres_servers:
        await server.drop_database(_TEMPLATE)


@pytest.fixture(params=range(len(server_names())), ids=server_names())
def server(request: pytest.FixtureRequest, servers: list[Server]) -> Server:
    """One PostgreSQL after the other."""
    place: int = request.param
    return servers[place]


@pytest.fixture
async def bare_postgres_dsn(server: Server) -> AsyncIterator[str]:
    """A new database without any schema."""
    name = f"sql_{fresh_id()}"
    yield await server.create_database(name)
    await server.drop_database(name)


@pytest.fixture
async def postgres_dsn(server: Server) -> AsyncIterator[str]:
    """A new database with our schema."""
    name = f"sql_{fresh_id()}"
    yield await server.create_database(name, template=_TEMPLATE)
    await server.drop_database(name)


@pytest.fixture
async def postgres_store(postgres_dsn: str) -> AsyncIterator[PostgresStore]:
    """An empty store in a PostgreSQL database."""
    async with open_postgres(postgres_dsn) as store:
        yield store


@pytest.fixture(params=["sqlite", *range(len(server_names()))], ids=["sqlite", *server_names()])
def sql_opening(request: pytest.FixtureRequest) -> OpenedStore:
    """How an empty store on each engine in turn is opened; asked for outside the loop."""
    if request.param == "sqlite":
        path: str = request.getfixturevalue("sqlite_path")
        return open_sqlite(path)
    servers: list[Server] = request.getfixturevalue("servers")
    return _opened_on(servers[request.param])


@asynccontextmanager
async def _opened_on(server: Server) -> AsyncIterator[SqlStore]:
    name = f"sql_{fresh_id()}"
    dsn = await server.create_database(name, template=_TEMPLATE)
    try:
        async with open_postgres(dsn) as store:
            yield store
    finally:
        await server.drop_database(name)


@pytest.fixture
async def sql_store(sql_opening: OpenedStore) -> AsyncIterator[SqlStore]:
    """An empty store on each engine in turn."""
    async with sql_opening as store:
        yield store
