"""Post what time has already decided: lots that expired, lots that took effect."""

from __future__ import annotations

import asyncio
from datetime import datetime

from attrs import frozen

from application.group_commit import GroupCommit
from application.one_by_one import one_by_one
from application.ports.credits import LedgerRecords, Receipt
from application.ports.system import Clock, NewId
from application.wallet_command import Decided, Outcome
from domain.credits.ids import AccountId
from domain.credits.wallet import Wallet


@frozen(kw_only=True)
class SweepExpired:
    """Post at most so many accounts' due lots."""

    accounts_max: int = 500


@frozen(kw_only=True)
class ExpiredSwept:
    """How many accounts were brought up to date; fewer than asked for means that none is left."""

    accounts: int


@frozen(kw_only=True)
class SweepingExpired:
    """Find accounts with something due and settle each through the group commit.

    Balances are exact without it; it only makes the ledger say so.
    """

    records: LedgerRecords
    commit: GroupCommit
    clock: Clock

    async def __call__(self, command: SweepExpired) -> ExpiredSwept:
        due = await self.records.due(self.clock(), command.accounts_max)
        # All at once: the group commit gathers them into a few writes.
        waiting = [self.commit.submit(_Settle(account_id=account_id)) for account_id in due]
        await one_by_one(waiting, _outcome)
        return ExpiredSwept(accounts=len(due))


async def _outcome(waiting: asyncio.Future[Outcome]) -> Outcome:
    return await waiting


@frozen(kw_only=True)
class _Settle:
    """Harmless to repeat: a lot that has been settled is not due again."""

    account_id: AccountId

    @property
    def key(self) -> None:
        return None

    @property
    def is_kept_for_ever(self) -> bool:
        return False

    def decide(self, wallet: Wallet, now: datetime, new_id: NewId) -> Decided:
        posting = wallet.settle(now, new_id)
        settled = posting.wallet
        balance = settled.balance(now)
        receipt = Receipt(
            account_id=self.account_id,
            amount=settled.posted - wallet.posted,
            balance=balance,
            available=settled.available(now),
            at=now,
        )
        return Decided(posting=posting, receipt=receipt)
