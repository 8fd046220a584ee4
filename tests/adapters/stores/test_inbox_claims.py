"""Events of the inbox among several workers: each is tried by one at a time, on every store."""

import asyncio

from attrs import Factory, define

from application.payments.apply_event import ApplyEvent, ApplyingEvent, EventApplied
from application.payments.drain_inbox import DrainInbox, DrainingInbox
from application.ports.store import Store
from application.ports.unit_of_work import UnitOfWork
from domain.credits.claw_back import Shortfall
from domain.payments.errors import ProviderUnavailable
from domain.payments.ids import Channel
from domain.payments.inbox import CLAIM, InboxEvent, InboxStatus
from domain.payments.provider_event import ProviderEvent
from tests.adapters.stores.steps import commit, look, outcomes
from tests.support.builders.payments import SANDBOX, an_inbox_event
from tests.support.clock import NOON, SettableClock, fresh_id
from tests.support.fake_provider import NOTHING, MarionetteProvider

EVENTS = 5
WORKERS = 4
TRIES = 6


@define(kw_only=True)
class Ill(MarionetteProvider):
    """A provider that lets everybody wait, as long as it is told to, and then does not answer."""

    asked_about: list[str] = Factory(list)
    is_asked: asyncio.Event = Factory(asyncio.Event)
    answers: asyncio.Event | None = None

    async def translate(self, event: InboxEvent) -> tuple[ProviderEvent, ...]:
        self.asked_about.append(event.event_id)
        self.is_asked.set()
        if self.answers is not None:
            await self.answers.wait()
        await asyncio.sleep(0.002)
        if event.event_id in self.meanings:
            return await super().translate(event)
        raise ProviderUnavailable(channel=self.channel)


@define(kw_only=True)
class Process:
    """One process of the service, which takes events in and works on what waits."""

    store: Store
    provider: Ill
    clock: SettableClock

    async def apply(self, channel: Channel, event_id: str) -> EventApplied:
        applying = ApplyingEvent(
            begin=self.store.begin,
            providers={SANDBOX: self.provider},
            clock=self.clock,
            new_id=fresh_id,
            alarm=lambda _, __: None,
            shortfall=Shortfall.OWE,
        )
        return await applying(ApplyEvent(channel=channel, event_id=event_id))

    async def tries(self, channel: Channel, event_id: str) -> bool:
        return (await self.apply(channel, event_id)).is_tried

    async def drain(self) -> int:
        draining = DrainingInbox(read=self.store.read, apply=self.tries, clock=self.clock)
        return (await draining(DrainInbox())).tried


async def received(store: Store, *events: InboxEvent) -> None:
    async def keep(work: UnitOfWork) -> None:
        for event in events:
            await work.inbox.add(event)

    await commit(store, keep)


async def found(store: Store, event: InboxEvent) -> InboxEvent:
    kept = await look(store, lambda work: work.inbox.find(event.channel, event.event_id))
    assert kept is not None
    return kept


async def test_several_workers_use_up_the_tries_of_an_ill_provider_at_the_pace_of_one(
    store: Store,
) -> None:
    clock, provider = SettableClock(), Ill()
    workers = [Process(store=store, provider=provider, clock=clock) for _ in range(WORKERS)]
    events = [an_inbox_event(next_try_at=NOON) for _ in range(EVENTS)]
    await received(store, *events)

    alone = events[0]
    for tries in range(1, TRIES + 1):
        counts = await outcomes(*(worker.drain() for worker in workers))
        alone = alone.failed("", clock())

        assert sum(count for count in counts if isinstance(count, int)) == EVENTS
        assert sorted(provider.asked_about) == sorted([each.event_id for each in events] * tries)
        for event in events:
            kept = await found(store, event)
            assert (kept.tries, kept.next_try_at) == (tries, alone.next_try_at)
        assert alone.next_try_at is not None
        clock.now = alone.next_try_at


async def test_what_another_has_in_hand_is_left_to_it_until_its_claim_ends(store: Store) -> None:
    clock, answers = SettableClock(), asyncio.Event()
    hanging = Process(store=store, provider=Ill(answers=answers), clock=clock)
    other = Process(store=store, provider=Ill(), clock=clock)
    event = an_inbox_event(next_try_at=NOON)
    await received(store, event)

    late = asyncio.create_task(hanging.apply(SANDBOX, event.event_id))
    await hanging.provider.is_asked.wait()
    during = [await other.drain(), await other.tries(SANDBOX, event.event_id)]
    clock.now += CLAIM
    after = await other.drain()
    noted = await found(store, event)
    answers.set()
    told_late = await late

    assert (during, after) == ([0, False], 1)
    assert (noted.status, noted.tries) == (InboxStatus.FAILED, 1)
    # It was somebody else's by then: one try, whoever comes to tell of it last.
    assert told_late.event == await found(store, event) == noted


async def test_a_process_that_dies_over_an_event_leaves_it_to_the_others(store: Store) -> None:
    clock, answers = SettableClock(), asyncio.Event()
    dying = Process(store=store, provider=Ill(answers=answers), clock=clock)
    other = Process(store=store, provider=Ill(), clock=clock)
    event = an_inbox_event(next_try_at=NOON)
    await received(store, event)

    death = asyncio.create_task(dying.apply(SANDBOX, event.event_id))
    await dying.provider.is_asked.wait()
    death.cancel()
    await outcomes(death)
    other.provider.meanings[event.event_id] = NOTHING
    clock.now += CLAIM
    tried = await other.drain()

    assert tried == 1
    settled = await found(store, event)
    assert (settled.status, settled.tries) == (InboxStatus.IGNORED, 1)
