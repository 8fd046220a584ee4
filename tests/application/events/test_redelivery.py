"""Sending events again: one, or a range after an outage."""

from datetime import timedelta

import pytest
from attrs import evolve

from application.events.redeliver_events import (
    REDELIVERED_MAX,
    RedeliverEvent,
    RedeliverEvents,
)
from application.ports.events import EventFilter
from domain.errors import InvalidField
from domain.events.endpoint import EndpointStatus
from domain.events.errors import EndpointIsOff, EndpointNotFound, OutgoingEventNotFound
from domain.events.ids import EndpointId, EventId
from domain.events.outgoing_event import EventType
from tests.application.events.world import ADMIN, REASON, Outside, answering
from tests.support.builders.events import an_endpoint, an_event
from tests.support.clock import NOON

SHOP, DESK = "https://shop.example/events", "https://desk.example/events"
NEVER_WAS = "0199ffff-0000-7000-8000-000000000000"
ALL = RedeliverEvents(
    where=EventFilter(),
    after=None,
    endpoint_id=None,
    is_missing_only=True,
    reason=REASON,
    actor=ADMIN,
)


@pytest.fixture
async def outside() -> Outside:
    return Outside()


async def test_an_event_is_sent_again_under_its_id_to_all_who_want_it(outside: Outside) -> None:
    event = an_event()
    await outside.keep(an_endpoint(url=SHOP), an_endpoint(url=DESK), event)
    await outside.work()

    await outside.redelivering.one(
        RedeliverEvent(event_id=event.id, endpoint_id=None, reason=REASON, actor=ADMIN)
    )
    await outside.work()

    assert [message.event_id for message in outside.sent] == [event.id] * 4
    assert all(len(each.attempts) == 2 for each in await outside.deliveries(event))


async def test_an_event_is_sent_to_an_endpoint_that_came_later(outside: Outside) -> None:
    event, late = an_event(), an_endpoint(url=SHOP)
    await outside.keep(event)
    await outside.work()
    await outside.keep(late)

    await outside.redelivering.one(
        RedeliverEvent(event_id=event.id, endpoint_id=late.id, reason=REASON, actor=ADMIN)
    )
    await outside.work()

    assert [message.event_id for message in outside.sent] == [event.id]


async def test_a_range_sends_what_was_missed_and_nothing_twice(outside: Outside) -> None:
    endpoint = an_endpoint(url=SHOP)
    taken, failed, missed = an_event(), an_event(), an_event()
    await outside.keep(endpoint, taken)
    await outside.work()
    outside.receivers[SHOP] = answering(410)
    await outside.keep(failed)
    await outside.work()
    await outside.keep(missed)
    await outside.work()
    outside.sent.clear()
    del outside.receivers[SHOP]
    await outside.change(endpoint.id, status=EndpointStatus.ON)

    redelivered = await outside.redelivering.many(ALL)
    await outside.work()

    sent = {message.event_id for message in outside.sent}
    assert sent >= {failed.id, missed.id}
    assert taken.id not in sent
    assert redelivered.next is None


async def test_a_range_may_send_everything_again(outside: Outside) -> None:
    events = [an_event() for _ in range(3)]
    await outside.keep(an_endpoint(url=SHOP), *events)
    await outside.work()

    redelivered = await outside.redelivering.many(evolve(ALL, is_missing_only=False))
    await outside.work()

    assert redelivered.deliveries == 3
    assert len(outside.sent) == 6


async def test_a_range_is_narrowed_down(outside: Outside) -> None:
    wanted = an_event(type=EventType.ORDER_FAILED)
    others = [an_event(), an_event(type=EventType.ORDER_FAILED, at=NOON + timedelta(days=2))]
    await outside.keep(wanted, *others)
    await outside.work()
    await outside.keep(an_endpoint(url=SHOP))
    where = EventFilter(type="order.failed", to_at=NOON + timedelta(days=1))

    redelivered = await outside.redelivering.many(evolve(ALL, where=where))
    await outside.work()

    assert redelivered.deliveries == 1
    assert [message.event_id for message in outside.sent] == [wanted.id]


async def test_a_long_range_goes_on_where_it_ended(outside: Outside) -> None:
    events = [an_event() for _ in range(REDELIVERED_MAX + 20)]
    await outside.keep(*events)
    while await outside.fan_out():
        pass
    await outside.keep(an_endpoint(url=SHOP))

    first = await outside.redelivering.many(ALL)
    rest = await outside.redelivering.many(evolve(ALL, after=first.next))
    await outside.work()

    assert (first.deliveries, rest.deliveries) == (REDELIVERED_MAX, 20)
    assert (first.next, rest.next) == (events[REDELIVERED_MAX - 1].id, None)
    assert {message.event_id for message in outside.sent} == {event.id for event in events}


async def test_what_is_unknown_or_off_is_refused(outside: Outside) -> None:
    event, off = an_event(), an_endpoint(status=EndpointStatus.OFF)
    await outside.keep(event, off)
    one = RedeliverEvent(event_id=event.id, endpoint_id=off.id, reason=REASON, actor=ADMIN)

    with pytest.raises(EndpointIsOff):
        await outside.redelivering.one(one)
    with pytest.raises(EndpointNotFound):
        await outside.redelivering.one(evolve(one, endpoint_id=EndpointId(NEVER_WAS)))
    with pytest.raises(OutgoingEventNotFound):
        await outside.redelivering.one(evolve(one, event_id=EventId(NEVER_WAS)))
    with pytest.raises(EndpointIsOff):
        await outside.redelivering.many(evolve(ALL, endpoint_id=off.id))
    with pytest.raises(InvalidField):
        evolve(one, reason="  ")
    with pytest.raises(InvalidField):
        evolve(ALL, reason="")
