"""Let an account spend again that was frozen, by hand or when a refund found credits spent."""

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
class UnfreezeAccount:
    """Free an account, and say why."""

    account_id: AccountId
    reason: str
    actor: Actor
    key: RequestKey | None = None

    def __attrs_post_init__(self) -> None:
        must_say_why(self.reason)


@frozen(kw_only=True)
class AccountUnfrozen:
    """What the account held right after."""

    account_id: AccountId
    balance: int
    available: int
    is_replay: bool = False


@frozen(kw_only=True)
class UnfreezingAccount:
    """Lift the freeze, on record. Refusals: AccountNotFound, AccountNotFrozen, KeyReused."""

    begin: BeginWork
    clock: Clock
    new_id: NewId

    async def __call__(self, command: UnfreezeAccount) -> AccountUnfrozen:
        async with self.begin() as work:
            if command.key is not None:
                first = await work.answers.claim(command.key, AccountUnfrozen)
                if first is not None:
                    return evolve(first, is_replay=True)
            now = self.clock()
            freed = await turned(work, command, now, self.new_id, is_frozen=False)
            answer = AccountUnfrozen(
                account_id=command.account_id,
                balance=freed.balance(now),
                available=freed.available(now),
            )
            if command.key is not None:
                await work.answers.keep(command.key, answer)
            await work.commit()
        return answer
