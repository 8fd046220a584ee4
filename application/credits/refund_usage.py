"""Pay usage back: whole or in part, into the very lots that had paid for it."""

from __future__ import annotations

from attrs import field, frozen
from attrs.validators import optional

from application.ports.credits import KeyedReceipt, Receipt
from application.ports.idempotency import RequestKey
from application.ports.system import Clock, NewId
from application.ports.unit_of_work import BeginWork
from application.wallets.wallet_saving import save_wallet
from domain.amount import positive
from domain.credits.ids import OVERDRAFT, AccountId, TransactionId
from domain.credits.posting import Posting
from domain.credits.transaction import USAGE_REFUND, TransactionText
from domain.credits.usage_refund import refund_cause, refund_usage


@frozen(kw_only=True)
class RefundUsage:
    """Refund an amount of what a transaction charged; all that is left of it, if none is said."""

    account_id: AccountId
    transaction_id: TransactionId
    amount: int | None = field(default=None, validator=optional(positive))
    description: str = ""
    metadata: str = ""
    key: RequestKey


@frozen(kw_only=True)
class UsageRefunded:
    """The refund as it was first carried out."""

    receipt: Receipt
    is_replay: bool


@frozen(kw_only=True)
class RefundingUsage:
    """Write the refund while the wallet is locked, so that no two pay back the same credits.

    Refusals: TransactionNotFound, NotUsage, UsageRefundTooLarge, BalanceTooLarge, KeyReused.
    """

    begin: BeginWork
    clock: Clock
    new_id: NewId

    async def __call__(self, command: RefundUsage) -> UsageRefunded:
        account_id = command.account_id
        async with self.begin() as work:
            wallet = await work.wallets.take(account_id)
            known = await work.wallets.receipt(command.key)
            if known is not None:
                return UsageRefunded(receipt=known, is_replay=True)
            line = await work.wallets.line(account_id, command.transaction_id)
            now = self.clock()
            paid_by = [part.grant_id for part in line.allocations if part.grant_id != OVERDRAFT]
            posting = refund_usage(
                wallet,
                line,
                await work.wallets.lots(account_id, paid_by),
                refunded=await work.wallets.refunded_of(account_id, line.id),
                amount=command.amount,
                text=TransactionText(
                    salt=self.new_id(), description=command.description, metadata=command.metadata
                ),
                now=now,
                new_id=self.new_id,
            )
            receipt = _receipt(posting, command.transaction_id)
            kept = KeyedReceipt(key=command.key, receipt=receipt, is_kept_for_ever=True)
            await save_wallet(work, wallet, posting, now, self.new_id, [kept])
            await work.commit()
        return UsageRefunded(receipt=receipt, is_replay=False)


def _receipt(posting: Posting, transaction_id: TransactionId) -> Receipt:
    """Return the receipt for a refund: one line, or two where not all of it found its lot."""
    cause = refund_cause(transaction_id)
    lines = [
        line for line in posting.transactions if line.type == USAGE_REFUND and line.cause == cause
    ]
    last, wallet = lines[-1], posting.wallet
    return Receipt(
        account_id=wallet.account_id,
        amount=sum(line.signed for line in lines),
        balance=wallet.balance(last.at),
        available=wallet.available(last.at),
        at=last.at,
        transaction_id=last.id,
        seq=last.seq,
    )
