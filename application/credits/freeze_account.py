"""Stop an account from spending, by hand, until somebody lets it spend again."""

from __future__ import annotations

from attrs import evolve, frozen

from application.access.steps.auditing import entry, must_say_why
from application.ports.idempotency import RequestKey
from application.ports.system import Clock, NewId
from application.ports.unit_of_work import BeginWork
from application.wallets.wallet_saving import save_wallet
from domain.access.audit import Actor
from domain.access.errors import AccountNotFound
from domain.credits.errors import AccountAlreadyFrozen
from domain.credits.ids import AccountId
from domain.credits.posting import Posting


@frozen(kw_only=True)
class FreezeAccount:
    """Stop an account that is being abused, or has to be looked at, and say why."""

    account_id: AccountId
    reason: str
    actor: Actor
    key: RequestKey | None = None

    def __attrs_post_init__(self) -> None:
        must_say_why(self.reason)


@frozen(kw_only=True)
class SpendingStopped:
    """What the account held right after. All of it stays, and none of it can be spent."""

    account_id: AccountId
    balance: int
    available: int
    is_replay: bool = False


@frozen(kw_only=True)
class FreezingAccount:
    """Freeze the account, on record: no spend, no hold, nothing more for an open one from now on.

    What holds have set aside before may still be captured up to what they hold, since that work is
    done. Credits go on coming in and expiring. Nothing but UnfreezingAccount ends it.

    Refusals: AccountNotFound, AccountAlreadyFrozen, KeyReused.
    """

    begin: BeginWork
    clock: Clock
    new_id: NewId

    async def __call__(self, command: FreezeAccount) -> SpendingStopped:
        async with self.begin() as work:
            if command.key is not None:
                first = await work.answers.claim(command.key, SpendingStopped)
                if first is not None:
                    return evolve(first, is_replay=True)
            now = self.clock()
            wallet = await work.wallets.take(command.account_id)
            if wallet.version == 0:
                raise AccountNotFound(account_id=command.account_id)
            if wallet.is_frozen:
                raise AccountAlreadyFrozen(account_id=command.account_id)
            stopped = evolve(wallet, is_frozen=True)
            await save_wallet(work, wallet, Posting(wallet=stopped), now, self.new_id)
            answer = SpendingStopped(
                account_id=command.account_id,
                balance=stopped.balance(now),
                available=stopped.available(now),
            )
            await work.audit_log.add(
                entry(
                    self.new_id,
                    now,
                    command.actor,
                    "account.freeze",
                    f"account:{command.account_id}",
                    before="free to spend",
                    after="frozen",
                    reason=command.reason,
                )
            )
            if command.key is not None:
                await work.answers.keep(command.key, answer)
            await work.commit()
        return answer
