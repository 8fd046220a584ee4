"""The memory store: transactions, locks and unique keys like a database's, for one process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Self

from attrs import Factory, define

from adapters.stores.memory.ledger import (
    LedgerTables,
    MemoryLedger,
    MemoryLedgerRecords,
    MemoryStatements,
)
from adapters.stores.memory.table import View
from adapters.stores.memory.tables import Tables
from adapters.stores.memory.unit_of_work import MemoryWork
from application.ports.credits import Ledger, LedgerRecords, Statements
from application.ports.store import Store
from application.ports.unit_of_work import BeginRead, BeginWork, UnitOfWork


@define(eq=False)
class MemoryStore(Store):
    """Everything the service keeps, as long as the process lives.

    Whoever writes is alone: writers wait for each other in the order they came. Readers wait for
    nobody.
    """

    tables: Tables = Factory(Tables)
    writing: asyncio.Lock = Factory(asyncio.Lock)
    readers: list[View] = Factory(list)

    @property
    def ledger(self) -> Ledger:
        return MemoryLedger(self._ledger_tables)

    @property
    def statements(self) -> Statements:
        return MemoryStatements(self._ledger_tables)

    @property
    def records(self) -> LedgerRecords:
        return MemoryLedgerRecords(self._ledger_tables)

    @property
    def begin(self) -> BeginWork:
        return self._writing

    @property
    def read(self) -> BeginRead:
        return self._reading

    async def ping(self) -> None:
        """Answer at once: what is in memory is there."""

    async def __aenter__(self) -> Self:
        """Open the store: there is nothing to take hold of."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the store. What it holds stays until the object goes."""

    @property
    def _ledger_tables(self) -> LedgerTables:
        return LedgerTables(tables=self.tables, writing=self.writing, readers=self.readers)

    @asynccontextmanager
    async def _writing(self) -> AsyncIterator[UnitOfWork]:
        async with self.writing:
            yield MemoryWork(self.tables, View(is_writable=True, readers=self.readers))

    @asynccontextmanager
    async def _reading(self) -> AsyncIterator[UnitOfWork]:
        view = View(is_writable=False, readers=self.readers)
        try:
            yield MemoryWork(self.tables, view)
        finally:
            view.close()
