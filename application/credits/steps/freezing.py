"""Stopping an account from spending by hand, and letting it spend again: both on record."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from attrs import evolve

from application.access.steps.account_names import is_known
from application.access.steps.auditing import entry
from application.ports.system import NewId
from application.ports.unit_of_work import UnitOfWork
from application.wallets.wallet_saving import save_wallet
from domain.access.audit import Actor
from domain.access.errors import AccountNotFound
from domain.credits.errors import AccountAlreadyFrozen, AccountNotFrozen
from domain.credits.ids import AccountId
from domain.credits.posting import Posting
from domain.credits.wallet import Wallet


class Wish(Protocol):
    """Somebody wants an account frozen, or free, and says why."""

    @property
    def account_id(self) -> AccountId: ...
    @property
    def reason(self) -> str: ...
    @property
    def actor(self) -> Actor: ...


async def turned(
    work: UnitOfWork, wish: Wish, now: datetime, new_id: NewId, *, is_frozen: bool
) -> Wallet:
    """Freeze an account or let it free, with a line in the audit log; return its wallet after.

    An account of which anything is known can be frozen before it has any credits: it is to spend
    nothing of what an open checkout may still bring. Raises AccountNotFound, and
    AccountAlreadyFrozen or AccountNotFrozen where it is so already.
    """
    wallet = await work.wallets.take(wish.account_id)
    if wallet.version == 0 and not await is_known(work, wish.account_id):
        raise AccountNotFound(account_id=wish.account_id)
    if wallet.is_frozen == is_frozen:
        refusal = AccountAlreadyFrozen if is_frozen else AccountNotFrozen
        raise refusal(account_id=wish.account_id)
    after = evolve(wallet, is_frozen=is_frozen)
    await save_wallet(work, wallet, Posting(wallet=after), now, new_id)
    await work.audit_log.add(
        entry(
            new_id,
            now,
            wish.actor,
            "account.freeze" if is_frozen else "account.unfreeze",
            f"account:{wish.account_id}",
            before=_said(wallet),
            after=_said(after),
            reason=wish.reason,
        )
    )
    return after


def _said(wallet: Wallet) -> str:
    return "frozen" if wallet.is_frozen else "free to spend"
