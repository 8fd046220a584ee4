"""A connection to PostgreSQL of somebody's own, outside the pool, with its statements prepared."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

import asyncpg
from asyncpg.prepared_stmt import PreparedStatement
from attrs import Factory, define, field, frozen

from adapters.stores.sql.postgres_errors import is_locked, is_verdict, judging, judging_locks

_CONNECT_TIMEOUT_S = 5.0
_ANSWER_TIMEOUT_S = 10.0
_CLOSE_TIMEOUT_S = 2.0

# Each statement is planned once and for any values: its plan must not be what suits a table that
# was empty when the connection was made.
_SETTINGS = {
    "application_name": "billing ledger",
    "default_transaction_isolation": "read committed",
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "jit": "off",
}

# How a connection that was good when it was last used says that it is not.
_LOST = (
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.InterfaceError,
    OSError,
)

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


@frozen
class Connected:
    """A connection and the statements prepared on it."""

    connection: Connection
    prepared: Mapping[str, PreparedStatement[asyncpg.Record]]

    async def rows(self, statement: str, *values: Any) -> list[asyncpg.Record]:
        """Run a prepared statement: one round trip."""
        return await self.prepared[statement].fetch(*values, timeout=_ANSWER_TIMEOUT_S)

    async def execute(self, command: str) -> str:
        """Run a command without values and return what the server says it did."""
        return await self.connection.execute(command, timeout=_ANSWER_TIMEOUT_S)


@define(eq=False, kw_only=True)
class Line:
    """One connection, used by one caller at a time, made when it is first needed.

    One that failed is never used again: nobody knows what still runs on it.
    """

    dsn: str = field(repr=False)
    statements: tuple[str, ...]
    settings: Mapping[str, str] = Factory(dict)
    turn: asyncio.Lock = Factory(asyncio.Lock)
    _connected: Connected | None = None

    async def read(self, statement: str, *values: Any) -> list[asyncpg.Record]:
        """Run a query; once more on a new connection if the old one turns out to be lost.

        Raises WriteRefused, OutcomeUnknown.
        """
        with judging():
            try:
                async with self.used() as connected:
                    return await connected.rows(statement, *values)
            except _LOST:
                async with self.used() as connected:
                    return await connected.rows(statement, *values)

    async def write(self, statement: str, *values: Any) -> list[asyncpg.Record]:
        """Run a statement that is a transaction by itself.

        Raises WriteRefused (WalletLocked if a lock was not to be had in time), OutcomeUnknown.
        """
        with judging_locks():
            async with self.used() as connected:
                return await connected.rows(statement, *values)

    @asynccontextmanager
    async def used(self) -> AsyncIterator[Connected]:
        """Have the connection alone while the block is open; it is dropped if the block fails.

        After the server's own verdict outside a transaction it is as good as before, and stays.
        """
        async with self.turn:
            connected = await self._connection()
            is_sound = False
            try:
                yield connected
                is_sound = True
            except asyncpg.PostgresError as error:
                is_sound = is_verdict(error.sqlstate) or is_locked(error.sqlstate)
                raise
            finally:
                if not is_sound or connected.connection.is_in_transaction():
                    self._connected = None
                    connected.connection.terminate()

    async def close(self) -> None:
        """Close the connection, if there is one, when nobody uses it."""
        async with self.turn:
            connected, self._connected = self._connected, None
            if connected is not None:
                await _close(connected.connection)

    async def _connection(self) -> Connected:
        connected, self._connected = self._connected, None
        if connected is not None and not connected.connection.is_closed():
            assert not connected.connection.is_in_transaction(), "a transaction was left open"
            self._connected = connected
            return connected
        async with asyncio.timeout(_CONNECT_TIMEOUT_S):
            connection: Connection = await asyncpg.connect(
                self.dsn,
                timeout=_CONNECT_TIMEOUT_S,
                statement_cache_size=0,
                server_settings={**_SETTINGS, **self.settings},
            )
            try:
                # By a name of its own: the driver has one without be parsed and planned each time.
                prepared = {
                    text: await connection.prepare(text, name=f"line_{place}")
                    for place, text in enumerate(self.statements)
                }
            except BaseException:
                connection.terminate()
                raise
        self._connected = Connected(connection, prepared)
        return self._connected


async def _close(connection: Connection) -> None:
    try:
        await connection.close(timeout=_CLOSE_TIMEOUT_S)
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError):
        connection.terminate()
