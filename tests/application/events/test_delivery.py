"""Events on their way: to whom, how often, and what happens when nobody is there."""

import asyncio
from datetime import timedelta
from functools import partial

import pytest

from application.events.deliver_events import AT_ONCE
from application.ports.events import Answered, Message
from domain.events.delivery import LEASE, TRIES_MAX, WAITS, DeliveryStatus
from domain.events.endpoint import SWITCHED_OFF_AFTER, EndpointStatus
from domain.events.outgoing_event import EventType
from tests.application.events.world import Outside, answering
from tests.support.builders.events import SECRET, an_attempt, an_endpoint, an_event

SHOP, DESK = "https://shop.example/events", "https://desk.example/events"


@pytest.fixture
async def outside() -> Outside:
    return Outside()


async def test_an_event_goes_to_every_endpoint_that_wants_it_as_it_was_written(
    outside: Outside,
) -> None:
    event = an_event()
    desk = an_endpoint(url=DESK, types=frozenset({EventType.ORDER_FAILED}))
    off = an_endpoint(url="https://off.example", status=EndpointStatus.OFF)
    await outside.keep(an_endpoint(url=SHOP), desk, off, event)

    await outside.work()
    await outside.work()

    (message,) = outside.sent
    assert (message.url, message.event_id, message.payload) == (SHOP, event.id, event.payload)
    assert message.secrets == (SECRET,)
    (delivery,) = await outside.deliveries(event)
    assert (delivery.status, delivery.tries) == (DeliveryStatus.DELIVERED, 1)
    assert delivery.delivered_at == outside.clock.now


async def test_without_an_endpoint_an_event_is_written_and_forgotten_in_time(
    outside: Outside,
) -> None:
    await outside.keep(an_event())
    await outside.work()

    outside.clock.advance(days=29)
    assert await outside.forget(days=30) == 0
    outside.clock.advance(days=2)

    assert await outside.forget(days=30) == 1
    assert outside.sent == []


async def test_an_event_that_no_worker_has_seen_is_never_forgotten(outside: Outside) -> None:
    await outside.keep(an_event(), an_endpoint(url=SHOP))
    outside.clock.advance(days=400)

    assert await outside.forget(days=30) == 0
    await outside.work()

    assert len(outside.sent) == 1


async def test_a_failed_event_is_tried_over_days_under_one_id_and_then_left(
    outside: Outside,
) -> None:
    event, endpoint = an_event(), an_endpoint(url=SHOP)
    await outside.keep(event, endpoint)
    outside.receivers[SHOP] = answering(500)
    await outside.work()

    for wait in WAITS:
        outside.clock.now += wait - timedelta(seconds=1)
        before = len(outside.sent)
        await outside.work()
        assert len(outside.sent) == before, "it is not due yet"
        outside.clock.now += timedelta(seconds=1)
        # That it is switched off in the end is another rule.
        await outside.change(endpoint.id, status=EndpointStatus.ON, failing_since=None)
        await outside.work()

    assert len(outside.sent) == TRIES_MAX
    assert {message.event_id for message in outside.sent} == {event.id}
    assert {message.payload for message in outside.sent} == {event.payload}
    (delivery,) = await outside.deliveries(event)
    assert delivery.status is DeliveryStatus.FAILED
    outside.clock.advance(days=30)
    await outside.work()
    assert len(outside.sent) == TRIES_MAX


async def test_who_asks_for_time_is_given_it(outside: Outside) -> None:
    event = an_event()
    await outside.keep(event, an_endpoint(url=SHOP))
    outside.receivers[SHOP] = answering(429, timedelta(hours=3))
    await outside.work()

    (delivery,) = await outside.deliveries(event)

    assert delivery.due_at == outside.clock.now + timedelta(hours=3)


async def test_an_endpoint_that_fails_for_days_is_switched_off_and_somebody_is_told(
    outside: Outside,
) -> None:
    failing, other = an_endpoint(url=SHOP), an_endpoint(url=DESK)
    await outside.keep(failing, other, an_event())
    outside.receivers[SHOP] = answering(None)
    await outside.work()
    assert (await outside.endpoint(failing.id)).failing_since == outside.clock.now

    outside.clock.now += SWITCHED_OFF_AFTER
    await outside.work()
    await outside.work()

    assert (await outside.endpoint(failing.id)).status is EndpointStatus.FAILED
    (alarm,) = outside.alarms
    assert alarm == f"endpoint {failing.id} was switched off: {SHOP}: it has failed"
    told = outside.sent[-1]
    assert told.url == DESK
    assert '"endpoint.switched_off"' in told.payload


async def test_an_endpoint_that_is_gone_is_switched_off_at_once(outside: Outside) -> None:
    endpoint = an_endpoint(url=SHOP)
    await outside.keep(endpoint, an_event(), an_event())
    outside.receivers[SHOP] = answering(410)

    await outside.work()

    assert (await outside.endpoint(endpoint.id)).status is EndpointStatus.GONE
    assert len(outside.alarms) == 1


async def test_a_success_forgives_an_endpoint(outside: Outside) -> None:
    endpoint = an_endpoint(url=SHOP, failing_since=Outside().clock.now)
    await outside.keep(endpoint, an_event())

    await outside.work()

    assert (await outside.endpoint(endpoint.id)).failing_since is None


async def test_a_slow_endpoint_does_not_hold_up_the_others(outside: Outside) -> None:
    slow_goes_on = asyncio.Event()

    async def slow(message: Message) -> Answered:
        await slow_goes_on.wait()
        return Answered(attempt=an_attempt(at=message.at))

    outside.receivers[SHOP] = slow
    await outside.keep(an_endpoint(url=SHOP), an_endpoint(url=DESK))
    await outside.keep(*(an_event() for _ in range(30)))
    await outside.fan_out()

    delivering = asyncio.create_task(outside.deliver())
    await outside.until(lambda: _sent_to(outside, DESK) == 30)
    # What happens while the slow one is waited for is delivered, too.
    await outside.keep(an_event())
    await outside.fan_out()
    await outside.until(lambda: _sent_to(outside, DESK) == 31)

    assert _sent_to(outside, SHOP) < 30
    slow_goes_on.set()
    await delivering
    assert _sent_to(outside, SHOP) == 31


async def test_a_run_comes_to_its_end_however_much_a_slow_endpoint_leaves_due(
    outside: Outside,
) -> None:
    async def slow(message: Message) -> Answered:
        await asyncio.sleep(0.05)
        return Answered(attempt=an_attempt(at=message.at))

    outside.receivers[SHOP] = slow
    await outside.keep(an_endpoint(url=SHOP), *(an_event() for _ in range(50)))
    await outside.fan_out()

    first = await outside.deliver(seconds_max=0.01)
    await outside.deliver()

    assert first.attempts == AT_ONCE
    assert len({message.event_id for message in outside.sent}) == len(outside.sent) == 50


async def test_while_a_run_ends_nobody_waits_for_the_endpoint_it_waits_for(
    outside: Outside,
) -> None:
    slow_goes_on = asyncio.Event()

    async def slow(message: Message) -> Answered:
        await slow_goes_on.wait()
        return Answered(attempt=an_attempt(at=message.at))

    outside.receivers[SHOP] = slow
    await outside.keep(an_endpoint(url=SHOP), an_endpoint(url=DESK))
    await outside.keep(*(an_event() for _ in range(30)))
    await outside.fan_out()

    delivering = asyncio.create_task(outside.deliver(seconds_max=0.01))
    await outside.until(lambda: _sent_to(outside, DESK) == 30)
    for _ in range(2):
        is_taken = partial(_has_taken, outside, DESK, _sent_to(outside, DESK) + 1)
        await outside.keep(an_event())
        await outside.fan_out()
        await outside.until(is_taken)
    slow_goes_on.set()
    ended = await delivering

    assert _sent_to(outside, SHOP) == AT_ONCE
    assert ended.attempts == len(outside.sent)


async def test_a_worker_that_dies_while_it_sends_loses_nothing(outside: Outside) -> None:
    event = an_event()

    async def never(message: Message) -> Answered:
        await asyncio.sleep(60)
        raise AssertionError("nobody waits so long")

    outside.receivers[SHOP] = never
    await outside.keep(event, an_endpoint(url=SHOP))
    await outside.fan_out()
    dying = asyncio.create_task(outside.deliver())
    await outside.until(lambda: bool(outside.sent))
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)

    del outside.receivers[SHOP]
    await outside.work()
    assert len(outside.sent) == 1, "it is still claimed"
    outside.clock.now += LEASE
    await outside.work()

    assert [message.event_id for message in outside.sent] == [event.id, event.id]
    (delivery,) = await outside.deliveries(event)
    assert delivery.status is DeliveryStatus.DELIVERED


async def test_two_workers_send_everything_once(outside: Outside) -> None:
    await outside.keep(an_endpoint(url=SHOP), *(an_event() for _ in range(50)))

    await asyncio.gather(outside.fan_out(20), outside.fan_out(20), outside.fan_out(20))
    await asyncio.gather(outside.deliver(), outside.deliver())

    ids = [message.event_id for message in outside.sent]
    assert (len(ids), len(set(ids))) == (50, 50)


async def test_a_fault_with_one_endpoint_is_told_after_all_others_had_their_turn(
    outside: Outside,
) -> None:
    async def broken(message: Message) -> Answered:
        raise RuntimeError("a fault of ours")

    outside.receivers[SHOP] = broken
    await outside.keep(an_endpoint(url=SHOP), an_endpoint(url=DESK), an_event())
    await outside.fan_out()

    with pytest.raises(ExceptionGroup):
        await outside.deliver()

    assert {message.url for message in outside.sent} == {SHOP, DESK}


async def test_thousands_of_events_that_wait_are_all_sent_under_one_id_each(
    outside: Outside,
) -> None:
    await outside.keep(an_endpoint(url=SHOP), *(an_event() for _ in range(2_000)))
    while await outside.fan_out(1000):
        pass

    await outside.deliver()

    ids = {message.event_id for message in outside.sent}
    assert (len(outside.sent), len(ids)) == (2_000, 2_000)


def _has_taken(outside: Outside, url: str, events: int) -> bool:
    return _sent_to(outside, url) == events


def _sent_to(outside: Outside, url: str) -> int:
    return sum(message.url == url for message in outside.sent)
