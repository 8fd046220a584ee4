"""The store with a span around everything it is asked to do in one go."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractContextManager, asynccontextmanager
from datetime import datetime
from types import TracebackType
from typing import Protocol, Self

from attrs import define, frozen

from application.ports.credits import Batch, Committed, Ledger, LedgerRecords, Statements
from application.ports.store import Store
from application.ports.unit_of_work import BeginRead, BeginWork, UnitOfWork
from domain.credits.ids import AccountId
from domain.credits.wallet import Wallet


class Spans(Protocol):
    """Makes spans."""

    def span(self, name: str, **attributes: int | str) -> AbstractContextManager[None]:
        """Make a span of what is done inside."""
        ...


@frozen
class TracedLedger(Ledger):
    """A ledger whose batches are spans, with how many accounts and keys each had."""

    inner: Ledger
    spans: Spans

    async def load(self, account_ids: Sequence[AccountId]) -> Mapping[AccountId, Wallet]:
        with self.spans.span("ledger.load", accounts=len(account_ids)):
            return await self.inner.load(account_ids)

    async def write(self, batch: Batch) -> Committed:
        with self.spans.span("ledger.write", accounts=len(batch.writes), keys=len(batch.keys)):
            return await self.inner.write(batch)

    async def exclusively(
        self,
        account_ids: Sequence[AccountId],
        decide: Callable[[Mapping[AccountId, Wallet]], Batch],
    ) -> Committed:
        with self.spans.span("ledger.exclusively", accounts=len(account_ids)):
            return await self.inner.exclusively(account_ids, decide)


@define(eq=False)
class TracedStore(Store):
    """A store whose units of work and batches are spans."""

    inner: Store
    spans: Spans

    @property
    def ledger(self) -> Ledger:
        return TracedLedger(self.inner.ledger, self.spans)

    @property
    def statements(self) -> Statements:
        return self.inner.statements

    @property
    def records(self) -> LedgerRecords:
        return self.inner.records

    @property
    def begin(self) -> BeginWork:
        return self._seen("unit of work", self.inner.begin)

    @property
    def read(self) -> BeginRead:
        return self._seen("reading unit", self.inner.read)

    async def ping(self) -> None:
        await self.inner.ping()

    async def read_clock(self) -> datetime | None:
        return await self.inner.read_clock()

    async def __aenter__(self) -> Self:
        await self.inner.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.inner.__aexit__(kind, error, trace)

    def _seen(self, name: str, begin: BeginWork) -> BeginWork:
        @asynccontextmanager
        async def seen() -> AsyncIterator[UnitOfWork]:
            with self.spans.span(name):
                async with begin() as work:
                    yield work

        return seen
