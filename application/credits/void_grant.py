"""Take away what is left of a lot: with a reason, once, and on record."""

from __future__ import annotations

from datetime import datetime

from attrs import frozen

from application.access.steps.auditing import entry, must_say_why
from application.ports.credits import KeyedReceipt, Receipt
from application.ports.idempotency import RequestKey
from application.ports.system import Clock, NewId
from application.ports.unit_of_work import BeginWork, UnitOfWork
from application.wallets.wallet_saving import save_wallet
from domain.access.audit import Actor
from domain.credits.errors import GrantNotFound
from domain.credits.ids import AccountId, GrantId
from domain.credits.posting import Posting
from domain.credits.transaction import TransactionText


@frozen(kw_only=True)
class VoidGrant:
    """Void an account's lot, and say why."""

    account_id: AccountId
    grant_id: GrantId
    reason: str
    actor: Actor
    key: RequestKey

    def __attrs_post_init__(self) -> None:
        must_say_why(self.reason)


@frozen(kw_only=True)
class GrantVoided:
    """What was taken away at once; what holds have of the lot goes when they end."""

    receipt: Receipt
    is_replay: bool


@frozen(kw_only=True)
class VoidingGrant:
    """Write the ledger line and the audit entry in one commit.

    Refusals: GrantNotFound, GrantEnded, KeyReused.
    """

    begin: BeginWork
    clock: Clock
    new_id: NewId

    async def __call__(self, command: VoidGrant) -> GrantVoided:
        async with self.begin() as work:
            wallet = await work.wallets.take(command.account_id)
            known = await work.wallets.receipt(command.key)
            if known is not None:
                return GrantVoided(receipt=known, is_replay=True)
            await _must_be_there(work, command)
            now = self.clock()
            text = TransactionText(salt=self.new_id(), description=command.reason)
            posting = wallet.void(command.grant_id, text=text, now=now, new_id=self.new_id)
            receipt = _receipt(posting, command.grant_id, now)
            kept = KeyedReceipt(key=command.key, receipt=receipt, is_kept_for_ever=False)
            await save_wallet(work, wallet, posting, now, self.new_id, [kept])
            await work.audit_log.add(
                entry(
                    self.new_id,
                    now,
                    command.actor,
                    "credits.void",
                    f"account:{command.account_id}",
                    before=f"grant {command.grant_id}",
                    after=f"voided ({receipt.amount:+d})",
                    reason=command.reason,
                )
            )
            await work.commit()
        return GrantVoided(receipt=receipt, is_replay=False)


async def _must_be_there(work: UnitOfWork, command: VoidGrant) -> None:
    """Raise GrantNotFound if the account never had the lot."""
    if command.grant_id not in await work.wallets.lots(command.account_id, [command.grant_id]):
        raise GrantNotFound(grant_id=command.grant_id)


def _receipt(posting: Posting, grant_id: GrantId, now: datetime) -> Receipt:
    """Return the receipt; a lot that was not in effect yet, or wholly held, has no line."""
    wallet = posting.wallet
    at = wallet.at(now)
    lost = None
    if posting.transactions:
        last = posting.transactions[-1]
        lost = last if last.allocations[0].grant_id == grant_id else None
    return Receipt(
        account_id=wallet.account_id,
        amount=0 if lost is None else lost.signed,
        balance=wallet.balance(at),
        available=wallet.available(at),
        at=at,
        transaction_id=None if lost is None else lost.id,
        seq=None if lost is None else lost.seq,
        grant_id=grant_id,
    )
