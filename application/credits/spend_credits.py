"""Take credits for usage, exactly once, never more than there are."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from datetime import datetime

from attrs import field, frozen
from attrs.validators import optional

from application.credits.steps.charged_command import ChargedCommand, text_of
from application.credits.steps.charging import Charging, Cost, one_cost, purposes_for
from application.ports.credits import Receipt
from application.ports.idempotency import RequestKey
from application.ports.system import NewId
from application.wallets.group_commit import GroupCommit
from application.wallets.receipts import receipt_for_nothing, receipt_of
from application.wallets.wallet_command import Decided, Outcome
from domain.amount import positive
from domain.credits.ids import AccountId
from domain.credits.posting import Posting
from domain.credits.scope import Purposes
from domain.credits.spend_limit import NO_LIMIT, SpendLimit
from domain.credits.transaction import AI_USAGE, TransactionType
from domain.credits.usage import Usage
from domain.credits.wallet import Wallet
from domain.errors import BillingError


@frozen(kw_only=True)
class SpendCredits:
    """Spend so many credits of an account, or what its usage costs; `limit` is the caller's own.

    Model and feature say which lots with a scope may pay; usage names its model by itself.
    """

    account_id: AccountId
    amount: int | None = field(default=None, validator=optional(positive))
    usage: Usage | None = None
    type: TransactionType = AI_USAGE
    model: str | None = None
    feature: str | None = None
    description: str = ""
    metadata: str = ""
    limit: SpendLimit = NO_LIMIT
    key: RequestKey
    cost: Cost = field(init=False)
    purposes: Purposes = field(init=False)

    @cost.default
    def _one_cost(self) -> Cost:
        return one_cost(self.amount, self.usage)

    @purposes.default
    def _purposes(self) -> Purposes:
        return purposes_for(self.cost, model=self.model, feature=self.feature)


@frozen(kw_only=True)
class CreditsSpent:
    """The spend as it was first carried out."""

    receipt: Receipt
    is_replay: bool


@frozen(kw_only=True)
class SpendingCredits:
    """Send a spend through the group commit.

    Refusals: InsufficientCredits, SpendLimitExceeded, AccountFrozen, ModelUnrated, KindUnrated,
    KeyReused.
    """

    commit: GroupCommit
    charging: Charging
    new_id: NewId

    async def __call__(self, command: SpendCredits) -> CreditsSpent:
        spend = await _spend(command, self.charging, self.new_id)
        return _spent(await self.commit(spend))


@frozen(kw_only=True)
class SpendingBatch:
    """Send many spends, of any accounts, through the group commit at once.

    Each has an outcome of its own, in their order: one that is refused does not touch the others.
    """

    commit: GroupCommit
    charging: Charging
    new_id: NewId

    async def __call__(
        self, commands: Sequence[SpendCredits]
    ) -> Sequence[CreditsSpent | BaseException]:
        rated = [_spend(command, self.charging, self.new_id) for command in commands]
        spends = await asyncio.gather(*rated)
        waiting = [self._submitted(spend) for spend in spends]
        outcomes = await asyncio.gather(*waiting, return_exceptions=True)
        return [_spent(each) if isinstance(each, Outcome) else each for each in outcomes]

    def _submitted(self, spend: _Spend) -> Awaitable[Outcome]:
        try:
            return self.commit.submit(spend)
        except BillingError as refusal:
            refused: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
            refused.set_exception(refusal)
            return refused


async def _spend(command: SpendCredits, charging: Charging, new_id: NewId) -> _Spend:
    text = text_of(command, new_id)
    return _Spend(command=command, charge=await charging(command.cost), text=text)


def _spent(outcome: Outcome) -> CreditsSpent:
    return CreditsSpent(receipt=outcome.receipt, is_replay=outcome.is_replay)


@frozen(kw_only=True)
class _Spend(ChargedCommand):
    command: SpendCredits

    def decide(self, wallet: Wallet, now: datetime, new_id: NewId) -> Decided:
        amount = self.charge.checked()
        if amount == 0:
            # Usage that costs nothing is remembered by its key alone.
            posting = Posting(wallet=wallet)
            return Decided(posting=posting, receipt=receipt_for_nothing(wallet, now))
        posting = wallet.spend(
            amount,
            type=self.command.type,
            text=self.text,
            purposes=self.command.purposes,
            usage=self.charge.usage,
            limit=self.command.limit,
            now=now,
            new_id=new_id,
        )
        return Decided(posting=posting, receipt=receipt_of(posting))
