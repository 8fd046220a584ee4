"""What an account may owe, and below which levels somebody wants to be told."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import evolve, field, frozen

from application.access.steps.auditing import entry, must_say_why
from application.ports.credits import Ledger
from application.ports.system import Clock, NewId
from application.ports.unit_of_work import BeginWork
from application.wallets.wallet_saving import save_wallet
from domain.access.audit import Actor
from domain.amount import AMOUNT_MAX, within
from domain.credits.ids import AccountId
from domain.credits.low_balance import LowBalanceWatch, Threshold
from domain.credits.posting import Posting
from domain.credits.standing import Standing, standing


@frozen(kw_only=True)
class SetOverdraft:
    """Let an account owe so many credits, 0 for none and None without end, and say why."""

    account_id: AccountId
    limit: int | None = field()
    reason: str
    actor: Actor

    def __attrs_post_init__(self) -> None:
        if self.limit is not None:
            within("limit", self.limit, least=0, most=AMOUNT_MAX)
        must_say_why(self.reason)


@frozen(kw_only=True)
class SettingOverdraft:
    """Change the limit, on record. What is owed already stays owed, whatever the limit is."""

    begin: BeginWork
    clock: Clock
    new_id: NewId

    async def __call__(self, command: SetOverdraft) -> Standing:
        async with self.begin() as work:
            wallet = await work.wallets.take(command.account_id)
            now = self.clock()
            changed = evolve(wallet, overdraft_max=command.limit)
            await save_wallet(work, wallet, Posting(wallet=changed), now, self.new_id)
            await work.audit_log.add(
                entry(
                    self.new_id,
                    now,
                    command.actor,
                    "account.overdraft",
                    f"account:{command.account_id}",
                    before=_limit_text(wallet.overdraft_max),
                    after=_limit_text(command.limit),
                    reason=command.reason,
                )
            )
            await work.commit()
        return standing(changed, now)


def _limit_text(limit: int | None) -> str:
    return "without end" if limit is None else f"up to {limit}"


@frozen(kw_only=True)
class SetAlerts:
    """Watch an account by these thresholds, in place of those it had."""

    account_id: AccountId
    thresholds: Sequence[Threshold]
    actor: Actor


@frozen(kw_only=True)
class SettingAlerts:
    """Change the thresholds, on record. Refusals: InvalidField for too many, or one level twice."""

    begin: BeginWork
    clock: Clock
    new_id: NewId

    async def __call__(self, command: SetAlerts) -> Sequence[Threshold]:
        async with self.begin() as work:
            wallet = await work.wallets.take(command.account_id)
            now = self.clock()
            changed = wallet.watching(tuple(command.thresholds), now)
            await save_wallet(work, wallet, Posting(wallet=changed), now, self.new_id)
            await work.audit_log.add(
                entry(
                    self.new_id,
                    now,
                    command.actor,
                    "account.alerts",
                    f"account:{command.account_id}",
                    before=_levels(wallet.watch),
                    after=_levels(changed.watch),
                )
            )
            await work.commit()
        return () if changed.watch is None else changed.watch.thresholds


def _levels(watch: LowBalanceWatch | None) -> str:
    thresholds = () if watch is None else watch.thresholds
    levels = [f"{t.percent} %" if t.amount is None else str(t.amount) for t in thresholds]
    return ", ".join(levels) or "none"


@frozen(kw_only=True)
class ReadAlerts:
    """Ask for an account's thresholds."""

    account_id: AccountId


@frozen(kw_only=True)
class ReadingAlerts:
    """Return the thresholds, and whether each would be told of."""

    ledger: Ledger

    async def __call__(self, command: ReadAlerts) -> Sequence[Threshold]:
        wallet = (await self.ledger.load([command.account_id]))[command.account_id]
        return () if wallet.watch is None else wallet.watch.thresholds
