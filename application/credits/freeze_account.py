"""Stop an account from spending, by hand, until somebody lets it spend again."""

from __future__ import annotations

from attrs import evolve, frozen

from application.access.steps.auditing import must_say_why
from application.credits.steps.freezing import turned
from application.ports.idempotency import RequestKey
from application.ports.system import Clock, NewId
from application.ports.unit_of_work import BeginWork
from domain.access.audit import Actor
from domain.credits.ids import AccountId


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
            stopped = await turned(work, command, now, self.new_id, is_frozen=True)
            answer = SpendingStopped(
                account_id=command.account_id,
                balance=stopped.balance(now),
                available=stopped.available(now),
            )
            if command.key is not None:
                await work.answers.keep(command.key, answer)
            await work.commit()
        return answer
