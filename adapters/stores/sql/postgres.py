"""The store in PostgreSQL, for any number of processes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import datetime
from functools import partial
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import asyncpg
from attrs import define, field
from sqlalchemy import NullPool, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from adapters.stores.sql.async_transaction import AsyncTransaction
from adapters.stores.sql.credits import SqlLedgerRecords
from adapters.stores.sql.open_transaction import OpenTransaction
from adapters.stores.sql.postgres_errors import judging
from adapters.stores.sql.postgres_ledger import (
    PAGING,
    READING,
    WRITING,
    PostgresLedger,
    PostgresStatements,
)
from adapters.stores.sql.postgres_line import Line
from adapters.stores.sql.postgres_pages import PageReads
from adapters.stores.sql.schema import refuse_earlier, state_of, upgrade
from adapters.stores.sql.unit_of_work import units_of_work
from application.ports.credits import Ledger, LedgerRecords, Statements
from application.ports.store import SchemaMismatch, SchemaState, Store
from application.ports.unit_of_work import BeginRead, BeginWork

_LOG = logging.getLogger(__name__)

_CONNECTIONS = 10
_CONNECT_TIMEOUT_S = 5.0
_POOL_TIMEOUT_S = 10.0
_COMMAND_TIMEOUT_S = 30.0
_IDLE_TIMEOUT = "10s"
_SETTINGS = {
    "application_name": "billing",
    # A process that stopped in the middle must not hold its locks for ever.
    "idle_in_transaction_session_timeout": _IDLE_TIMEOUT,
    "lock_timeout": "10s",
}

# Accounts and their rows are looked up one by one; what is left to join are arrays. One wallet
# that somebody holds must not keep the group of 256 it is in: what waits longer is tried again
# without it.
_WRITING_SETTINGS = {
    "enable_nestloop": "off",
    "idle_in_transaction_session_timeout": _IDLE_TIMEOUT,
    "lock_timeout": "300ms",
}

# Any number will do that no other program uses for its own lock in the same database.
_MIGRATION = "billing migration"
_MIGRATION_LOCK = 7_205_759_403_792_794


@define(eq=False)
class PostgresStore(Store):
    """Everything the service keeps, in one database.

    The ledger has connections of its own; everything else shares a pool.
    """

    dsn: str = field(repr=False)
    ledger: Ledger = field(init=False)
    statements: Statements = field(init=False)
    records: LedgerRecords = field(init=False)
    begin: BeginWork = field(init=False)
    read: BeginRead = field(init=False)
    lines: tuple[Line, ...] = field(init=False)
    _engine: AsyncEngine | None = None
    _opened: AsyncExitStack | None = None

    def __attrs_post_init__(self) -> None:
        self.dsn = _dsn(self.dsn)
        writing = Line(dsn=self.dsn, statements=WRITING, settings=_WRITING_SETTINGS)
        loading = Line(dsn=self.dsn, statements=READING)
        paging = Line(dsn=self.dsn, statements=PAGING)
        self.lines = (writing, loading, paging)
        self.ledger = PostgresLedger(reading=loading, writing=writing)
        self.statements = PostgresStatements(
            paging=paging, pages=PageReads(paging), reading=self._reading
        )
        self.records = SqlLedgerRecords(self._reading, self._writing)
        self.begin = units_of_work(self._writing)
        self.read = units_of_work(self._reading)

    async def ping(self) -> None:
        """Ask the database which step it has come to. Raises OutcomeUnknown if it does not answer.

        Raises SchemaMismatch if it lacks a migration.
        """
        async with self._reading() as transaction:
            [row] = await transaction.run(text("SELECT version_num FROM alembic_version"))
        refuse_earlier(row.version_num, shown(self.dsn))

    async def read_clock(self) -> datetime:
        """Return what the server's clock shows. Raises OutcomeUnknown if it does not answer."""
        async with self._reading() as transaction:
            [row] = await transaction.run(text("SELECT clock_timestamp() AS shown_at"))
        shown_at: datetime = row.shown_at
        return shown_at

    async def __aenter__(self) -> Self:
        """Open the pool; the ledger connects when it is first used. Raises SchemaMismatch."""
        async with AsyncExitStack() as opening:
            await opening.enter_async_context(self._pooled())
            for line in self.lines:
                opening.push_async_callback(line.close)
            with judging():
                await self._check()
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
        engine = create_async_engine(
            "postgresql+asyncpg://",
            async_creator=partial(_connect, self.dsn, _SETTINGS),
            isolation_level="READ COMMITTED",
            pool_size=_CONNECTIONS,
            max_overflow=0,
            pool_timeout=_POOL_TIMEOUT_S,
            pool_pre_ping=True,
            hide_parameters=True,
        )
        self._engine = engine
        try:
            yield
        finally:
            await engine.dispose()

    async def _check(self) -> None:
        assert self._engine is not None
        async with self._engine.connect() as connection:
            state = await connection.run_sync(state_of)
            for setting in ("fsync", "synchronous_commit"):
                value = (await connection.execute(text(f"SHOW {setting}"))).scalar_one()
                if value == "off":
                    _LOG.warning(
                        "PostgreSQL runs with %s off: what it acknowledges can be lost.", setting
                    )
        if state is not SchemaState.CURRENT:
            raise SchemaMismatch(shown(self.dsn), state)

    @asynccontextmanager
    async def _writing(self) -> AsyncIterator[OpenTransaction]:
        assert self._engine is not None, "the store is opened before it is used"
        async with _transaction(self._engine, is_for_writing=True) as transaction:
            yield transaction

    @asynccontextmanager
    async def _reading(self) -> AsyncIterator[OpenTransaction]:
        assert self._engine is not None, "the store is opened before it is used"
        snapshot = self._engine.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )
        async with _transaction(snapshot, is_for_writing=False) as transaction:
            yield transaction


@asynccontextmanager
async def _transaction(
    engine: AsyncEngine, *, is_for_writing: bool
) -> AsyncIterator[OpenTransaction]:
    closing = AsyncExitStack()
    with judging():
        connection = await closing.enter_async_context(engine.connect())
    try:
        yield AsyncTransaction(
            connection=connection,
            is_for_writing=is_for_writing,
            insert_of=insert,
            judging=judging,
        )
    except asyncio.CancelledError:
        # Nobody knows what still runs on it, so it does not go back to the pool.
        await connection.invalidate()
        raise
    finally:
        # If the line is lost only now, the server undoes by itself what was not committed, and
        # what was read or committed stands: that is no fault of whoever asked.
        with suppress(DBAPIError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
            await closing.aclose()


def open_postgres(dsn: str) -> PostgresStore:
    """Return the store in this database; it is opened as a context."""
    return PostgresStore(dsn)


async def migrate_postgres(dsn: str) -> None:
    """Bring the database to this code's schema in one transaction.

    Raises SchemaMismatch, and OutcomeUnknown if the server does not let us in.

    Of several processes that try it at once one does it, and the others wait and find it done.
    """
    with judging():
        async with apart(dsn, _MIGRATION) as engine, engine.begin() as connection:
            await connection.execute(
                text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _MIGRATION_LOCK}
            )
            await connection.run_sync(upgrade, shown(_dsn(dsn)))


async def postgres_schema_state(dsn: str) -> SchemaState:
    """Compare the database's schema with this code."""
    async with apart(dsn, _MIGRATION) as engine, engine.connect() as connection:
        return await connection.run_sync(state_of)


@asynccontextmanager
async def apart(dsn: str, name: str) -> AsyncIterator[AsyncEngine]:
    """Give an engine beside the store's own, for work that may take its time, under this name."""
    engine = create_async_engine(
        "postgresql+asyncpg://",
        async_creator=partial(_connect, _dsn(dsn), {"application_name": name}, None),
        poolclass=NullPool,
        hide_parameters=True,
    )
    try:
        yield engine
    finally:
        await engine.dispose()


async def _connect(
    dsn: str, settings: dict[str, str], command_timeout: float | None = _COMMAND_TIMEOUT_S
) -> Any:
    return await asyncpg.connect(
        dsn,
        timeout=_CONNECT_TIMEOUT_S,
        command_timeout=command_timeout,
        server_settings=settings,
    )


def _dsn(url: str) -> str:
    """Return an address as the driver reads it, whichever driver it names."""
    scheme, separator, rest = url.partition("://")
    return f"{scheme.partition('+')[0]}{separator}{rest}"


def shown(dsn: str) -> str:
    """Return what of an address may be shown: not the password."""
    parts = urlsplit(dsn)
    return f"{parts.hostname}{parts.path}"
