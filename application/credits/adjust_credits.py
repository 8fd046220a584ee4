"""Give or take credits by hand: with a reason, once, and on record."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

from attrs import field, frozen

from application.access.steps.auditing import must_say_why
from application.ports.credits import KeyedReceipt, Receipt
from application.ports.idempotency import RequestKey
from application.ports.system import Clock, NewId
from application.ports.unit_of_work import BeginWork
from application.wallets.receipts import receipt_of
from application.wallets.wallet_saving import save_wallet
from domain.access.audit import Actor, AuditEntry
from domain.access.ids import AuditId
from domain.amount import AMOUNT_MAX, within
from domain.credits.grant import CATEGORY_OF, Grant, GrantSource, GrantTerms
from domain.credits.ids import AccountId, GrantId
from domain.credits.posting import Posting
from domain.credits.transaction import MANUAL, LedgerAccount, TransactionText
from domain.credits.wallet import Wallet
from domain.errors import InvalidField


@frozen(kw_only=True)
class AdjustCredits:
    """Change an account's credits by a signed amount; only what is given may expire."""

    account_id: AccountId
    amount: int = field()
    reason: str
    expires_at: datetime | None = None
    actor: Actor
    key: RequestKey

    def __attrs_post_init__(self) -> None:
        within("amount", self.amount, least=-AMOUNT_MAX, most=AMOUNT_MAX)
        if self.amount == 0:
            raise InvalidField(path="amount", problem="must not be zero")
        must_say_why(self.reason)
        if self.expires_at is not None and self.amount < 0:
            problem = "goes only with an amount above zero"
            raise InvalidField(path="expires_at", problem=problem)


@frozen(kw_only=True)
class CreditsAdjusted:
    """The adjustment as it was first carried out."""

    receipt: Receipt
    is_replay: bool


@frozen(kw_only=True)
class AdjustingCredits:
    """Write the ledger line and the audit entry in one commit.

    Refusals: InsufficientCredits when more is taken than is available, GrantAlreadyOver,
    BalanceTooLarge, KeyReused.
    """

    begin: BeginWork
    clock: Clock
    new_id: NewId

    async def __call__(self, command: AdjustCredits) -> CreditsAdjusted:
        async with self.begin() as work:
            wallet = await work.wallets.take(command.account_id)
            known = await work.wallets.receipt(command.key)
            if known is not None:
                return CreditsAdjusted(receipt=known, is_replay=True)
            now = self.clock()
            posting, receipt = _adjusted(wallet, command, now, self.new_id)
            kept = KeyedReceipt(key=command.key, receipt=receipt, is_kept_for_ever=True)
            await save_wallet(work, wallet, posting, now, self.new_id, [kept])
            await work.audit_log.add(self._entry(wallet, receipt, command, now))
            await work.commit()
        return CreditsAdjusted(receipt=receipt, is_replay=False)

    def _entry(
        self, wallet: Wallet, receipt: Receipt, command: AdjustCredits, now: datetime
    ) -> AuditEntry:
        return AuditEntry(
            id=AuditId(self.new_id()),
            at=now,
            actor=command.actor,
            action="credits.adjust",
            target=f"account:{command.account_id}",
            before=f"balance {wallet.balance(now)}",
            after=f"balance {receipt.balance} ({receipt.amount:+d})",
            reason=command.reason,
        )


@frozen(kw_only=True)
class AdjustmentPreviewed:
    """What an adjustment would do now: the balances, and how much each lot would give or receive.

    Time may change it until it is carried out.
    """

    balance_before: int
    balance_after: int
    available_after: int
    lots: tuple[tuple[Grant | None, int], ...]


@frozen(kw_only=True)
class PreviewingAdjustment:
    """Judge an adjustment by the very rules that carry it out, and write nothing.

    Refusals: those of carrying it out.
    """

    wallets: Callable[[AccountId], Awaitable[Wallet]]
    clock: Clock
    new_id: NewId

    async def __call__(self, command: AdjustCredits) -> AdjustmentPreviewed:
        wallet = await self.wallets(command.account_id)
        now = self.clock()
        posting, receipt = _adjusted(wallet, command, now, self.new_id)
        known = {grant.id: grant for grant in (*wallet.grants, *posting.grants)}
        line = posting.transactions[-1]
        return AdjustmentPreviewed(
            balance_before=wallet.balance(now),
            balance_after=receipt.balance,
            available_after=receipt.available,
            lots=tuple((known.get(part.grant_id), part.amount) for part in line.allocations),
        )


def _adjusted(
    wallet: Wallet, command: AdjustCredits, now: datetime, new_id: NewId
) -> tuple[Posting, Receipt]:
    text = TransactionText(salt=new_id(), description=command.reason)
    if command.amount < 0:
        posting = wallet.spend(
            -command.amount,
            type=MANUAL,
            to=LedgerAccount.ADJUSTMENTS,
            text=text,
            now=now,
            new_id=new_id,
        )
        return posting, receipt_of(posting)
    terms = GrantTerms(
        amount=command.amount,
        source=GrantSource.MANUAL,
        category=CATEGORY_OF[GrantSource.MANUAL],
        expires_at=command.expires_at,
    )
    grant_id = GrantId(new_id())
    posting = wallet.grant(terms, grant_id=grant_id, text=text, now=now, new_id=new_id)
    return posting, receipt_of(posting, grant_id=grant_id)
