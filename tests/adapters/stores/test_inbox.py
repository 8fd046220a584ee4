"""The inbox, as every store keeps it."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from attrs import evolve

from application.ports.store import Store
from application.ports.unit_of_work import UnitOfWork
from domain.payments.errors import EventNotFound
from domain.payments.ids import Channel, InboxId
from domain.payments.inbox import InboxEvent, InboxStatus
from tests.adapters.stores.steps import abandon, commit, look, look_behind, outcomes
from tests.support.builders.payments import SANDBOX, an_inbox_event
from tests.support.clock import NOON, fresh_id

A_MICROSECOND = timedelta(microseconds=1)
STRIPE = Channel("stripe")


def _adding(event: InboxEvent) -> Callable[[UnitOfWork], Awaitable[bool]]:
    return lambda work: work.inbox.add(event)


def _taking(event: InboxEvent) -> Callable[[UnitOfWork], Awaitable[InboxEvent]]:
    return lambda work: work.inbox.take(event.channel, event.event_id)


async def test_an_unknown_event_is_refused(store: Store) -> None:
    await commit(store, _adding(an_inbox_event(channel=STRIPE, event_id="evt_1")))

    with pytest.raises(EventNotFound) as refused:
        await abandon(store, _taking(an_inbox_event(channel=SANDBOX, event_id="evt_1")))

    assert refused.value.event_id == "evt_1"


async def test_a_second_delivery_changes_nothing_and_says_so(store: Store) -> None:
    event = an_inbox_event()
    applied = event.applied(("credited",), NOON)
    await commit(store, _adding(event))
    await commit(store, lambda work: work.inbox.save(applied))

    is_new = await commit(store, _adding(evolve(event, body=b"again")))

    assert not is_new
    assert await abandon(store, _taking(event)) == applied


async def test_deliveries_at_once_are_kept_once(store: Store) -> None:
    event = an_inbox_event()

    ended = await outcomes(*(commit(store, _adding(event)) for _ in range(8)))

    assert sorted(ended, key=str) == [False] * 7 + [True]


async def test_one_id_on_two_channels_is_two_events(store: Store) -> None:
    events = [an_inbox_event(channel=channel, event_id="evt_1") for channel in (SANDBOX, STRIPE)]

    assert [await commit(store, _adding(event)) for event in events] == [True, True]
    assert [await abandon(store, _taking(event)) for event in events] == events


@pytest.mark.parametrize(
    "event",
    [
        InboxEvent(
            id=InboxId(fresh_id()),
            channel=STRIPE,
            event_id="evt_☕",
            type="grüße",
            body=bytes(range(256)) * 4,
            received_at=NOON + A_MICROSECOND,
            status=InboxStatus.FAILED,
            tries=9,
            next_try_at=NOON + timedelta(hours=1, microseconds=1),
            error="Grüße ☕ 'quoted'",
            effects=("one", "two ☕"),
            applied_at=NOON + timedelta(hours=2),
        ),
        an_inbox_event(body=b""),
    ],
)
async def test_an_event_comes_back_whole(store: Store, event: InboxEvent) -> None:
    await commit(store, _adding(event))

    assert await abandon(store, _taking(event)) == event


async def test_a_second_taker_of_an_event_sees_what_the_first_committed(store: Store) -> None:
    event = an_inbox_event()
    applied = event.applied((), NOON)
    await commit(store, _adding(event))

    async def take(work: UnitOfWork) -> Callable[[], Awaitable[object]]:
        await work.inbox.take(event.channel, event.event_id)
        return lambda: work.inbox.save(applied)

    assert await look_behind(store, take, _taking(event)) == applied


@pytest.mark.parametrize(
    ("event", "is_waiting"),
    [
        (an_inbox_event(status=InboxStatus.APPLIED), False),
        (an_inbox_event(status=InboxStatus.IGNORED), False),
        (an_inbox_event(status=InboxStatus.DEAD), False),
        (an_inbox_event(status=InboxStatus.FAILED, next_try_at=NOON + A_MICROSECOND), False),
        (an_inbox_event(status=InboxStatus.RECEIVED, next_try_at=NOON + A_MICROSECOND), False),
        (an_inbox_event(status=InboxStatus.FAILED, next_try_at=NOON), True),
        (an_inbox_event(status=InboxStatus.RECEIVED, next_try_at=NOON), True),
        (an_inbox_event(status=InboxStatus.RECEIVED), True),
    ],
)
async def test_an_event_waits_until_it_is_applied_or_set_aside(
    store: Store, event: InboxEvent, *, is_waiting: bool
) -> None:
    await commit(store, _adding(event))

    waiting = await look(store, lambda work: work.inbox.waiting(NOON, 10))

    assert [tuple(each) for each in waiting] == [(event.channel, event.event_id)] * is_waiting


async def test_waiting_events_come_oldest_first_and_bounded(store: Store) -> None:
    events = [an_inbox_event(received_at=NOON - n * A_MICROSECOND) for n in range(4)]
    for event in events:
        await commit(store, _adding(event))

    waiting = await look(store, lambda work: work.inbox.waiting(NOON, 3))

    assert [event_id for _, event_id in waiting] == [event.event_id for event in events[:0:-1]]
