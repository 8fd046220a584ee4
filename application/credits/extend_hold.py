"""Keep a hold alive while its work goes on, and say what that has cost so far."""

from __future__ import annotations

from datetime import datetime, timedelta

from attrs import field, frozen
from attrs.validators import optional

from application.credits.steps.charging import Charge, Charging, Cost
from application.credits.steps.keyed_command import KeyedCommand
from application.credits.steps.open_holds import OpenHolds
from application.ports.credits import Receipt
from application.ports.idempotency import RequestKey
from application.ports.system import NewId
from application.wallets.receipts import receipt_of_hold
from application.wallets.wallet_command import Decided
from domain.amount import not_negative, positive
from domain.credits.hold import checked_ttl
from domain.credits.ids import AccountId, HoldId
from domain.credits.spend_limit import NO_LIMIT, SpendLimit
from domain.credits.usage import Usage
from domain.credits.wallet import Wallet
from domain.errors import InvalidField


@frozen(kw_only=True)
class ExtendHold:
    """Let a hold live `ttl` longer from now on, and report what its work has cost since it began.

    What is reported is the whole, in credits or as usage. `amount` raises what is set aside.
    """

    account_id: AccountId
    hold_id: HoldId
    ttl: timedelta
    reported: int | None = field(default=None, validator=optional(not_negative))
    usage: Usage | None = None
    amount: int | None = field(default=None, validator=optional(positive))
    limit: SpendLimit = NO_LIMIT
    key: RequestKey

    def __attrs_post_init__(self) -> None:
        checked_ttl(self.ttl)
        if self.reported is not None and self.usage is not None:
            raise InvalidField(path="usage", problem="cannot be given together with reported")

    @property
    def so_far(self) -> Cost:
        """What is reported; nothing, unless something was said."""
        return self.usage if self.usage is not None else self.reported or 0


@frozen(kw_only=True)
class HoldExtended:
    """The hold as it was after its first extension under this key."""

    receipt: Receipt
    is_covered: bool
    is_replay: bool


@frozen(kw_only=True)
class ExtendingHold:
    """Send an extension through the group commit.

    Refusals: HoldNotFound, HoldNotOpen, InsufficientCredits, SpendLimitExceeded, AccountFrozen,
    ModelUnrated, KindUnrated, KeyReused.
    """

    holds: OpenHolds
    charging: Charging

    async def __call__(self, command: ExtendHold) -> HoldExtended:
        extension = _Extension(command=command, charge=await self.charging(command.so_far))
        outcome = await self.holds(extension, command.hold_id)
        about = outcome.receipt.hold
        assert about is not None
        return HoldExtended(
            receipt=outcome.receipt,
            is_covered=(about.reported or 0) <= about.amount,
            is_replay=outcome.is_replay,
        )


@frozen(kw_only=True)
class _Extension(KeyedCommand):
    command: ExtendHold
    charge: Charge

    def decide(self, wallet: Wallet, now: datetime, new_id: NewId) -> Decided:
        hold_id = self.command.hold_id
        posting = wallet.extend(
            hold_id,
            ttl=self.command.ttl,
            reported=self.charge.checked(),
            usage=self.charge.usage,
            amount=self.command.amount,
            limit=self.command.limit,
            now=now,
            new_id=new_id,
        )
        return Decided(posting=posting, receipt=receipt_of_hold(posting, hold_id, now))
