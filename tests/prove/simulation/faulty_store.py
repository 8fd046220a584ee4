"""A store whose commits fail, or succeed unheard, or take the whole process with them."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any, Self, cast

from attrs import define, frozen

from application.ports.credits import (
    Batch,
    Committed,
    Ledger,
    LedgerRecords,
    OutcomeUnknown,
    Statements,
    WalletLocked,
)
from application.ports.store import Store
from application.ports.unit_of_work import BeginRead, BeginWork, UnitOfWork
from domain.credits.ids import AccountId
from domain.credits.wallet import Wallet
from tests.prove.simulation.swarm import Crashed, Fault, Fortune


@define(eq=False, kw_only=True)
class Life:
    """One life of the service's process: once it is over, nothing of it reaches the world."""

    fortune: Fortune
    is_over: bool = False

    def goes_on(self) -> None:
        """Raise Crashed if it is over, or ends just now."""
        if self.is_over or self.fortune.strikes(Fault.CRASH):
            self.is_over = True
            raise Crashed

    def before_reading(self) -> None:
        """Ask the store for something. Raises OutcomeUnknown, Crashed."""
        self.goes_on()
        if self.fortune.strikes(Fault.STORE_BUSY):
            raise OutcomeUnknown("the store is busy")

    def before_commit(self) -> None:
        """Send a commit. Raises OutcomeUnknown where it never arrives, Crashed."""
        self.goes_on()
        if self.fortune.strikes(Fault.COMMIT_FAILED):
            raise OutcomeUnknown("the commit did not arrive")

    def after_commit(self) -> None:
        """Hear of a commit that is done. Raises OutcomeUnknown where that is lost, Crashed."""
        self.goes_on()
        if self.fortune.strikes(Fault.ANSWER_LOST):
            raise OutcomeUnknown("the commit was done, and nobody heard of it")


@define(eq=False)
class FaultyStore(Store):
    """A store as one process reaches it. What is committed stays, whatever becomes of that."""

    store: Store
    life: Life

    @property
    def ledger(self) -> Ledger:
        return FaultyLedger(self.store.ledger, self.life)

    @property
    def statements(self) -> Statements:
        return self.store.statements

    @property
    def records(self) -> LedgerRecords:
        return self.store.records

    @property
    def begin(self) -> BeginWork:
        return self._begin

    @property
    def read(self) -> BeginRead:
        return self._read

    async def ping(self) -> None:
        """Answer as the store does."""
        await self.store.ping()

    async def __aenter__(self) -> Self:
        """Open nothing: the store outlives the process."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close nothing."""

    @asynccontextmanager
    async def _begin(self) -> AsyncIterator[UnitOfWork]:
        self.life.before_reading()
        async with self.store.begin() as work:
            # It may have waited for another writer, and died meanwhile.
            if self.life.is_over:
                raise Crashed
            yield cast("UnitOfWork", FaultyWork(work, self.life))

    @asynccontextmanager
    async def _read(self) -> AsyncIterator[UnitOfWork]:
        self.life.before_reading()
        async with self.store.read() as work:
            yield work


@define(eq=False)
class FaultyWork:
    """A unit of work as it is, but for its commit."""

    work: UnitOfWork
    life: Life

    def __getattr__(self, collection: str) -> Any:
        return getattr(self.work, collection)

    async def commit(self) -> None:
        """Commit, if the store hears of it; return, if we hear of that."""
        self.life.before_commit()
        await self.work.commit()
        self.life.after_commit()


@frozen
class FaultyLedger(Ledger):
    """The wallets for the group commit, over the same line."""

    ledger: Ledger
    life: Life

    async def load(self, account_ids: Sequence[AccountId]) -> Mapping[AccountId, Wallet]:
        self.life.before_reading()
        return await self.ledger.load(account_ids)

    async def write(self, batch: Batch) -> Committed:
        self._before_writing()
        committed = await self.ledger.write(batch)
        self.life.after_commit()
        return committed

    async def exclusively(
        self,
        account_ids: Sequence[AccountId],
        decide: Callable[[Mapping[AccountId, Wallet]], Batch],
    ) -> Committed:
        self._before_writing()
        committed = await self.ledger.exclusively(account_ids, decide)
        self.life.after_commit()
        return committed

    def _before_writing(self) -> None:
        self.life.before_commit()
        if self.life.fortune.strikes(Fault.STORE_BUSY):
            raise WalletLocked("somebody holds the wallet")
