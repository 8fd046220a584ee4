"""The store in one SQLite file, for one process: the embedded default."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from types import TracebackType
from typing import Any, Self

from attrs import define, field
from sqlalchemy import URL, event
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from adapters.stores.sql.async_transaction import AsyncTransaction
from adapters.stores.sql.credits import SqlLedgerRecords
from adapters.stores.sql.open_transaction import OpenTransaction
from adapters.stores.sql.schema import refuse_earlier
from adapters.stores.sql.sqlite_errors import judging, refuse_nul_through
from adapters.stores.sql.sqlite_file import (
    address_for_reading,
    held,
    migrate_file,
    state_of_file,
    warn_of_wal_fault,
)
from adapters.stores.sql.sqlite_ledger import SqliteLedger, SqliteReader, SqliteStatements
from adapters.stores.sql.sqlite_writer import SqliteWriter
from adapters.stores.sql.unit_of_work import units_of_work
from application.ports.credits import Ledger, LedgerRecords, Statements
from application.ports.store import SchemaMismatch, SchemaState, Store
from application.ports.unit_of_work import BeginRead, BeginWork

_READERS = 4
_POOL_TIMEOUT_S = 10.0


@define(eq=False)
class SqliteStore(Store):
    """Everything the service keeps, in one file.

    One connection writes, in a thread of its own; whoever reads waits for no writer. Reads of the
    spending path run on the event loop, others in a small pool: whoever waits for it longer than
    `wait_seconds` is told that the store does not answer.
    """

    path: str
    wait_seconds: float = _POOL_TIMEOUT_S
    ledger: Ledger = field(init=False)
    statements: Statements = field(init=False)
    records: LedgerRecords = field(init=False)
    begin: BeginWork = field(init=False)
    read: BeginRead = field(init=False)
    writer: SqliteWriter = field(init=False)
    reader: SqliteReader = field(init=False)
    _engine: AsyncEngine | None = None
    _opened: AsyncExitStack | None = None

    def __attrs_post_init__(self) -> None:
        self.writer = SqliteWriter(self.path)
        self.reader = SqliteReader(self.path)
        self.ledger = SqliteLedger(self.reader, self.writer)
        self.statements = SqliteStatements(self.reader, self._reading)
        self.records = SqlLedgerRecords(self._reading, self.writer.writing)
        self.begin = units_of_work(self.writer.writing)
        self.read = units_of_work(self._reading)

    async def ping(self) -> None:
        """Read from the file and reach the writing thread. Raises if either does not answer.

        Raises SchemaMismatch if the file lacks a migration.
        """
        found = self.reader.rows("SELECT version_num FROM alembic_version", ())
        refuse_earlier(found[0][0], self.path)
        await self.writer.hop(lambda: None)

    async def __aenter__(self) -> Self:
        """Take the file and open it. Raises StoreInUse, SchemaMismatch."""
        if state_of_file(self.path) is SchemaState.BEHIND:
            raise SchemaMismatch(self.path, SchemaState.BEHIND)
        warn_of_wal_fault()
        async with AsyncExitStack() as opening:
            opening.enter_context(held(self.path))
            await opening.enter_async_context(self.writer.opened())
            opening.enter_context(self.reader.opened())
            await opening.enter_async_context(self._pooled())
            self._opened = opening.pop_all()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._opened is not None
        await self._opened.aclose()

    @asynccontextmanager
    async def _pooled(self) -> AsyncIterator[None]:
        address = URL.create("sqlite+aiosqlite", database=address_for_reading(self.path))
        engine = create_async_engine(
            address.update_query_dict({"uri": "true"}),
            pool_size=_READERS,
            max_overflow=0,
            pool_timeout=self.wait_seconds,
            hide_parameters=True,
        )
        event.listen(engine.sync_engine, "connect", _take_over_begin, named=True)
        event.listen(engine.sync_engine, "begin", _begin)
        refuse_nul_through(engine.sync_engine)
        self._engine = engine
        try:
            yield
        finally:
            await engine.dispose()

    @asynccontextmanager
    async def _reading(self) -> AsyncIterator[OpenTransaction]:
        assert self._engine is not None, "the store is opened before it is used"
        closing = AsyncExitStack()
        with judging():
            connection = await closing.enter_async_context(self._engine.connect())
        try:
            yield AsyncTransaction(
                connection=connection, is_for_writing=False, insert_of=insert, judging=judging
            )
        finally:
            # What was read stands, whatever becomes of the connection it was read on.
            with suppress(DBAPIError):
                await closing.aclose()


def open_sqlite(path: str) -> SqliteStore:
    """Return the store in this file; it is opened as a context."""
    return SqliteStore(path)


async def migrate_sqlite(path: str) -> None:
    """Bring the file to this code's schema, making it if it is not there, after a backup.

    Raises StoreInUse, SchemaMismatch.
    """
    await asyncio.to_thread(migrate_file, path)


async def sqlite_schema_state(path: str) -> SchemaState:
    """Compare the file's schema with this code."""
    return await asyncio.to_thread(state_of_file, path)


def _take_over_begin(**opened: Any) -> None:
    opened["dbapi_connection"].isolation_level = None


def _begin(connection: Any) -> None:
    connection.exec_driver_sql("BEGIN")
