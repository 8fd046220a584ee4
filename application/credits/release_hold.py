"""Give back all that a hold has set aside."""

from __future__ import annotations

from datetime import datetime

from attrs import frozen

from application.credits.steps.open_holds import OpenHolds
from application.ports.credits import Receipt
from application.ports.idempotency import RequestKey
from application.ports.system import NewId
from application.wallets.receipts import receipt_of_hold
from application.wallets.wallet_command import Decided
from domain.credits.ids import AccountId, HoldId
from domain.credits.wallet import Wallet


@frozen(kw_only=True)
class ReleaseHold:
    """End a hold without charging anything. It is the wallet command itself."""

    account_id: AccountId
    hold_id: HoldId
    key: RequestKey

    @property
    def is_kept_for_ever(self) -> bool:
        return False

    def decide(self, wallet: Wallet, now: datetime, new_id: NewId) -> Decided:
        posting = wallet.release(self.hold_id, now=now, new_id=new_id)
        return Decided(posting=posting, receipt=receipt_of_hold(posting, self.hold_id, now))


@frozen(kw_only=True)
class HoldReleased:
    """The release as it was first carried out."""

    receipt: Receipt
    is_replay: bool


@frozen(kw_only=True)
class ReleasingHold:
    """Send a release through the group commit. Refusals: HoldNotFound, HoldNotOpen, KeyReused."""

    holds: OpenHolds

    async def __call__(self, command: ReleaseHold) -> HoldReleased:
        outcome = await self.holds(command, command.hold_id)
        return HoldReleased(receipt=outcome.receipt, is_replay=outcome.is_replay)
