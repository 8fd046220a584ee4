"""Give back what a hold has set aside, by hand: with a reason, and on record."""

from __future__ import annotations

from attrs import frozen

from application.access.steps.auditing import entry, must_say_why
from application.ports.credits import KeyedReceipt, Receipt
from application.ports.idempotency import RequestKey
from application.ports.system import Clock, NewId
from application.ports.unit_of_work import BeginWork
from application.wallets.receipts import receipt_of_hold
from application.wallets.wallet_saving import save_wallet
from domain.access.audit import Actor
from domain.credits.ids import AccountId, HoldId


@frozen(kw_only=True)
class ReleaseHoldByHand:
    """End an account's hold without charging anything, and say why.

    Support does this for work that has died; what the work reported is not charged either.
    """

    account_id: AccountId
    hold_id: HoldId
    reason: str
    actor: Actor
    key: RequestKey

    def __attrs_post_init__(self) -> None:
        must_say_why(self.reason)


@frozen(kw_only=True)
class HoldReleasedByHand:
    """The release as it was first carried out."""

    receipt: Receipt
    is_replay: bool


@frozen(kw_only=True)
class ReleasingHoldByHand:
    """Write the end of the hold and the audit entry in one commit.

    Refusals: HoldNotFound, HoldNotOpen, KeyReused.
    """

    begin: BeginWork
    clock: Clock
    new_id: NewId

    async def __call__(self, command: ReleaseHoldByHand) -> HoldReleasedByHand:
        async with self.begin() as work:
            wallet = await work.wallets.take(command.account_id)
            known = await work.wallets.receipt(command.key)
            if known is not None:
                return HoldReleasedByHand(receipt=known, is_replay=True)
            hold = await work.holds.find(command.account_id, command.hold_id)
            now = self.clock()
            posting = wallet.release(command.hold_id, now=now, new_id=self.new_id)
            receipt = receipt_of_hold(posting, command.hold_id, now)
            kept = KeyedReceipt(key=command.key, receipt=receipt, is_kept_for_ever=False)
            await save_wallet(work, wallet, posting, now, self.new_id, [kept])
            await work.audit_log.add(
                entry(
                    self.new_id,
                    now,
                    command.actor,
                    "credits.release",
                    f"account:{command.account_id}",
                    before=f"hold {hold.id} of {hold.amount}",
                    after="released",
                    reason=command.reason,
                )
            )
            await work.commit()
        return HoldReleasedByHand(receipt=receipt, is_replay=False)
