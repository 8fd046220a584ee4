"""A group commit in a world where everything that can go wrong does so on request."""

import asyncio
from collections import Counter
from collections.abc import Sequence

from attrs import Factory, define, field

from adapters.stores.memory.store import MemoryStore
from application.credits.verify_ledger import VerifyingLedger, VerifyLedger
from application.wallets.group_commit import GroupCommit
from application.wallets.wallet_command import Outcome, WalletCommand
from domain.credits.ids import AccountId
from domain.credits.transaction import Transaction
from tests.application.scripted_ledger import ScriptedLedger, give
from tests.support.builders.credits import SOMEBODY
from tests.support.clock import CountedIds, SettableClock


@define(kw_only=True)
class World:
    """A group commit over a scripted ledger over a memory store."""

    store: MemoryStore = Factory(MemoryStore)
    clock: SettableClock = Factory(SettableClock)
    new_id: CountedIds = Factory(CountedIds)
    pauses: list[float] = Factory(list)
    ledger: ScriptedLedger = field()
    commit: GroupCommit = field()

    @ledger.default
    def _ledger(self) -> ScriptedLedger:
        return ScriptedLedger(self.store.ledger)

    @commit.default
    def _commit(self) -> GroupCommit:
        return GroupCommit(
            ledger=self.ledger, clock=self.clock, new_id=self.new_id, pause=self.pause
        )

    async def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)

    async def fund(self, amount: int, *accounts: AccountId) -> None:
        """Give accounts something, and forget that it took writes."""
        for account_id in accounts or (SOMEBODY,):
            await self.commit(give(amount, account_id=account_id))
        self.ledger.batches.clear()
        self.ledger.loads.clear()

    async def all(self, commands: Sequence[WalletCommand]) -> list[Outcome | BaseException]:
        """Send commands side by side, and return what became of each."""
        return await asyncio.gather(*map(self.commit, commands), return_exceptions=True)

    async def balance(self, account_id: AccountId = SOMEBODY) -> int:
        wallet = (await self.store.ledger.load([account_id]))[account_id]
        return wallet.balance(self.clock())

    async def lines(self, account_id: AccountId = SOMEBODY) -> Sequence[Transaction]:
        return await self.store.records.lines(account_id, 0, 10_000)

    async def is_proved(self) -> bool:
        found = await VerifyingLedger(records=self.store.records)(VerifyLedger())
        return not found.breaches

    def held_open(self) -> "World":
        """Keep the next write open until the gate is opened."""
        self.ledger.gate.clear()
        return self


async def a_while() -> None:
    """Let everything that can run, run."""
    for _ in range(50):
        await asyncio.sleep(0)


def kinds(outcomes: Sequence[object]) -> Counter[str]:
    return Counter(type(outcome).__name__ for outcome in outcomes)
