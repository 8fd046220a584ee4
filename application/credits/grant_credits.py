"""Give an account credits from the product's own backend: a welcome, a reward, a migration."""

from __future__ import annotations

from datetime import datetime

from attrs import frozen

from application.credits.steps.keyed_command import KeyedCommand
from application.ports.credits import Receipt
from application.ports.idempotency import RequestKey
from application.ports.system import NewId
from application.wallets.group_commit import GroupCommit
from application.wallets.receipts import receipt_for_later, receipt_of
from application.wallets.wallet_command import Decided
from domain.credits.grant import GrantTerms
from domain.credits.ids import AccountId, GrantId
from domain.credits.transaction import TransactionText
from domain.credits.wallet import Wallet


@frozen(kw_only=True)
class GrantCredits:
    """Add one lot to an account's wallet."""

    account_id: AccountId
    terms: GrantTerms
    description: str = ""
    metadata: str = ""
    key: RequestKey


@frozen(kw_only=True)
class CreditsGranted:
    """The grant as it was first carried out."""

    receipt: Receipt
    is_replay: bool


@frozen(kw_only=True)
class GrantingCredits:
    """Send a grant through the group commit. Refusals: GrantAlreadyOver, BalanceTooLarge."""

    commit: GroupCommit
    new_id: NewId

    async def __call__(self, command: GrantCredits) -> CreditsGranted:
        text = TransactionText(
            salt=self.new_id(), description=command.description, metadata=command.metadata
        )
        grant = _Grant(command=command, grant_id=GrantId(self.new_id()), text=text)
        outcome = await self.commit(grant)
        return CreditsGranted(receipt=outcome.receipt, is_replay=outcome.is_replay)


@frozen(kw_only=True)
class _Grant(KeyedCommand):
    command: GrantCredits
    grant_id: GrantId
    text: TransactionText

    @property
    def is_kept_for_ever(self) -> bool:
        return True

    def decide(self, wallet: Wallet, now: datetime, new_id: NewId) -> Decided:
        terms = self.command.terms
        posting = wallet.grant(
            terms, grant_id=self.grant_id, text=self.text, now=now, new_id=new_id
        )
        at = wallet.at(now)
        if terms.effective_at is not None and terms.effective_at > at:
            receipt = receipt_for_later(posting, grant_id=self.grant_id, amount=terms.amount, at=at)
        else:
            receipt = receipt_of(posting, grant_id=self.grant_id)
        return Decided(posting=posting, receipt=receipt)
