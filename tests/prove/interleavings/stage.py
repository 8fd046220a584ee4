"""Where a scenario is played: a shop on a stepped store, and a second process beside it."""

from collections.abc import Coroutine, Sequence
from typing import Any

from attrs import define, evolve, field

from adapters.stores.memory.tables import Tables
from application.credits.sweep_expired import SweepExpired, SweepingExpired
from application.credits.verify_ledger import VerifyingLedger, VerifyLedger
from application.ports.provider import CheckoutOpened, CheckoutRequest
from application.ports.provider_calls import RefundRequest, RefundTaken
from application.wallets.group_commit import GroupCommit
from domain.credits.ids import AccountId
from domain.credits.transaction import Transaction
from domain.payments.inbox import InboxEvent
from domain.payments.provider_event import ProviderEvent
from tests.application.shop import Shop
from tests.prove.interleavings.loop import SteppingLoop
from tests.prove.interleavings.stepped_store import SteppedStore, copied
from tests.prove.interleavings.steps import Steps
from tests.support.builders.credits import SOMEBODY
from tests.support.clock import CountedIds, SettableClock
from tests.support.fake_provider import MarionetteProvider

PROCESSES = 4

Violations = list[str]
Actor = Coroutine[Any, Any, object]


@define(kw_only=True)
class SteppedProvider(MarionetteProvider):
    """A provider on strings; each call out is a step."""

    steps: Steps

    async def open_checkout(self, request: CheckoutRequest) -> CheckoutOpened:
        await self.steps.step("provider.open_checkout")
        return await super().open_checkout(request)

    async def close_checkout(self, session_id: str) -> None:
        await self.steps.step("provider.close_checkout")
        await super().close_checkout(session_id)

    async def read_checkout(self, session_id: str) -> tuple[ProviderEvent, ...]:
        await self.steps.step("provider.read_checkout")
        return await super().read_checkout(session_id)

    async def refund(self, request: RefundRequest) -> RefundTaken:
        await self.steps.step("provider.refund")
        return await super().refund(request)

    async def translate(self, event: InboxEvent) -> tuple[ProviderEvent, ...]:
        await self.steps.step("provider.translate")
        return await super().translate(event)

    def twin(self, steps: Steps) -> "SteppedProvider":
        """Return a provider that has been through the same, and goes its own way from here."""
        return evolve(
            self,
            steps=steps,
            meanings=dict(self.meanings),
            asked=list(self.asked),
            checkouts=dict(self.checkouts),
            closed=list(self.closed),
            sessions=dict(self.sessions),
            reversals=dict(self.reversals),
            questions=list(self.questions),
            refunds=list(self.refunds),
            gone_back=dict(self.gone_back),
        )


@define(kw_only=True)
class Stage(Shop):
    """A shop whose use cases are stepped, with several processes on one store."""

    steps: Steps
    processes: list[GroupCommit] = field()

    @processes.default
    def _processes(self) -> list[GroupCommit]:
        return [
            GroupCommit(ledger=self.store.ledger, clock=self.clock, new_id=self.new_id)
            for _ in range(PROCESSES)
        ]

    async def passes(self, *, minutes: float) -> None:
        """Let the clock go on."""
        await self.steps.step(f"{minutes} minutes pass")
        self.clock.advance(minutes=minutes)

    async def sweeps(self, commit: GroupCommit) -> None:
        """Let a process post what time has decided."""
        sweep = SweepingExpired(records=self.store.records, commit=commit, clock=self.clock)
        await sweep(SweepExpired())

    async def broken_rules(self) -> Violations:
        """Return what must never be, whatever was played."""
        found = await VerifyingLedger(records=self.store.records)(VerifyLedger())
        broken = [f"the ledger is broken: {breach}" for breach in found.breaches]
        broken += [f"{what}: {fault!r}" for what, fault in self.alarms]
        if self.steps.locks.holders:
            broken.append(f"locks are held for ever: {self.steps.locks.holders}")
        return broken

    async def given(self, account_id: AccountId = SOMEBODY) -> int:
        """Return the credits that ever came into a wallet."""
        return sum(line.signed for line in await self._lines(account_id) if line.signed > 0)

    async def taken(self, account_id: AccountId = SOMEBODY) -> int:
        """Return the credits that ever left a wallet."""
        return -sum(line.signed for line in await self._lines(account_id) if line.signed < 0)

    async def _lines(self, account_id: AccountId) -> Sequence[Transaction]:
        return await self.store.records.lines(account_id, 0, 1000)


@define(kw_only=True)
class Prepared:
    """A stage as a scenario has prepared it, of which every schedule gets a copy."""

    tables: Tables
    provider: SteppedProvider
    clock: SettableClock
    new_id: CountedIds

    def stage(self, loop: SteppingLoop, unlocked: tuple[str, ...] = ()) -> Stage:
        """Return a new stage, as prepared."""
        steps = Steps(loop)
        return Stage(
            steps=steps,
            store=SteppedStore(tables=copied(self.tables), steps=steps, unlocked=unlocked),
            provider=self.provider.twin(steps),
            clock=SettableClock(self.clock.now),
            new_id=CountedIds(self.new_id.lane, self.new_id.count),
        )


def a_bare_stage(loop: SteppingLoop) -> Stage:
    """Return a stage on which nothing has been prepared."""
    steps = Steps(loop)
    return Stage(
        steps=steps,
        store=SteppedStore(tables=Tables(), steps=steps),
        provider=SteppedProvider(steps=steps),
    )


def as_prepared(stage: Stage) -> Prepared:
    """Keep what was prepared."""
    provider, store = stage.provider, stage.store
    assert isinstance(provider, SteppedProvider)
    return Prepared(tables=store.tables, provider=provider, clock=stage.clock, new_id=stage.new_id)
