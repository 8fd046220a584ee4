"""A store whose units of work lock nothing: what is read there may be old when it is written."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from attrs import define
from sqlalchemy import Executable, Table

from adapters.stores.sql.open_transaction import Insert, OpenTransaction, Rows, Selected, Values
from adapters.stores.sql.postgres import PostgresStore, open_postgres
from adapters.stores.sql.unit_of_work import SqlUnitOfWork
from application.ports.unit_of_work import UnitOfWork
from entrypoints.settings import Settings


@define(eq=False)
class Unlocked(OpenTransaction):
    """A transaction that takes without locking."""

    transaction: OpenTransaction

    @property
    def may_write(self) -> bool:
        return self.transaction.may_write

    async def run(self, statement: Executable, parameters: Sequence[Values] | None = None) -> Rows:
        return await self.transaction.run(statement, parameters)

    def insert(self, table: Table) -> Insert:
        return self.transaction.insert(table)

    def locked(self, query: Selected) -> Selected:
        return query

    async def commit(self) -> None:
        await self.transaction.commit()


def unlocked_store(settings: Settings) -> PostgresStore:
    """Return the configured PostgreSQL as a store that locks nothing."""
    store = open_postgres(settings.database_url)
    honest = store.begin

    @asynccontextmanager
    async def begin() -> AsyncIterator[UnitOfWork]:
        async with honest() as work:
            assert isinstance(work, SqlUnitOfWork)
            yield SqlUnitOfWork(Unlocked(work.transaction))

    store.begin = begin
    return store
