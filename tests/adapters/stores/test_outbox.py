"""Events, endpoints and deliveries, as every store keeps them."""

import asyncio
from datetime import timedelta

import pytest
from attrs import evolve

from application.ports.credits import WriteRefused
from application.ports.events import EventFilter
from application.ports.paging import PageRequest
from application.ports.store import Store
from domain.events.delivery import Delivery, DeliveryStatus
from domain.events.endpoint import Endpoint, EndpointSecret, EndpointStatus
from domain.events.errors import EndpointNotFound, OutgoingEventNotFound
from domain.events.ids import EndpointId, EventId
from domain.events.outgoing_event import EventType, OutgoingEvent
from tests.adapters.stores.steps import abandon, commit, look
from tests.support.builders.credits import SOMEBODY, SOMEBODY_ELSE
from tests.support.builders.events import a_delivery, an_attempt, an_endpoint, an_event
from tests.support.clock import NOON, fresh_id

A_DAY = timedelta(days=1)
LATER = NOON + timedelta(hours=1)
UNKNOWN = fresh_id()


async def keep(
    store: Store,
    *things: OutgoingEvent | Endpoint | Delivery,
) -> None:
    """Keep events, endpoints and deliveries in one commit."""
    async with store.begin() as work:
        for thing in things:
            match thing:
                case OutgoingEvent():
                    await work.outbox.add(thing)
                case Endpoint():
                    await work.endpoints.add(thing)
                case Delivery():
                    await work.deliveries.add([thing])
        await work.commit()


async def ids_of(store: Store, where: EventFilter, **page: object) -> list[str]:
    asked = PageRequest(**page)  # type: ignore[arg-type]
    found = await look(store, lambda work: work.outbox.page(where, asked))
    return [event.id for event in found.items]


async def test_what_is_unknown_is_said_to_be(store: Store) -> None:
    with pytest.raises(OutgoingEventNotFound):
        await look(store, lambda work: work.outbox.find(EventId(UNKNOWN)))
    with pytest.raises(EndpointNotFound):
        await look(store, lambda work: work.endpoints.find(EndpointId(UNKNOWN)))
    with pytest.raises(EndpointNotFound):
        await abandon(store, lambda work: work.endpoints.take(EndpointId(UNKNOWN)))
    nothing = await abandon(
        store, lambda work: work.deliveries.take(EventId(UNKNOWN), EndpointId(UNKNOWN))
    )
    assert nothing is None


@pytest.mark.parametrize(
    "event",
    [
        an_event(data={"name": "grüße ☕", "n": 2**53 - 1, "none": None, "list": ["a", {"b": 1}]}),
        an_event(account_id=None, at=NOON + timedelta(microseconds=1), data={}),
    ],
)
async def test_an_event_comes_back_as_it_will_be_delivered(
    store: Store, event: OutgoingEvent
) -> None:
    await keep(store, event)

    found = await look(store, lambda work: work.outbox.find(event.id))

    assert found == event.kept()


async def test_an_event_that_is_there_already_is_refused(store: Store) -> None:
    event = an_event()
    await keep(store, event)

    with pytest.raises(WriteRefused):
        await keep(store, event)


async def test_an_event_of_a_unit_that_is_left_was_never_raised(store: Store) -> None:
    event = an_event()

    await abandon(store, lambda work: work.outbox.add(event))

    assert await ids_of(store, EventFilter()) == []


async def test_events_are_filtered_and_paged_newest_first(store: Store) -> None:
    events = [
        an_event(),
        an_event(type=EventType.ORDER_FAILED, at=NOON + A_DAY),
        an_event(account_id=SOMEBODY_ELSE, at=NOON + 2 * A_DAY),
    ]
    await keep(store, *events)
    first, second, third = [event.id for event in events]

    assert await ids_of(store, EventFilter()) == [third, second, first]
    assert await ids_of(store, EventFilter(type="order.failed")) == [second]
    assert await ids_of(store, EventFilter(account_id=SOMEBODY)) == [second, first]
    assert await ids_of(store, EventFilter(from_at=NOON + A_DAY)) == [third, second]
    assert await ids_of(store, EventFilter(to_at=NOON + A_DAY)) == [first]
    page = await look(store, lambda work: work.outbox.page(EventFilter(), PageRequest(limit=2)))
    assert page.next == second
    assert await ids_of(store, EventFilter(), after=second) == [first]


async def test_events_are_gone_through_oldest_first_from_behind_one(store: Store) -> None:
    events = [an_event() for _ in range(3)]
    await keep(store, *events)

    found = await look(
        store, lambda work: work.outbox.oldest(EventFilter(type="order.paid"), events[0].id, 1)
    )

    assert [event.id for event in found] == [events[1].id]


async def test_an_event_is_new_until_it_is_settled(store: Store) -> None:
    events = [an_event() for _ in range(3)]
    await keep(store, *events)

    await commit(store, lambda work: work.outbox.settle([events[0].id]))

    left = await abandon(store, lambda work: work.outbox.take_new(10))
    assert [event.id for event in left] == [events[1].id, events[2].id]
    assert len(await abandon(store, lambda work: work.outbox.take_new(1))) == 1


async def test_an_event_that_commits_behind_a_younger_one_is_not_passed_over(store: Store) -> None:
    # Its id was made first, and its commit comes last.
    older, younger = an_event(), an_event()
    await keep(store, younger)
    await commit(store, lambda work: work.outbox.settle([younger.id]))

    await keep(store, older)

    left = await abandon(store, lambda work: work.outbox.take_new(10))
    assert [event.id for event in left] == [older.id]


async def test_two_who_take_new_events_at_once_never_take_the_same(store: Store) -> None:
    events = [an_event() for _ in range(8)]
    await keep(store, *events)
    taken: list[str] = []

    async def take() -> None:
        async with store.begin() as work:
            mine = await work.outbox.take_new(2)
            await asyncio.sleep(0.02)
            await work.outbox.settle([event.id for event in mine])
            taken.extend(event.id for event in mine)
            await work.commit()

    await asyncio.gather(*(take() for _ in range(4)))

    assert len(taken) == len(set(taken))
    left = await abandon(store, lambda work: work.outbox.take_new(10))
    assert sorted([*taken, *(event.id for event in left)]) == [event.id for event in events]


async def test_old_events_are_forgotten_with_their_deliveries_unless_new(store: Store) -> None:
    old, still_new, recent = an_event(), an_event(), an_event(at=NOON + A_DAY)
    endpoint = an_endpoint()
    await keep(store, old, still_new, recent, endpoint, a_delivery(old.id, endpoint.id))
    await commit(store, lambda work: work.outbox.settle([old.id, recent.id]))

    forgotten = await commit(store, lambda work: work.outbox.forget(NOON + A_DAY, 10))

    assert forgotten == 1
    assert await ids_of(store, EventFilter()) == [recent.id, still_new.id]
    assert list(await look(store, lambda work: work.deliveries.of_event(old.id))) == []


@pytest.mark.parametrize(
    "endpoint",
    [
        an_endpoint(),
        an_endpoint(
            types=frozenset({EventType.ORDER_PAID, EventType.CREDITS_LOW}),
            status=EndpointStatus.FAILED,
            secrets=(
                EndpointSecret(text="whsec_b", created_at=LATER),
                EndpointSecret(text="whsec_a", created_at=NOON, ends_at=LATER),
            ),
            failing_since=NOON,
        ),
    ],
)
async def test_an_endpoint_comes_back_whole(store: Store, endpoint: Endpoint) -> None:
    await keep(store, endpoint)

    assert await look(store, lambda work: work.endpoints.find(endpoint.id)) == endpoint
    assert await abandon(store, lambda work: work.endpoints.take(endpoint.id)) == endpoint
    assert list(await look(store, lambda work: work.endpoints.every())) == [endpoint]


async def test_an_endpoint_is_changed_and_removed(store: Store) -> None:
    endpoint = an_endpoint()
    await keep(store, endpoint)
    changed = evolve(endpoint, url="https://other.example", failing_since=LATER)

    await commit(store, lambda work: work.endpoints.save(changed))
    assert await look(store, lambda work: work.endpoints.find(endpoint.id)) == changed

    await commit(store, lambda work: work.endpoints.remove(endpoint.id))
    assert list(await look(store, lambda work: work.endpoints.every())) == []


async def test_a_delivery_comes_back_with_its_attempts(store: Store) -> None:
    event, endpoint = an_event(), an_endpoint()
    await keep(store, event, endpoint, a_delivery(event.id, endpoint.id))
    tried = a_delivery(event.id, endpoint.id).tried(
        an_attempt(status=500), NOON, chance=0.5, retry_after=None
    )
    tried = tried.tried(an_attempt(), LATER, chance=0, retry_after=None)

    await commit(store, lambda work: work.deliveries.save(tried))

    assert await abandon(store, lambda work: work.deliveries.take(event.id, endpoint.id)) == tried
    assert list(await look(store, lambda work: work.deliveries.of_event(event.id))) == [tried]


async def test_a_delivery_that_is_there_already_stays_as_it_is(store: Store) -> None:
    event, endpoint = an_event(), an_endpoint()
    first = a_delivery(event.id, endpoint.id)
    await keep(store, event, endpoint, first)

    await commit(store, lambda work: work.deliveries.add([evolve(first, tries=3), first]))
    await commit(store, lambda work: work.deliveries.add([]))

    assert await abandon(store, lambda work: work.deliveries.take(event.id, endpoint.id)) == first


async def test_a_delivery_of_no_event_is_refused(store: Store) -> None:
    with pytest.raises(WriteRefused):
        await keep(store, a_delivery(EventId(UNKNOWN), EndpointId(UNKNOWN)))


async def test_what_is_due_is_found_by_endpoint_the_longest_due_first(store: Store) -> None:
    events = [an_event() for _ in range(4)]
    busy, off, idle = an_endpoint(), an_endpoint(status=EndpointStatus.OFF), an_endpoint()
    late, soon, future, settled = [event.id for event in events]
    done = evolve(a_delivery(settled, busy.id), status=DeliveryStatus.DELIVERED)
    await keep(store, *events, busy, off, idle, done)
    await keep(
        store,
        a_delivery(soon, busy.id, due_at=NOON),
        a_delivery(late, busy.id, due_at=NOON - A_DAY),
        a_delivery(future, busy.id, due_at=LATER),
        a_delivery(future, idle.id, due_at=LATER),
        a_delivery(late, off.id),
    )

    assert list(await look(store, lambda work: work.deliveries.with_due(NOON))) == [busy.id]
    due = await abandon(store, lambda work: work.deliveries.due(busy.id, NOON, 10))
    assert [delivery.event_id for delivery in due] == [late, soon]
    first = await abandon(store, lambda work: work.deliveries.due(busy.id, NOON, 1))
    assert [delivery.event_id for delivery in first] == [late]
    assert list(await look(store, lambda work: work.deliveries.with_due(LATER))) == [
        busy.id,
        idle.id,
    ]


async def test_what_waits_for_an_endpoint_is_given_up_and_nothing_else(store: Store) -> None:
    first, second, third = (an_event() for _ in range(3))
    leaving, staying = an_endpoint(), an_endpoint()
    done = evolve(a_delivery(third.id, leaving.id), status=DeliveryStatus.DELIVERED)
    tried = evolve(a_delivery(second.id, leaving.id), tries=2, attempts=(an_attempt(status=500),))
    other = a_delivery(first.id, staying.id)
    fresh = a_delivery(first.id, leaving.id)
    await keep(store, first, second, third, leaving, staying, fresh, tried, done, other)

    await commit(store, lambda work: work.deliveries.abandon(leaving.id))

    async with store.read() as work:
        found = [await work.deliveries.of_event(event.id) for event in (first, second, third)]
    assert {delivery for of_one in found for delivery in of_one} == {
        fresh.abandoned(),
        tried.abandoned(),
        done,
        other,
    }
    assert list(await look(store, lambda work: work.deliveries.with_due(LATER))) == [staying.id]


async def test_two_who_claim_at_once_never_claim_the_same(store: Store) -> None:
    events = [an_event() for _ in range(8)]
    endpoint = an_endpoint()
    await keep(store, *events, endpoint)
    new = [a_delivery(event.id, endpoint.id) for event in events]
    await commit(store, lambda work: work.deliveries.add(new))
    claimed: list[str] = []

    async def claim() -> None:
        async with store.begin() as work:
            mine = await work.deliveries.due(endpoint.id, NOON, 2)
            await asyncio.sleep(0.02)
            for delivery in mine:
                await work.deliveries.save(delivery.claimed(NOON))
            claimed.extend(delivery.event_id for delivery in mine)
            await work.commit()

    await asyncio.gather(*(claim() for _ in range(4)))

    left = await abandon(store, lambda work: work.deliveries.due(endpoint.id, NOON, 10))
    assert sorted([*claimed, *(each.event_id for each in left)]) == [event.id for event in events]
