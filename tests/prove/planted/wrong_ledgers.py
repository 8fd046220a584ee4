"""Ledgers that break a promise, each in the way a hurried programmer would."""

import asyncio
from collections.abc import Callable, Mapping, Sequence

from attrs import define, evolve

from application.ports.credits import (
    Batch,
    Committed,
    Ledger,
    OutcomeUnknown,
    WalletWrite,
)
from domain.credits.ids import AccountId
from domain.credits.posting import Posting
from domain.credits.wallet import Wallet

_LATER_SECONDS = 0.05


@define
class HonestLedger(Ledger):
    """A ledger as it should be; the wrong ones differ from it in one thing."""

    ledger: Ledger

    async def load(self, account_ids: Sequence[AccountId]) -> Mapping[AccountId, Wallet]:
        return await self.ledger.load(account_ids)

    async def write(self, batch: Batch) -> Committed:
        return await self.ledger.write(batch)

    async def exclusively(
        self,
        account_ids: Sequence[AccountId],
        decide: Callable[[Mapping[AccountId, Wallet]], Batch],
    ) -> Committed:
        return await self.ledger.exclusively(account_ids, decide)


@define
class UnguardedLedger(HonestLedger):
    """Reads, decides, and then writes, whatever has been written in between."""

    async def write(self, batch: Batch) -> Committed:
        while True:
            accounts = [write.posting.wallet.account_id for write in batch.writes]
            there = await self.ledger.load(accounts)
            forced = tuple(
                evolve(write, posting=_onto(write.posting, there[account_id]))
                for write, account_id in zip(batch.writes, accounts, strict=True)
            )
            committed = await self.ledger.write(evolve(batch, writes=forced, unchanged={}))
            if committed.known or committed.written == frozenset(accounts):
                return evolve(committed, unchanged=frozenset(batch.unchanged))


def _onto(posting: Posting, there: Wallet) -> Posting:
    """Number a stale decision's lines behind those that are there; its sums stay as they are."""
    ahead = there.seq - (posting.wallet.seq - len(posting.transactions))
    return evolve(
        posting,
        wallet=evolve(posting.wallet, version=there.version, seq=posting.wallet.seq + ahead),
        transactions=tuple(evolve(line, seq=line.seq + ahead) for line in posting.transactions),
    )


@define
class HastyLedger(HonestLedger):
    """Says that it has written, and then writes."""

    _last: asyncio.Task[None] | None = None

    async def load(self, account_ids: Sequence[AccountId]) -> Mapping[AccountId, Wallet]:
        await self._written()
        return await self.ledger.load(account_ids)

    async def write(self, batch: Batch) -> Committed:
        known = await self.ledger.write(Batch(unchanged={}, keys=batch.keys))
        if known.known:
            await self._written()
            return await self.ledger.write(batch)
        self._last = asyncio.create_task(self._later(batch, self._last))
        return Committed(
            written=frozenset(write.posting.wallet.account_id for write in batch.writes),
            unchanged=frozenset(batch.unchanged),
            known={},
        )

    async def _written(self) -> None:
        if self._last is not None:
            await self._last

    async def _later(self, batch: Batch, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await before
        await asyncio.sleep(_LATER_SECONDS)
        await self.ledger.write(batch)


@define
class ForgetfulLedger(HonestLedger):
    """Stores the effect, and its key in another commit right after."""

    async def write(self, batch: Batch) -> Committed:
        keyless = tuple(evolve(write, receipts=()) for write in batch.writes)
        committed = await self.ledger.write(evolve(batch, writes=keyless))
        keys = tuple(
            WalletWrite(posting=Posting(wallet=_written(write)), receipts=write.receipts)
            for write in batch.writes
            if write.posting.wallet.account_id in committed.written
        )
        if keys:
            await self.ledger.write(Batch(writes=keys, unchanged={}))
        return committed


def _written(write: WalletWrite) -> Wallet:
    wallet = write.posting.wallet
    return evolve(wallet, version=wallet.version + 1)


@define
class HopefulLedger(HonestLedger):
    """Takes a lost answer for a good one."""

    async def write(self, batch: Batch) -> Committed:
        try:
            return await self.ledger.write(batch)
        except OutcomeUnknown:
            return Committed(
                written=frozenset(write.posting.wallet.account_id for write in batch.writes),
                unchanged=frozenset(batch.unchanged),
                known={},
            )
