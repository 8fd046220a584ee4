"""Stores that many histories take turns on: each finds it empty."""

import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing
from pathlib import Path

import asyncpg

from adapters.stores.memory.store import MemoryStore
from adapters.stores.sql.postgres import migrate_postgres, open_postgres
from adapters.stores.sql.sqlite import open_sqlite
from adapters.stores.sql.sqlite_file import migrate_file
from adapters.stores.sql.tables.all_tables import ALL_TABLES
from application.ports.store import Store
from tests.support.postgres import Server

OpenEmpty = Callable[[], AbstractAsyncContextManager[Store]]
"""Open a store with nothing in it."""


def on_memory() -> OpenEmpty:
    """Return how an empty store in memory is opened."""
    return MemoryStore


@asynccontextmanager
async def on_sqlite(folder: Path, databases: set[str]) -> AsyncIterator[OpenEmpty]:
    """Give how a file of one's own is emptied; it stays open, as statements are slow at first."""
    databases.add(f"SQLite {sqlite3.sqlite_version}")
    path = folder / "histories.db"
    migrate_file(str(path))
    async with open_sqlite(str(path)) as store:

        @asynccontextmanager
        async def opened() -> AsyncIterator[Store]:
            _empty_file(path)
            yield store

        yield opened


@asynccontextmanager
async def on_postgres(server: Server, name: str) -> AsyncIterator[OpenEmpty]:
    """Give how a database of one's own is emptied; it is opened once, and gone at the end."""
    dsn = await server.create_database(name)
    try:
        await migrate_postgres(dsn)
        async with open_postgres(dsn) as store:

            @asynccontextmanager
            async def opened() -> AsyncIterator[Store]:
                await _empty_database(dsn)
                yield store

            yield opened
    finally:
        await server.drop_database(name)


def _empty_file(path: Path) -> None:
    """Delete every row; the triggers that refuse it are gone meanwhile."""
    with closing(sqlite3.connect(path, isolation_level=None, timeout=10)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        found = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        triggers = found.fetchall()
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        for table in ALL_TABLES:
            connection.execute(f"DELETE FROM {table.name}")
        for _, made_by in triggers:
            connection.execute(made_by)
        connection.execute("COMMIT")


async def _empty_database(dsn: str) -> None:
    """Delete every row, past the triggers that refuse it."""
    connection = await asyncpg.connect(dsn, timeout=10)
    try:
        deletes = "; ".join(f"DELETE FROM {table.name}" for table in ALL_TABLES)
        await connection.execute(f"SET session_replication_role = replica; {deletes}", timeout=10)
    finally:
        await connection.close(timeout=10)
