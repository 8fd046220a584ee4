"""Post what time has already decided: lots that expired or took effect, holds that fell silent."""

from __future__ import annotations

import asyncio

from attrs import frozen

from application.one_by_one import one_by_one
from application.ports.credits import LedgerRecords
from application.ports.system import Clock
from application.wallets.group_commit import GroupCommit
from application.wallets.settling import SettleWallet
from application.wallets.wallet_command import Outcome
from application.worked_on import note
from domain.credits.ids import AccountId


@frozen(kw_only=True)
class SweepExpired:
    """Post what is due in at most so many accounts."""

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
        waiting = [
            (account_id, self.commit.submit(SettleWallet(account_id=account_id)))
            for account_id in due
        ]
        await one_by_one(waiting, _outcome)
        return ExpiredSwept(accounts=len(due))


async def _outcome(settled: tuple[AccountId, asyncio.Future[Outcome]]) -> Outcome:
    account_id, waiting = settled
    note("account_id", account_id)
    return await waiting
