"""Give an account a lot of credits by hand, on any terms: with a reason, once, and on record."""

from __future__ import annotations

from attrs import frozen

from application.access.steps.auditing import entry, must_say_why
from application.ports.credits import KeyedReceipt, Receipt
from application.ports.idempotency import RequestKey
from application.ports.system import Clock, NewId
from application.ports.unit_of_work import BeginWork
from application.wallets.receipts import receipt_for_later, receipt_of
from application.wallets.wallet_saving import save_wallet
from domain.access.audit import Actor
from domain.credits.grant import GrantTerms
from domain.credits.ids import AccountId, GrantId
from domain.credits.transaction import TransactionText


@frozen(kw_only=True)
class GiveGrant:
    """Give a lot on these terms, and say why."""

    account_id: AccountId
    terms: GrantTerms
    reason: str
    actor: Actor
    key: RequestKey

    def __attrs_post_init__(self) -> None:
        must_say_why(self.reason)


@frozen(kw_only=True)
class GrantGiven:
    """The grant as it was first carried out."""

    receipt: Receipt
    is_replay: bool


@frozen(kw_only=True)
class GivingGrant:
    """Write the lot, its line and the audit entry in one commit.

    Refusals: GrantAlreadyOver, BalanceTooLarge, KeyReused.
    """

    begin: BeginWork
    clock: Clock
    new_id: NewId

    async def __call__(self, command: GiveGrant) -> GrantGiven:
        terms = command.terms
        async with self.begin() as work:
            wallet = await work.wallets.take(command.account_id)
            known = await work.wallets.receipt(command.key)
            if known is not None:
                return GrantGiven(receipt=known, is_replay=True)
            now = self.clock()
            grant_id = GrantId(self.new_id())
            text = TransactionText(salt=self.new_id(), description=command.reason)
            posting = wallet.grant(terms, grant_id=grant_id, text=text, now=now, new_id=self.new_id)
            at = wallet.at(now)
            if terms.effective_at is not None and terms.effective_at > at:
                receipt = receipt_for_later(posting, grant_id=grant_id, amount=terms.amount, at=at)
            else:
                receipt = receipt_of(posting, grant_id=grant_id)
            kept = KeyedReceipt(key=command.key, receipt=receipt, is_kept_for_ever=True)
            await save_wallet(work, wallet, posting, now, self.new_id, [kept])
            await work.audit_log.add(
                entry(
                    self.new_id,
                    now,
                    command.actor,
                    "credits.grant",
                    f"account:{command.account_id}",
                    before=f"balance {wallet.balance(now)}",
                    after=f"grant {grant_id} ({terms.amount:+d})",
                    reason=command.reason,
                )
            )
            await work.commit()
        return GrantGiven(receipt=receipt, is_replay=False)
