"""Set credits aside for work that is about to begin."""

from __future__ import annotations

from datetime import datetime, timedelta

from attrs import field, frozen
from attrs.validators import optional

from application.credits.steps.charged_command import ChargedCommand, text_of
from application.credits.steps.charging import Charging, Cost, one_cost, purposes_for
from application.ports.credits import Receipt
from application.ports.idempotency import RequestKey
from application.ports.system import NewId
from application.wallets.group_commit import GroupCommit
from application.wallets.receipts import receipt_of_hold
from application.wallets.wallet_command import Decided
from domain.amount import positive
from domain.credits.hold import HoldTerms, Silence, checked_ttl
from domain.credits.ids import AccountId, HoldId
from domain.credits.scope import Purposes
from domain.credits.spend_limit import NO_LIMIT, SpendLimit
from domain.credits.transaction import AI_USAGE, TransactionType
from domain.credits.usage import Usage
from domain.credits.wallet import Wallet
from domain.errors import InvalidField


@frozen(kw_only=True)
class PlaceHold:
    """Hold an amount, or what the estimated usage would cost; `limit` is the caller's own.

    `silence` says what the hold comes to if nobody ends it within `ttl`.
    """

    account_id: AccountId
    amount: int | None = field(default=None, validator=optional(positive))
    usage: Usage | None = None
    ttl: timedelta
    silence: Silence = Silence.RELEASE
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

    def __attrs_post_init__(self) -> None:
        checked_ttl(self.ttl)


@frozen(kw_only=True)
class HoldPlaced:
    """The hold as it was first placed."""

    receipt: Receipt
    is_replay: bool


@frozen(kw_only=True)
class PlacingHold:
    """Send a hold through the group commit.

    Refusals: InsufficientCredits, SpendLimitExceeded, AccountFrozen, TooManyHolds, ModelUnrated,
    KindUnrated, KeyReused; InvalidField for usage that costs nothing.
    """

    commit: GroupCommit
    charging: Charging
    new_id: NewId

    async def __call__(self, command: PlaceHold) -> HoldPlaced:
        text = text_of(command, self.new_id)
        hold = _Hold(
            command=command,
            charge=await self.charging(command.cost),
            hold_id=HoldId(self.new_id()),
            text=text,
        )
        outcome = await self.commit(hold)
        return HoldPlaced(receipt=outcome.receipt, is_replay=outcome.is_replay)


@frozen(kw_only=True)
class _Hold(ChargedCommand):
    command: PlaceHold
    hold_id: HoldId

    def decide(self, wallet: Wallet, now: datetime, new_id: NewId) -> Decided:
        amount = self.charge.checked()
        if amount == 0:
            raise InvalidField(path="usage", problem="costs nothing, so nothing need be held")
        terms = HoldTerms(
            amount=amount,
            ttl=self.command.ttl,
            silence=self.command.silence,
            type=self.command.type,
            purposes=self.command.purposes,
            text=self.text,
            usage=self.charge.usage,
        )
        posting = wallet.hold(
            terms, hold_id=self.hold_id, limit=self.command.limit, now=now, new_id=new_id
        )
        return Decided(posting=posting, receipt=receipt_of_hold(posting, self.hold_id, now))
