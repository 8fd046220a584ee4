"""Bringing a wallet up to date: what time has decided is posted before anybody looks."""

from __future__ import annotations

from datetime import datetime

from attrs import frozen

from application.ports.credits import Ledger, Receipt
from application.ports.system import Clock, NewId
from application.wallets.group_commit import GroupCommit
from application.wallets.wallet_command import Decided
from domain.credits.ids import AccountId
from domain.credits.settling import due
from domain.credits.wallet import Wallet


@frozen(kw_only=True)
class SettleWallet:
    """The wallet command. Harmless to repeat: what has been settled is not due again."""

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
        receipt = Receipt(
            account_id=self.account_id,
            amount=settled.posted - wallet.posted,
            balance=settled.balance(now),
            available=settled.available(now),
            at=now,
        )
        return Decided(posting=posting, receipt=receipt)


@frozen(kw_only=True)
class Settlement:
    """Look into a wallet, and post what is due in it, so that every record says how things stand.

    Nothing is written for an account in which nothing is due. Raises TooManyWaiting, StoreSilent.
    """

    ledger: Ledger
    commit: GroupCommit
    clock: Clock

    async def __call__(self, account_id: AccountId) -> None:
        wallet = (await self.ledger.load([account_id]))[account_id]
        if next(due(wallet, self.clock()), None) is not None:
            await self.commit(SettleWallet(account_id=account_id))
