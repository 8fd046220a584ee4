"""A load on services that fail meanwhile, and the proof that everything happened exactly once."""

import asyncio
from collections import Counter
from random import Random

from attrs import define, field

from tests.races.deeds import Deed, a_payment, any_deed
from tests.races.world import Violations, World, an_account
from tests.support.load import Unanswered, Unreached

FUNDS = 10_000_000
_CALLERS = 8
_SPENDERS = 6
_PAUSE_SECONDS = 0.05
_LOOKS_MAX = 150


@define(kw_only=True)
class Tally:
    """How much was asked for, and what became of it."""

    acknowledged: int = 0
    in_doubt: int = 0
    stored_in_doubt: int = 0
    refused_at_connect: int = 0
    unavailable: int = 0

    def __str__(self) -> str:
        return (
            f"{self.acknowledged} requests acknowledged, {self.in_doubt} left without an answer "
            f"(of which {self.stored_in_doubt} had been carried out), {self.unavailable} answered "
            f"503, {self.refused_at_connect} refused at connect"
        )

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            acknowledged=self.acknowledged + other.acknowledged,
            in_doubt=self.in_doubt + other.in_doubt,
            stored_in_doubt=self.stored_in_doubt + other.stored_in_doubt,
            refused_at_connect=self.refused_at_connect + other.refused_at_connect,
            unavailable=self.unavailable + other.unavailable,
        )


@define(kw_only=True)
class Load:
    """Callers who ask for all kinds of things at once, and remember what they were answered."""

    world: World
    random: Random
    spenders: list[str] = field(factory=list)
    deeds: list[Deed] = field(factory=list)
    balances: Counter[str] = field(factory=Counter)
    tally: Tally = field(factory=Tally)
    violations: Violations = field(factory=list)
    _stop: asyncio.Event = field(factory=asyncio.Event, init=False)
    _callers: list[asyncio.Task[None]] = field(factory=list, init=False)

    async def fund(self) -> None:
        """Give the spenders more than can be spent."""
        self.spenders = [an_account("spender") for _ in range(_SPENDERS)]
        for account_id in self.spenders:
            await self.world.give(account_id, FUNDS)
            self.balances[account_id] = FUNDS

    def begin(self, callers: int = _CALLERS) -> None:
        """Let the callers ask, each one thing after the other."""
        self._stop.clear()
        self._callers = [asyncio.create_task(self._call()) for _ in range(callers)]

    async def end(self) -> None:
        """Let the callers finish what they have begun."""
        self._stop.set()
        await asyncio.gather(*self._callers)

    async def abandon(self) -> None:
        """Let no caller outlive its harness, whatever went wrong there."""
        for caller in self._callers:
            caller.cancel()
        await asyncio.gather(*self._callers, return_exceptions=True)

    async def settle(self) -> Violations:
        """Repeat all that was asked since the last time, and prove that each happened once."""
        deeds, self.deeds = self.deeds, []
        await asyncio.gather(*(self._repeat(deed) for deed in deeds))
        for deed in deeds:
            self.balances[deed.account_id] += deed.effect
        touched = {deed.account_id for deed in deeds}
        wrong = await asyncio.gather(*(self._wrong_balance(each) for each in sorted(touched)))
        found = [*self.violations, *(each for one in wrong for each in one)]
        self.violations = []
        return [*found, *await self.world.broken_rules()]

    async def _call(self) -> None:
        while not self._stop.is_set():
            deed = any_deed(self.world, self.spenders, self.random)
            await self._try(deed)
            if deed.name.startswith("checkout") and deed.first is not None:
                await self._try(a_payment(deed))

    async def _try(self, deed: Deed) -> None:
        url = self.random.choice(self.world.urls)
        try:
            reply = await self.world.client.send(url, deed.ask())
        except Unreached:
            self.tally.refused_at_connect += 1
            await asyncio.sleep(_PAUSE_SECONDS)
            return
        except Unanswered:
            self.tally.in_doubt += 1
            deed.is_tried = True
            self.deeds.append(deed)
            return
        self.deeds.append(deed)
        deed.is_tried = True
        if reply.status == 503:
            self.tally.unavailable += 1
            return
        self.tally.acknowledged += 1
        self.violations += deed.take(reply)

    async def _repeat(self, deed: Deed) -> None:
        """Ask again, and once more if the first time is only now known to have happened."""
        was_in_doubt = deed.first is None
        url = self.random.choice(self.world.urls)
        reply = await self.world.client.send_at_last(url, deed.ask())
        self.violations += deed.take(reply)
        if was_in_doubt:
            self.tally.stored_in_doubt += reply.is_replay or not reply.is_done
            again = await self.world.client.send_at_last(url, deed.ask())
            self.violations += deed.take(again)

    async def _wrong_balance(self, account_id: str) -> Violations:
        """Compare a balance; what an event causes may come a little after its acknowledgement."""
        expected = self.balances[account_id]
        wrong = await self.world.wrong_balance(account_id, expected)
        for _ in range(_LOOKS_MAX if account_id.startswith("buyer") else 0):
            if not wrong:
                break
            await asyncio.sleep(0.1)
            wrong = await self.world.wrong_balance(account_id, expected)
        return wrong
