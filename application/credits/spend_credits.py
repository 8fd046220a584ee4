"""Take credits for usage, exactly once, never more than there are."""

from __future__ import annotations

from datetime import datetime

from attrs import field, frozen

from application.group_commit import GroupCommit
from application.ports.credits import Receipt
from application.ports.idempotency import RequestKey
from application.ports.system import NewId
from application.receipts import receipt_of
from application.wallet_command import Decided, Outcome
from domain.amount import positive
from domain.credits.ids import AccountId
from domain.credits.transaction import AI_USAGE, TransactionText, TransactionType
from domain.credits.wallet import NO_LIMIT, SpendLimit, Wallet


@frozen(kw_only=True)
class SpendCredits:
    """Spend so many credits of an account; `limit` is the caller's own."""

    account_id: AccountId
    amount: int = field(validator=positive)
    type: TransactionType = AI_USAGE
    description: str = ""
    metadata: str = ""
    limit: SpendLimit = NO_LIMIT
    key: RequestKey


@frozen(kw_only=True)
class CreditsSpent:
    """The spend as it was first carried out."""

    receipt: Receipt
    is_replay: bool


@frozen(kw_only=True)
class SpendingCredits:
    """Send a spend through the group commit.

    Refusals: InsufficientCredits, SpendLimitExceeded, AccountFrozen, KeyReused.
    """

    commit: GroupCommit
    new_id: NewId

    async def __call__(self, command: SpendCredits) -> CreditsSpent:
        text = TransactionText(
            salt=self.new_id(), description=command.description, metadata=command.metadata
        )
        outcome: Outcome = await self.commit(_Spend(command=command, text=text))
        return CreditsSpent(receipt=outcome.receipt, is_replay=outcome.is_replay)


@frozen(kw_only=True)
class _Spend:
    command: SpendCredits
    text: TransactionText

    @property
    def account_id(self) -> AccountId:
        return self.command.account_id

    @property
    def key(self) -> RequestKey:
        return self.command.key

    @property
    def is_kept_for_ever(self) -> bool:
        return False

    def decide(self, wallet: Wallet, now: datetime, new_id: NewId) -> Decided:
        posting = wallet.spend(
            self.command.amount,
            type=self.command.type,
            text=self.text,
            limit=self.command.limit,
            now=now,
            new_id=new_id,
        )
        return Decided(posting=posting, receipt=receipt_of(posting))
