"""Commands about a hold that must still be open, and the answer when it is not."""

from __future__ import annotations

from attrs import frozen

from application.ports.unit_of_work import BeginRead
from application.wallets.group_commit import GroupCommit
from application.wallets.settling import SettleWallet
from application.wallets.wallet_command import Outcome, WalletCommand
from domain.credits.errors import HoldNotOpen
from domain.credits.ids import HoldId


@frozen(kw_only=True)
class OpenHolds:
    """Send a command through the group commit; whoever comes too late is told how the hold ended.

    Refusals: those of the command, HoldNotFound, HoldNotOpen, KeyReused.
    """

    commit: GroupCommit
    read: BeginRead

    async def __call__(self, command: WalletCommand, hold_id: HoldId) -> Outcome:
        try:
            return await self.commit(command)
        except HoldNotOpen:
            # Time may have ended it with nobody looking: that is posted first.
            await self.commit(SettleWallet(account_id=command.account_id))
            async with self.read() as work:
                hold = await work.holds.find(command.account_id, hold_id)
        raise HoldNotOpen(
            hold_id=hold_id,
            state=hold.state.value,
            ended_at=hold.ended_at,
            captured=hold.captured,
            shortfall=hold.shortfall,
            transaction_id=hold.transaction_id,
        )
