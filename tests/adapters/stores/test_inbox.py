"""The inbox, as every store keeps it."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from attrs import evolve

from application.ports.paging import PageRequest
from application.ports.payments import InboxFilter
from application.ports.store import Store
from application.ports.unit_of_work import UnitOfWork
from domain.errors import InvalidField
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


async def test_an_event_may_be_kept_and_applied_in_one_unit(store: Store) -> None:
    event = an_inbox_event()
    applied = event.applied(("credited",), NOON)

    async def both(work: UnitOfWork) -> None:
        assert await work.inbox.add(event)
        await work.inbox.save(applied)

    await commit(store, both)

    assert await abandon(store, _taking(event)) == applied


async def test_an_event_is_found_by_the_provider_s_id_and_by_ours(store: Store) -> None:
    event = an_inbox_event(channel=STRIPE, event_id="evt_1", body=b"\x00\xff")
    await commit(store, _adding(event))
    await commit(store, _adding(an_inbox_event(event_id="evt_2")))

    assert await look(store, lambda work: work.inbox.find(STRIPE, "evt_1")) == event
    assert await look(store, lambda work: work.inbox.find_id(event.id)) == event


async def test_an_event_that_is_not_there_is_found_by_neither(store: Store) -> None:
    await commit(store, _adding(an_inbox_event(channel=STRIPE, event_id="evt_1")))

    assert await look(store, lambda work: work.inbox.find(SANDBOX, "evt_1")) is None
    with pytest.raises(EventNotFound):
        await look(store, lambda work: work.inbox.find_id(InboxId("no-such-event")))


async def test_an_event_is_found_as_it_was_last_saved(store: Store) -> None:
    event = an_inbox_event()
    await commit(store, _adding(event))
    failed = event.failed("no", NOON)
    await commit(store, lambda work: work.inbox.save(failed))

    assert await look(store, lambda work: work.inbox.find_id(event.id)) == failed
    assert await look(store, lambda work: work.inbox.find(SANDBOX, event.event_id)) == failed


async def test_the_inbox_pages_newest_first_by_our_own_id(store: Store) -> None:
    # They came in one after the other, whatever the clock said.
    events = [an_inbox_event(received_at=NOON - n * A_MICROSECOND) for n in range(5)]
    for event in events:
        await commit(store, _adding(event))

    first = await look(store, lambda work: work.inbox.page(InboxFilter(), PageRequest(limit=3)))
    rest = await look(
        store,
        lambda work: work.inbox.page(InboxFilter(), PageRequest(limit=3, after=first.next)),
    )

    assert [*first.items, *rest.items] == events[::-1]
    assert (first.next, rest.next, first.total) == (events[2].id, None, None)


@pytest.mark.parametrize(
    ("where", "found"),
    [
        (InboxFilter(), [3, 2, 1, 0]),
        (InboxFilter(channel=STRIPE), [3, 1]),
        (InboxFilter(status=InboxStatus.DEAD), [3, 2]),
        (InboxFilter(channel=STRIPE, status=InboxStatus.DEAD), [3]),
        (InboxFilter(from_at=NOON + A_MICROSECOND), [3, 2, 1]),
        (InboxFilter(to_at=NOON + A_MICROSECOND), [0]),
        (InboxFilter(from_at=NOON + A_MICROSECOND, to_at=NOON + 3 * A_MICROSECOND), [2, 1]),
        (InboxFilter(channel=Channel("none")), []),
        (InboxFilter(status=InboxStatus.FAILED), []),
    ],
    ids=str,
)
async def test_the_inbox_shows_what_a_filter_lets_through(
    store: Store, where: InboxFilter, found: list[int]
) -> None:
    events = [
        an_inbox_event(
            channel=STRIPE if n % 2 else SANDBOX,
            status=InboxStatus.DEAD if n > 1 else InboxStatus.APPLIED,
            received_at=NOON + n * A_MICROSECOND,
        )
        for n in range(4)
    ]
    for event in events:
        await commit(store, _adding(event))

    page = await look(store, lambda work: work.inbox.page(where, PageRequest()))

    assert list(page.items) == [events[n] for n in found]


async def test_a_cursor_that_the_inbox_cannot_have_given_out_is_refused(store: Store) -> None:
    with pytest.raises(InvalidField):
        await look(
            store,
            lambda work: work.inbox.page(InboxFilter(), PageRequest(after="grüße")),
        )


async def test_old_bodies_are_dropped_and_all_else_of_their_events_is_kept(store: Store) -> None:
    old, new = (
        an_inbox_event(body=b"{}", received_at=at).applied(("credited",), at)
        for at in (NOON - A_MICROSECOND, NOON)
    )
    for event in (old, new):
        await commit(store, _adding(event))

    dropped = [await commit(store, lambda work: work.inbox.drop_bodies(NOON, 5)) for _ in range(2)]

    assert dropped == [1, 0]
    assert await abandon(store, _taking(old)) == old.without_body()
    assert await abandon(store, _taking(new)) == new


@pytest.mark.parametrize("status", [InboxStatus.RECEIVED, InboxStatus.FAILED])
async def test_what_is_still_to_be_applied_keeps_its_body(
    store: Store, status: InboxStatus
) -> None:
    event = an_inbox_event(status=status)
    await commit(store, _adding(event))

    later = NOON + timedelta(days=3650)
    assert await commit(store, lambda work: work.inbox.drop_bodies(later, 5)) == 0

    assert await abandon(store, _taking(event)) == event


async def test_the_oldest_bodies_are_dropped_first(store: Store) -> None:
    events = [
        an_inbox_event(received_at=NOON + hours * timedelta(hours=1)).applied((), NOON)
        for hours in (2, 0, 1)
    ]
    for event in events:
        await commit(store, _adding(event))

    later = NOON + timedelta(days=1)
    await commit(store, lambda work: work.inbox.drop_bodies(later, 2))

    kept = [await abandon(store, _taking(event)) for event in events]
    assert [event.has_body for event in kept] == [True, False, False]
