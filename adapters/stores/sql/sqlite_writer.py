"""The one connection that writes to SQLite, in the one thread that owns it."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from typing import TypeVar

from attrs import Factory, define
from sqlalchemy import Connection, Executable, StaticPool, Table, create_engine
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.exc import SQLAlchemyError

from adapters.stores.sql.open_transaction import Insert, OpenTransaction, Rows, Selected, Values
from adapters.stores.sql.schema import state_of
from adapters.stores.sql.sqlite_errors import judging, refuse_nul_through
from adapters.stores.sql.sqlite_file import connect_for_writing
from application.ports.store import SchemaMismatch, SchemaState

Result = TypeVar("Result")


@define(eq=False)
class SqliteWriter:
    """Everything that writes queues here, first come, first served, and then has the file alone.

    `hops` counts how often work was handed to the thread: that, and not SQLite, is what costs.
    """

    path: str
    turn: asyncio.Lock = Factory(asyncio.Lock)
    hops: int = 0
    _thread: ThreadPoolExecutor | None = None
    _raw: sqlite3.Connection | None = None
    _core: Connection | None = None

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Own the thread and the connection while the block is open. Raises SchemaMismatch."""
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sqlite-writer")
        try:
            await self.hop(self._open)
            yield
        finally:
            # Closed last and when nobody has the turn, it moves everything into the one file.
            async with self.turn:
                await self.hop(self._close)
            self._thread.shutdown()

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[OpenTransaction]:
        """Open a transaction that has the file alone until it ends."""
        async with self.turn:
            transaction = SqliteTransaction(self)
            try:
                with judging():
                    await self.hop(self.begin)
                yield transaction
            finally:
                if not transaction.is_committed:
                    await self.hop(self.undo)

    async def hop(self, work: Callable[[], Result]) -> Result:
        """Do something in the thread.

        It cannot be interrupted there. Whoever is cancelled meanwhile waits for its end, so that
        the next one never meets a statement of theirs still running.
        """
        assert self._thread is not None, "the store is opened before it is used"
        self.hops += 1
        done = asyncio.get_running_loop().run_in_executor(self._thread, work)
        try:
            return await asyncio.shield(done)
        except asyncio.CancelledError:
            while not done.done():
                try:
                    await asyncio.wait([done])
                except asyncio.CancelledError:
                    continue
            if not done.cancelled():
                done.exception()
            raise

    async def alone(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        """Do something in a transaction of its own, in one hop, when it is our turn."""
        async with self.turn:
            with judging():
                return await self.hop(partial(self._in_transaction, work))

    def begin(self) -> None:
        """Begin a transaction that locks the file at once. In the thread."""
        if self._raw is None:
            self._connect()
        self.raw.execute("BEGIN IMMEDIATE")

    def commit(self) -> None:
        """Commit, and have it on the disk. In the thread."""
        self.raw.execute("COMMIT")
        self.core.rollback()

    def undo(self) -> None:
        """Leave no transaction open, whatever happened. In the thread."""
        if self._raw is None:
            return
        try:
            self.core.rollback()
            if self.raw.in_transaction:
                self.raw.execute("ROLLBACK")
        except (sqlite3.Error, SQLAlchemyError):
            # A connection that cannot even undo is of no more use; the next turn opens another.
            self._close()

    @property
    def raw(self) -> sqlite3.Connection:
        """The connection itself. In the thread."""
        assert self._raw is not None
        return self._raw

    @property
    def core(self) -> Connection:
        """The connection as SQLAlchemy sees it. In the thread."""
        assert self._core is not None
        return self._core

    def _in_transaction(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        try:
            self.begin()
            result = work(self.raw)
            self.commit()
        except BaseException:
            self.undo()
            raise
        return result

    def _open(self) -> None:
        self._connect()
        state = state_of(self.core)
        self.core.rollback()
        if state is not SchemaState.CURRENT:
            raise SchemaMismatch(self.path, state)

    def _connect(self) -> None:
        raw = connect_for_writing(self.path)
        engine = create_engine(
            "sqlite://", creator=lambda: raw, poolclass=StaticPool, hide_parameters=True
        )
        refuse_nul_through(engine)
        try:
            core = engine.connect()
        except BaseException:
            raw.close()
            raise
        # Both or neither: with one of them alone no later turn would find its way.
        self._raw, self._core = raw, core

    def _close(self) -> None:
        core, raw = self._core, self._raw
        self._core = self._raw = None
        if core is not None:
            core.invalidate()
        if raw is not None:
            raw.close()


@define(eq=False)
class SqliteTransaction(OpenTransaction):
    """A transaction of the one who has the turn."""

    writer: SqliteWriter
    is_committed: bool = False
    has_failed: bool = False

    @property
    def may_write(self) -> bool:
        return True

    async def run(self, statement: Executable, parameters: Sequence[Values] | None = None) -> Rows:
        assert not self.is_committed, "a transaction ends with its commit"
        try:
            with judging():
                return await self.writer.hop(partial(self._run, statement, parameters))
        except BaseException:
            # SQLite would go on from here. PostgreSQL would not, so neither do we.
            self.has_failed = True
            raise

    def insert(self, table: Table) -> Insert:
        return insert(table)

    def locked(self, query: Selected) -> Selected:
        # Whoever writes has the whole file.
        return query

    async def commit(self) -> None:
        assert not self.is_committed, "a unit of work commits once"
        assert not self.has_failed, "a transaction in which something failed commits nothing"
        with judging():
            await self.writer.hop(self.writer.commit)
        self.is_committed = True

    def _run(self, statement: Executable, parameters: Sequence[Values] | None) -> Rows:
        result = self.writer.core.execute(statement, parameters)
        return result.fetchall() if result.returns_rows else ()
