"""Databases for tests of the SQL stores, each with our schema and nothing else in it."""

import asyncio
from contextlib import AbstractAsyncContextManager
from typing import Any

import asyncpg
from attrs import frozen

from adapters.stores.sql.postgres import PostgresStore
from adapters.stores.sql.sqlite import SqliteStore
from tests.support.postgres import given_server, installations

_LOOKS_MAX = 100
_OPEN_TRANSACTIONS = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL
"""

SqlStore = PostgresStore | SqliteStore
OpenedStore = AbstractAsyncContextManager[SqlStore]


def server_names() -> list[str]:
    """Name every PostgreSQL that the run will use, in the order in which it starts them."""
    if given_server() is not None:
        return ["postgres"]
    return [f"postgres-{found.major}" for found in installations()]


@frozen
class Psql:
    """A look at a database from outside the store."""

    dsn: str

    async def rows(self, statement: str, *values: object) -> list[Any]:
        """Run a statement on a connection of its own and return what it finds."""
        connection = await asyncpg.connect(self.dsn, timeout=10)
        try:
            return list(await connection.fetch(statement, *values, timeout=10))
        finally:
            await connection.close(timeout=10)

    async def value(self, statement: str, *values: object) -> Any:
        """Return the first value that a statement finds."""
        found = await self.rows(statement, *values)
        return found[0][0]

    async def until_no_transaction_is_open(self) -> None:
        """Wait until nobody else has a transaction open in this database."""
        for _ in range(_LOOKS_MAX):
            if await self.value(_OPEN_TRANSACTIONS) == 0:
                return
            await asyncio.sleep(0.05)
        raise AssertionError("a transaction stays open")
