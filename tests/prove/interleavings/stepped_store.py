"""A memory store in which every call of a port is a step, and rows are locked as in a database.

The memory store itself lets one unit of work write at a time, which leaves nothing to interleave.
Here its one lock is off. Instead a row is locked from when it is taken or written until the unit of
work ends, and what others commit is seen at once, as on PostgreSQL at READ COMMITTED. A write of
the ledger is one statement: it locks its wallets in id order.
"""

import asyncio
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Collection,
    Hashable,
    Mapping,
    Sequence,
)
from contextlib import asynccontextmanager
from typing import Any, Literal, cast

import attrs
from attrs import Factory, define, frozen

from adapters.stores.memory.store import MemoryStore
from adapters.stores.memory.table import Row, SortedMap, Table
from adapters.stores.memory.tables import Tables
from application.ports.credits import Batch, Committed, Ledger, LedgerRecords
from application.ports.unit_of_work import BeginRead, BeginWork, UnitOfWork
from domain.credits.ids import AccountId
from domain.credits.wallet import Wallet
from tests.prove.interleavings.steps import Locks, Steps

Name = Callable[[Any], Hashable]

# What makes a row of a collection one row, so that all who take or write it lock the same.
_ROWS: Mapping[str, Name] = {
    "wallets": lambda wallet: wallet.account_id,
    "inbox": lambda event: (event.channel, event.event_id),
    "orders": lambda order: order.id,
    "payments": lambda payment: (payment.channel, payment.provider_payment_id),
    "refunds": lambda refund: refund.id,
    "disputes": lambda dispute: dispute.id,
    "subscriptions": lambda subscription: subscription.id,
    "coupons": lambda coupon: coupon.id,
    "redemptions": lambda use: use.id,
    "check_ins": lambda check_in: (check_in.account_id, check_in.day),
    "accounts": lambda account: account.id,
    "plans": lambda plan: plan.id,
    "packs": lambda pack: pack.id,
}
_TAKES = frozenset({"take"})
_WRITES = frozenset({"add", "save"})


class _NoLock(asyncio.Lock):
    """The memory store's own lock, which here holds up nobody."""

    async def acquire(self) -> Literal[True]:
        return True

    def release(self) -> None:
        """Let go of nothing."""


@define(eq=False)
class SteppedStore(MemoryStore):
    """A memory store on steps. Calls named in `unlocked` forget their lock: faults to be found."""

    writing: asyncio.Lock = Factory(_NoLock)
    steps: Steps = attrs.field(kw_only=True)
    unlocked: Collection[str] = attrs.field(default=(), kw_only=True)

    @property
    def ledger(self) -> Ledger:
        return SteppedLedger(MemoryStore.ledger.fget(self), self.steps)  # type: ignore[attr-defined]

    @property
    def records(self) -> LedgerRecords:
        records = MemoryStore.records.fget(self)  # type: ignore[attr-defined]
        return cast("LedgerRecords", SteppedRecords(records, self.steps))

    @property
    def begin(self) -> BeginWork:
        return self._stepped

    @property
    def read(self) -> BeginRead:
        return self._looking

    @asynccontextmanager
    async def _stepped(self) -> AsyncIterator[UnitOfWork]:
        async with self._writing() as work:
            unit = SteppedWork(work, self.steps, self.unlocked)
            try:
                yield cast("UnitOfWork", unit)
            finally:
                self.steps.locks.release(unit)

    @asynccontextmanager
    async def _looking(self) -> AsyncIterator[UnitOfWork]:
        # A snapshot is taken when the reader begins, so that is a step, too.
        await self.steps.step("read")
        async with self._reading() as work:
            yield work


@define(eq=False)
class SteppedWork:
    """A unit of work whose every call is a step."""

    work: UnitOfWork
    steps: Steps
    unlocked: Collection[str]

    def __getattr__(self, collection: str) -> "SteppedCollection":
        return SteppedCollection(self, collection, getattr(self.work, collection))

    async def commit(self) -> None:
        """Commit, after a step."""
        await self.steps.step("commit")
        await self.work.commit()


@frozen(eq=False)
class SteppedCollection:
    """A collection of a unit of work whose every call is a step."""

    unit: SteppedWork
    name: str
    collection: Any

    def __getattr__(self, method: str) -> Callable[..., Awaitable[Any]]:
        call = getattr(self.collection, method)
        steps, what = self.unit.steps, f"{self.name}.{method}"
        is_locking = what not in self.unit.unlocked and not steps.is_free

        async def stepped(*args: Any, **named: Any) -> Any:
            await steps.step(what)
            if not is_locking:
                return await call(*args, **named)
            if method in _TAKES:
                return await self._taken(what, call, *args, **named)
            row = self._written(method, args)
            if row is not None:
                await self._lock(what, row)
            return await call(*args, **named)

        return stepped

    async def _taken(self, what: str, call: Callable[..., Awaitable[Any]], *args: Any) -> Any:
        """Take a row: once its lock is held it is read again, as it stands by then."""
        found = await call(*args)
        if found is None:
            return None
        await self._lock(what, (self.name, _ROWS[self.name](found)))
        return await call(*args)

    def _written(self, method: str, args: Sequence[Any]) -> Hashable | None:
        """Return which row a call writes and so locks, or None if it only reads."""
        match self.name, method:
            case "answers", "claim":
                return ("answers", args[0].name)
            case "customers", "link":
                return ("customers", args[0], args[1])
            case "check_ins", "spend_budgets":
                return ("budgets",)
            case "check_ins", "add_rules":
                return ("rules", args[0].version)
            case "wallets", "save":
                return ("wallets", args[0].wallet.account_id)
            case name, written if written in _WRITES and name in _ROWS:
                return (name, _ROWS[name](args[0]))
            case _:
                return None

    async def _lock(self, what: str, row: Hashable) -> None:
        if await self.unit.steps.locks.take(row, self.unit):
            await self.unit.steps.step(f"{what}, the lock being free")


@frozen(eq=False)
class SteppedLedger(Ledger):
    """A ledger whose every call is a step, and whose writes wait for locked wallets."""

    ledger: Ledger
    steps: Steps

    async def load(self, account_ids: Sequence[AccountId]) -> Mapping[AccountId, Wallet]:
        await self.steps.step("ledger.load")
        return await self.ledger.load(account_ids)

    async def write(self, batch: Batch) -> Committed:
        await self.steps.step("ledger.write")
        accounts = {write.posting.wallet.account_id for write in batch.writes}
        async with _locked(self.steps.locks, accounts):
            return await self.ledger.write(batch)

    async def exclusively(
        self,
        account_ids: Sequence[AccountId],
        decide: Callable[[Mapping[AccountId, Wallet]], Batch],
    ) -> Committed:
        await self.steps.step("ledger.exclusively")
        async with _locked(self.steps.locks, account_ids):
            return await self.ledger.exclusively(account_ids, decide)


@frozen(eq=False)
class SteppedRecords:
    """The ledger's records; each call is a step."""

    records: LedgerRecords
    steps: Steps

    def __getattr__(self, method: str) -> Callable[..., Awaitable[Any]]:
        call = getattr(self.records, method)

        async def stepped(*args: Any, **named: Any) -> Any:
            await self.steps.step(f"records.{method}")
            return await call(*args, **named)

        return stepped


@asynccontextmanager
async def _locked(locks: Locks, accounts: Collection[AccountId]) -> AsyncIterator[None]:
    statement = object()
    try:
        for account_id in sorted(accounts):
            await locks.take(("wallets", account_id), statement)
        yield
    finally:
        locks.release(statement)


def copied(tables: Tables) -> Tables:
    """Return tables of their own with the same rows; rows never change, so they are shared."""
    return Tables(**{name: _copied(table) for name, table in _all(tables).items()})


def _all(tables: Tables) -> Mapping[str, Table[Any]]:
    return {each.name: getattr(tables, each.name) for each in attrs.fields(Tables)}


def _copied(table: Table[Row]) -> Table[Row]:
    twin = Table(table.name, table.key_of, table.indexes)
    twin.main = _copied_map(table.main)
    twin.by_index = {index: _copied_map(rows) for index, rows in table.by_index.items()}
    return twin


def _copied_map(rows: SortedMap[Row]) -> SortedMap[Row]:
    return SortedMap(dict(rows.values), list(rows.keys))
