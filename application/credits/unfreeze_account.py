"""Let an account spend again that was frozen, by hand or when a refund found credits spent."""

from __future__ import annotations

from attrs import evolve, frozen

from application.access.steps.auditing import entry, must_say_why
from application.ports.idempotency import RequestKey
from application.ports.system import Clock, NewId
from application.ports.unit_of_work import BeginWork
from application.wallets.wallet_saving import save_wallet
from domain.access.audit import Actor
from domain.access.errors import AccountNotFound
from domain.credits.errors import AccountNotFrozen
from domain.credits.ids import AccountId
from domain.credits.posting import Posting


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
            wallet = await work.wallets.take(command.account_id)
            if wallet.version == 0:
                raise AccountNotFound(account_id=command.account_id)
            if not wallet.is_frozen:
                raise AccountNotFrozen(account_id=command.account_id)
            freed = evolve(wallet, is_frozen=False)
            await save_wallet(work, wallet, Posting(wallet=freed), now, self.new_id)
            answer = AccountUnfrozen(
                account_id=command.account_id,
                balance=freed.balance(now),
                available=freed.available(now),
            )
            await work.audit_log.add(
                entry(
                    self.new_id,
                    now,
                    command.actor,
                    "account.unfreeze",
                    f"account:{command.account_id}",
                    before="frozen",
                    after="free to spend",
                    reason=command.reason,
                )
            )
            if command.key is not None:
                await work.answers.keep(command.key, answer)
            await work.commit()
        return answer
