"""Worlds for races: one service on a file, and on every PostgreSQL two services on one database."""

import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from tests.adapters.sql.databases import server_names
from tests.races.world import World, a_world_on_postgres, a_world_on_sqlite
from tests.support.clock import fresh_id
from tests.support.postgres import Server

OpenDatabase = Callable[[], AbstractAsyncContextManager[str]]
"""Make an empty database for as long as it is needed, and return its address."""


@pytest.fixture(scope="session")
def newest_server(postgres_servers: list[Server]) -> Server:
    """The newest PostgreSQL there is."""
    return postgres_servers[-1]


@pytest.fixture
async def postgres_dsn(newest_server: Server) -> AsyncIterator[str]:
    """An empty database on the newest PostgreSQL."""
    async with a_database(newest_server) as dsn:
        yield dsn


@pytest.fixture(scope="session")
async def worlds(
    postgres_servers: list[Server],
    tmp_path_factory: pytest.TempPathFactory,
    databases: set[str],
) -> AsyncIterator[dict[str, World]]:
    """A world on every database, kept for all races: each race has accounts of its own."""
    databases.add(f"SQLite {sqlite3.sqlite_version}")
    async with AsyncExitStack() as stack:
        folder = tmp_path_factory.mktemp("sqlite")
        found = {"sqlite": await stack.enter_async_context(a_world_on_sqlite(folder))}
        for name, server in zip(server_names(), postgres_servers, strict=True):
            dsn = await stack.enter_async_context(a_database(server))
            folder = tmp_path_factory.mktemp(name)
            found[name] = await stack.enter_async_context(a_world_on_postgres(dsn, folder))
        yield found


@pytest.fixture(params=["sqlite", *server_names()])
def world(request: pytest.FixtureRequest, worlds: dict[str, World]) -> World:
    """One world after the other."""
    name: str = request.param
    return worlds[name]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where a world keeps its file and its log."""
    return tmp_path


@asynccontextmanager
async def a_database(server: Server) -> AsyncIterator[str]:
    """Make an empty database on a server, and remove it afterwards."""
    name = f"race_{fresh_id()}"
    dsn = await server.create_database(name)
    try:
        yield dsn
    finally:
        await server.drop_database(name)
