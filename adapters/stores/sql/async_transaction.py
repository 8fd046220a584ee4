"""A transaction on a connection of SQLAlchemy's asynchronous pool."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

from attrs import define
from sqlalchemy import Executable, Table
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.stores.sql.open_transaction import Insert, OpenTransaction, Rows, Selected, Values


@define(eq=False, kw_only=True)
class AsyncTransaction(OpenTransaction):
    """A transaction that begins with its first statement."""

    connection: AsyncConnection
    is_for_writing: bool
    insert_of: Callable[[Table], Insert]
    judging: Callable[[], AbstractContextManager[None]]
    is_committed: bool = False
    has_failed: bool = False

    @property
    def may_write(self) -> bool:
        return self.is_for_writing

    async def run(self, statement: Executable, parameters: Sequence[Values] | None = None) -> Rows:
        assert not self.is_committed, "a transaction ends with its commit"
        try:
            with self.judging():
                result = await self.connection.execute(statement, parameters)
                return result.fetchall() if result.returns_rows else ()
        except BaseException:
            # PostgreSQL answers a commit after a failure with a rollback, and says so in a whisper.
            self.has_failed = True
            raise

    def insert(self, table: Table) -> Insert:
        assert self.is_for_writing, "a unit of work that only reads writes nothing"
        return self.insert_of(table)

    def locked(self, query: Selected) -> Selected:
        return query.with_for_update() if self.is_for_writing else query

    async def commit(self) -> None:
        assert self.is_for_writing, "a unit of work that only reads commits nothing"
        assert not self.is_committed, "a unit of work commits once"
        assert not self.has_failed, "a transaction in which something failed commits nothing"
        self.is_committed = True
        with self.judging():
            await self.connection.commit()
