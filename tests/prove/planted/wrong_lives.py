"""Services that are wrong in ways which only a whole life under faults brings to light."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, cast

from attrs import asdict, define, evolve, field, frozen
from dependency_injector.providers import Object, Provider, Singleton

from application.credits.sweep_expired import ExpiredSwept, SweepExpired, SweepingExpired
from application.payments.compare_stretch import (
    CompareStretch,
    ComparingStretch,
    StretchCompared,
)
from application.payments.reconcile import Reconcile, Reconciled
from application.payments.steps.comparison import Comparison
from application.ports.coupons import Redemptions
from application.ports.credits import Batch, Committed, Ledger
from application.ports.provider import CheckoutRequest
from application.ports.provider_calls import RefundRequest, RefundTaken
from application.ports.system import Clock
from application.ports.unit_of_work import BeginWork, UnitOfWork
from application.wallets.group_commit import GroupCommit
from domain.payments.errors import ProviderUnavailable
from domain.payments.inbox import InboxEvent
from domain.payments.provider_event import PeriodPaid, ProviderEvent, SubscriptionReported
from domain.promotions.redemption import Redemption, RedemptionStatus
from entrypoints.container import Container
from entrypoints.operations import Operations, operations_of
from tests.prove.planted.wrong_ledgers import (
    ForgetfulLedger,
    HonestLedger,
    HopefulLedger,
    UnguardedLedger,
)
from tests.prove.planted.wrong_payments import crediting_by_event_id
from tests.prove.simulation.faulty_provider import FaultyProvider
from tests.prove.simulation.faulty_store import Life
from tests.prove.simulation.provider_records import CHANNEL
from tests.prove.simulation.service import Plant, no_pause
from tests.support.clock import fresh_id


class FreshKeys(FaultyProvider):
    """Every try goes out under a key of its own: what the provider has done, it does again."""

    def checkout_key(self, request: CheckoutRequest) -> str:
        return fresh_id()

    async def refund(self, request: RefundRequest) -> RefundTaken:
        return await super().refund(evolve(request, key=f"{request.key}-{fresh_id()}"))


class RenewedByDelivery(FaultyProvider):
    """A period is known by the event that tells of it, and not by the payment that paid it."""

    async def translate(self, event: InboxEvent) -> tuple[ProviderEvent, ...]:
        return tuple(
            evolve(fact, payment=evolve(fact.payment, provider_payment_id=event.event_id))
            if isinstance(fact, PeriodPaid) and fact.order_id is None
            else fact
            for fact in await super().translate(event)
        )


class NewsByArrival(FaultyProvider):
    """What is told of a subscription counts as of when it arrives: old news overrules newer."""

    async def translate(self, event: InboxEvent) -> tuple[ProviderEvent, ...]:
        now = self.books.clock()
        return tuple(
            evolve(fact, as_of=now) if isinstance(fact, SubscriptionReported) else fact
            for fact in await super().translate(event)
        )


@define
class EventsAfterwards(HonestLedger):
    """Tells of a change in a commit of its own, right after the change."""

    begin: BeginWork

    async def write(self, batch: Batch) -> Committed:
        silent = tuple(evolve(write, events=()) for write in batch.writes)
        committed = await self.ledger.write(evolve(batch, writes=silent))
        async with self.begin() as work:
            for write in batch.writes:
                if write.posting.wallet.account_id in committed.written:
                    for event in write.events:
                        await work.outbox.add(event)
            await work.commit()
        return committed


@define
class HoldsStayOpen(HonestLedger):
    """Takes the credits of a hold that has ended, and forgets to write down that it has."""

    async def write(self, batch: Batch) -> Committed:
        forgetful = tuple(
            evolve(
                write,
                posting=evolve(
                    write.posting, holds=tuple(each for each in write.posting.holds if each.is_open)
                ),
            )
            for write in batch.writes
        )
        return await self.ledger.write(evolve(batch, writes=forgetful))


@define(eq=False)
class SweepersClock:
    """Shows when the sweeper last came by: what has expired since counts as if it had not."""

    clock: Clock
    swept_at: datetime | None = field(default=None, init=False)

    def __call__(self) -> datetime:
        if self.swept_at is None:
            self.swept_at = self.clock()
        return self.swept_at


@frozen
class SweepingWithClock:
    """Sweeps as ever, and moves the clock on."""

    honest: SweepingExpired
    clock: SweepersClock

    async def __call__(self, command: SweepExpired) -> ExpiredSwept:
        self.clock.swept_at = self.clock.clock()
        return await self.honest(command)


@frozen
class _SlotsFreedAgain:
    """Coupons whose uses are given back without a note of it, so that they are given back again."""

    redemptions: Redemptions

    def __getattr__(self, name: str) -> Any:
        return getattr(self.redemptions, name)

    async def save(self, redemption: Redemption) -> None:
        if redemption.status is not RedemptionStatus.RELEASED:
            await self.redemptions.save(redemption)


@frozen
class _Work:
    """A unit of work as it is, but for the uses of coupons."""

    work: UnitOfWork

    @property
    def redemptions(self) -> Redemptions:
        return cast("Redemptions", _SlotsFreedAgain(self.work.redemptions))

    def __getattr__(self, name: str) -> Any:
        return getattr(self.work, name)


class DropsWhatWaits(ComparingStretch):
    """Where a provider falls silent in its list, what was listed before and waits is dropped."""

    async def _compare(
        self, provider: Any, stretch: Any, comparison: Comparison, command: CompareStretch
    ) -> None:
        try:
            await super()._compare(provider, stretch, comparison, command)
        except ProviderUnavailable:
            comparison.waiting.clear()
            raise


def _put(place: Provider[Any], part: Provider[Any]) -> None:
    place.reset_override()
    place.override(part)


def _with_ledger(wrong: type[HonestLedger], *more: str) -> Plant:
    def plant(container: Container, life: Life) -> None:
        ledger: Ledger = wrong(
            container.store().ledger, *(getattr(container.store(), name) for name in more)
        )
        _put_commit(container, ledger, container.clock())

    return plant


def _put_commit(container: Container, ledger: Ledger, clock: Clock) -> None:
    commit = GroupCommit(ledger=ledger, clock=clock, new_id=container.new_id(), pause=no_pause)
    _put(container.group_commit, Object(commit))


def _with_provider(wrong: type[FaultyProvider]) -> Plant:
    def plant(container: Container, life: Life) -> None:
        honest = container.payment_providers()[CHANNEL]
        assert isinstance(honest, FaultyProvider)
        provider = wrong(books=honest.books, life=life)
        _put(container.payment_providers, Object({CHANNEL: provider}))

    return plant


def _by_event_id(container: Container, life: Life) -> None:
    _put(container.apply_event, crediting_by_event_id(container.apply_event))


def _by_the_sweeper(container: Container, life: Life) -> None:
    clock = SweepersClock(container.clock())
    _put_commit(container, container.store().ledger, clock)
    container.sweep_expired.reset_override()
    _put(container.sweep_expired, Object(SweepingWithClock(container.sweep_expired(), clock)))


def _slots_freed_again(container: Container, life: Life) -> None:
    begin: BeginWork = container.store().begin

    @asynccontextmanager
    async def wrong() -> AsyncIterator[UnitOfWork]:
        async with begin() as work:
            yield cast("UnitOfWork", _Work(work))

    _put(container.begin, Object(wrong))


async def _never_compared(command: Reconcile) -> Reconciled:
    return Reconciled()


async def _never_a_stretch(command: CompareStretch) -> StretchCompared:
    return StretchCompared()


def _never_comparing(container: Container) -> Operations:
    never = cast("ComparingStretch", _never_a_stretch)
    return evolve(operations_of(container), compare_stretch=never)


def _without_reconciliation(container: Container, life: Life) -> None:
    _put(container.reconcile, Object(_never_compared))
    # Put together when it is asked for, over the store and the clock of this life.
    _put(container.operations, Singleton(_never_comparing, Object(container)))


def _dropping(container: Container) -> Operations:
    honest = operations_of(container)
    fields = asdict(honest.compare_stretch, recurse=False)
    return evolve(honest, compare_stretch=DropsWhatWaits(**fields))


def _dropping_what_waits(container: Container, life: Life) -> None:
    _put(container.operations, Singleton(_dropping, Object(container)))


PLANTS: Mapping[str, Plant] = {
    "payments known by the event": _by_event_id,
    "a fresh key for every try": _with_provider(FreshKeys),
    "expiry is what the sweeper says": _by_the_sweeper,
    "an ended hold stays open": _with_ledger(HoldsStayOpen),
    "events outside the commit": _with_ledger(EventsAfterwards, "begin"),
    "a renewal known by its delivery": _with_provider(RenewedByDelivery),
    "old news overrules newer": _with_provider(NewsByArrival),
    "a coupon's slot freed twice": _slots_freed_again,
    "a lost answer taken for a good one": _with_ledger(HopefulLedger),
    "the key in another commit": _with_ledger(ForgetfulLedger),
    "written without looking again": _with_ledger(UnguardedLedger),
    "never compared with the provider": _without_reconciliation,
}
"""What can be wrong, each with nothing else wrong beside it."""

PLANTS_WITH_LISTS: Mapping[str, Plant] = {"what waits is dropped": _dropping_what_waits}
"""What can be wrong where the provider is read page by page."""
