"""Records of a ledger that take their time, so that others come in between."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime

from attrs import Factory, define

from application.ports.credits import LedgerRecords
from domain.credits.grant import Grant
from domain.credits.ids import AccountId, TransactionId
from domain.credits.stretch import Stretch
from domain.credits.transaction import Transaction
from domain.credits.wallet import Wallet


async def _a_moment() -> None:
    await asyncio.sleep(0.01)


@define
class SlowRecords(LedgerRecords):
    """Does something else before it reads lines: once, or always; notes whose wallets it read."""

    inner: LedgerRecords
    meanwhile: Callable[[], Awaitable[None]] = _a_moment
    is_always: bool = False
    looked_at: list[AccountId] = Factory(list)
    has_begun: asyncio.Event = Factory(asyncio.Event)

    async def accounts(self, after: AccountId | None, limit: int) -> Sequence[AccountId]:
        return await self.inner.accounts(after, limit)

    async def lines(
        self, account_id: AccountId, after_seq: int, limit: int
    ) -> Sequence[Transaction]:
        if self.is_always or not self.has_begun.is_set():
            self.has_begun.set()
            await self.meanwhile()
        return await self.inner.lines(account_id, after_seq, limit)

    async def line(self, account_id: AccountId, transaction_id: TransactionId) -> Transaction:
        return await self.inner.line(account_id, transaction_id)

    async def hashes(self, account_id: AccountId, seqs: Collection[int]) -> Mapping[int, bytes]:
        return await self.inner.hashes(account_id, seqs)

    async def stretches(self, account_id: AccountId, number: int, limit: int) -> Sequence[Stretch]:
        return await self.inner.stretches(account_id, number, limit)

    async def wallet_and_grants(self, account_id: AccountId) -> tuple[Wallet, Sequence[Grant]]:
        self.looked_at.append(account_id)
        return await self.inner.wallet_and_grants(account_id)

    async def due(self, now: datetime, limit: int) -> Sequence[AccountId]:
        return await self.inner.due(now, limit)

    async def forget_keys(self, before: datetime, limit: int) -> int:
        return await self.inner.forget_keys(before, limit)
