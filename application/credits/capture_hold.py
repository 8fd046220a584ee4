"""Charge what the work of a hold has cost, and give the rest back."""

from __future__ import annotations

from datetime import datetime

from attrs import field, frozen
from attrs.validators import optional

from application.credits.steps.charging import Charge, Charging, one_cost
from application.credits.steps.keyed_command import KeyedCommand
from application.credits.steps.open_holds import OpenHolds
from application.ports.credits import Receipt
from application.ports.idempotency import RequestKey
from application.ports.system import NewId
from application.wallets.receipts import receipt_of_hold
from application.wallets.wallet_command import Decided
from domain.amount import not_negative
from domain.credits.ids import AccountId, HoldId
from domain.credits.transaction import TransactionText
from domain.credits.usage import Usage
from domain.credits.wallet import Wallet
from domain.errors import InvalidField


@frozen(kw_only=True)
class CaptureHold:
    """End a hold by charging an amount, or what was used; what was reported, if neither is said.

    Description and metadata replace those of the hold, if either is given.
    """

    account_id: AccountId
    hold_id: HoldId
    amount: int | None = field(default=None, validator=optional(not_negative))
    usage: Usage | None = None
    description: str = ""
    metadata: str = ""
    key: RequestKey

    def __attrs_post_init__(self) -> None:
        if self.amount is not None and self.usage is not None:
            raise InvalidField(path="usage", problem="cannot be given together with amount")


@frozen(kw_only=True)
class HoldCaptured:
    """The capture as it was first carried out; `released` credits came back unspent."""

    receipt: Receipt
    released: int
    is_replay: bool


@frozen(kw_only=True)
class CapturingHold:
    """Send a capture through the group commit. It goes beyond the hold as far as there is anything.

    Refusals: HoldNotFound, HoldNotOpen, ModelUnrated, KindUnrated, KeyReused; InvalidField where
    no amount was said or reported.
    """

    holds: OpenHolds
    charging: Charging
    new_id: NewId

    async def __call__(self, command: CaptureHold) -> HoldCaptured:
        charge = None
        if command.amount is not None or command.usage is not None:
            charge = await self.charging(one_cost(command.amount, command.usage))
        text = None
        if command.description or command.metadata:
            text = TransactionText(
                salt=self.new_id(), description=command.description, metadata=command.metadata
            )
        capture = _Capture(command=command, charge=charge, text=text)
        outcome = await self.holds(capture, command.hold_id)
        about = outcome.receipt.hold
        assert about is not None
        return HoldCaptured(
            receipt=outcome.receipt,
            released=max(0, about.amount - (about.captured or 0)),
            is_replay=outcome.is_replay,
        )


@frozen(kw_only=True)
class _Capture(KeyedCommand):
    command: CaptureHold
    charge: Charge | None
    text: TransactionText | None

    def decide(self, wallet: Wallet, now: datetime, new_id: NewId) -> Decided:
        hold_id = self.command.hold_id
        if self.charge is None:
            amount = _reported(wallet.as_of(now), hold_id)
        else:
            amount = self.charge.checked()
        posting = wallet.capture(
            hold_id,
            amount,
            text=self.text,
            usage=None if self.charge is None else self.charge.usage,
            now=now,
            new_id=new_id,
        )
        return Decided(posting=posting, receipt=receipt_of_hold(posting, hold_id, now))


def _reported(wallet: Wallet, hold_id: HoldId) -> int:
    reported = wallet.open_hold(hold_id).reported
    if reported == 0:
        raise InvalidField(path="amount", problem="must be said: nothing was reported to the hold")
    return reported
