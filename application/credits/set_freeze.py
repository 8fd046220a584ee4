"""Stop an account from spending by hand, or let a frozen one spend again."""

from __future__ import annotations

from attrs import evolve, frozen

from application.access.steps.account_names import is_known
from application.access.steps.auditing import entry, must_say_why
from application.ports.idempotency import RequestKey
from application.ports.system import Clock, NewId
from application.ports.unit_of_work import BeginWork, UnitOfWork
from application.wallets.wallet_saving import save_wallet
from domain.access.audit import Actor
from domain.access.errors import AccountNotFound
from domain.credits.errors import AccountAlreadyFrozen, AccountNotFrozen
from domain.credits.ids import AccountId
from domain.credits.posting import Posting
from domain.credits.wallet import Wallet


@frozen(kw_only=True)
class SetFreeze:
    """Have an account frozen from now on, or free to spend again, and say why.

    It may have been frozen by hand, or when a refund found its credits spent.
    """

    account_id: AccountId
    is_frozen: bool
    reason: str
    actor: Actor
    key: RequestKey | None = None

    def __attrs_post_init__(self) -> None:
        must_say_why(self.reason)


@frozen(kw_only=True)
class FreezeSet:
    """What the account held right after: all of it, as neither a freeze nor its end takes any."""

    account_id: AccountId
    balance: int
    available: int
    is_replay: bool = False


@frozen(kw_only=True)
class SettingFreeze:
    """Freeze the account, on record: no spend, no hold, nothing more for an open one from now on.

    What holds have set aside before may still be captured up to what they hold, since that work is
    done. Credits go on coming in and expiring. Nothing but the same use case ends it. An account of
    which anything is known can be frozen before it has any credits: it is to spend nothing of what
    an open checkout may still bring.

    Refusals: AccountNotFound, AccountAlreadyFrozen, AccountNotFrozen, KeyReused.
    """

    begin: BeginWork
    clock: Clock
    new_id: NewId

    async def __call__(self, command: SetFreeze) -> FreezeSet:
        async with self.begin() as work:
            if command.key is not None:
                first = await work.answers.claim(command.key, FreezeSet)
                if first is not None:
                    return evolve(first, is_replay=True)
            now = self.clock()
            before = await _taken(work, command)
            after = evolve(before, is_frozen=command.is_frozen)
            await save_wallet(work, before, Posting(wallet=after), now, self.new_id)
            await work.audit_log.add(
                entry(
                    self.new_id,
                    now,
                    command.actor,
                    "account.freeze" if command.is_frozen else "account.unfreeze",
                    f"account:{command.account_id}",
                    before=_said(before),
                    after=_said(after),
                    reason=command.reason,
                )
            )
            answer = FreezeSet(
                account_id=command.account_id,
                balance=after.balance(now),
                available=after.available(now),
            )
            if command.key is not None:
                await work.answers.keep(command.key, answer)
            await work.commit()
        return answer


async def _taken(work: UnitOfWork, command: SetFreeze) -> Wallet:
    wallet = await work.wallets.take(command.account_id)
    if wallet.version == 0 and not await is_known(work, command.account_id):
        raise AccountNotFound(account_id=command.account_id)
    if wallet.is_frozen == command.is_frozen:
        refusal = AccountAlreadyFrozen if command.is_frozen else AccountNotFrozen
        raise refusal(account_id=command.account_id)
    return wallet


def _said(wallet: Wallet) -> str:
    return "frozen" if wallet.is_frozen else "free to spend"
