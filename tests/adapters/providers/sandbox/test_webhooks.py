"""Webhooks arrive: whatever fails on the way is tried again, in order, and nothing is lost."""

import asyncio
from datetime import timedelta

import pytest

from adapters.providers.sandbox.records import WEBHOOK, customer_id_of
from tests.support.builders.credits import SOMEBODY
from tests.support.sandbox import SHOP, SandboxWorld, a_plan_line, a_sale

FAR = timedelta(days=36500)


async def waiting(world: SandboxWorld) -> list[float]:
    """In how many seconds of real time each webhook that waits is sent again."""
    async with world.store.read() as work:
        now = world.wall_clock()
        records = await work.sandbox.due(WEBHOOK, now + FAR, 100)
        return [(record.due_at - now).total_seconds() for record in records if record.due_at]


@pytest.mark.parametrize("failure", [500, 404, 302, None])
async def test_a_webhook_that_does_not_arrive_is_sent_again(
    world: SandboxWorld, failure: int | None
) -> None:
    world.receiver.statuses = [failure]

    goes_to = await world.sandbox.pay(await world.opened())

    assert goes_to == f"{SHOP}/thanks"
    assert world.told_types == []
    assert await waiting(world) == [2.0]
    world.wall_clock.advance(seconds=2)
    assert await world.sandbox.let_time_pass() == 1
    assert world.told_types == ["checkout.paid"]
    assert await waiting(world) == []


async def test_every_wait_is_twice_the_last_up_to_five_minutes(world: SandboxWorld) -> None:
    world.receiver.statuses = [503] * 11
    await world.sandbox.pay(await world.opened())

    waits: list[float] = []
    while world.receiver.statuses:
        (wait,) = await waiting(world)
        waits.append(wait)
        world.wall_clock.advance(seconds=wait)
        await world.sandbox.let_time_pass()

    assert waits == [2, 4, 8, 16, 32, 64, 128, 256, 300, 300]
    assert len(world.alarms) == 11


async def test_a_webhook_is_tried_until_it_arrives(world: SandboxWorld) -> None:
    tries = 500
    world.receiver.statuses = [None] * tries
    await world.sandbox.pay(await world.opened())

    for _ in range(tries):
        world.wall_clock.advance(minutes=5)
        await world.sandbox.let_time_pass()

    assert world.told_types == ["checkout.paid"]


async def test_a_webhook_is_the_same_event_however_often_it_is_sent(world: SandboxWorld) -> None:
    world.receiver.statuses = [500]
    await world.sandbox.pay(await world.opened())
    async with world.store.read() as work:
        (kept,) = await work.sandbox.due(WEBHOOK, world.wall_clock() + FAR, 1)

    world.wall_clock.advance(hours=2)
    await world.sandbox.let_time_pass()

    # The receiver believes signatures for five minutes: what was sent late was signed anew.
    (taken,) = world.receiver.taken
    assert taken.event_id in kept.body


async def test_waiting_goes_by_real_time_whatever_the_billing_clock_does(
    world: SandboxWorld,
) -> None:
    world.receiver.statuses = [500]
    await world.sandbox.pay(await world.opened())

    world.clock.advance(hours=1)
    assert await world.sandbox.let_time_pass() == 0
    world.wall_clock.advance(seconds=2)
    assert await world.sandbox.let_time_pass() == 1


async def test_what_concerns_one_purchase_arrives_in_order(world: SandboxWorld) -> None:
    world.receiver.statuses = [500]
    order = a_sale(line=a_plan_line())
    await world.sandbox.pay(await world.opened(order))
    ticket = await world.portal_of(customer_id_of(SOMEBODY))
    await world.sandbox.cancel(ticket, f"sub_{order.id}")
    await world.sandbox.resume(ticket, f"sub_{order.id}")
    world.clock.advance(days=31)
    await world.sandbox.let_time_pass()
    assert world.told_types == []

    for _ in range(4):
        world.wall_clock.advance(seconds=2)
        await world.sandbox.let_time_pass()

    assert world.told_types == [
        "checkout.paid",
        "subscription.updated",
        "subscription.updated",
        "subscription.paid",
    ]


async def test_one_purchase_does_not_wait_for_another(world: SandboxWorld) -> None:
    world.receiver.statuses = [500]
    await world.sandbox.pay(await world.opened())

    await world.sandbox.pay(await world.opened())

    assert world.told_types == ["checkout.paid"]


async def test_two_processes_send_a_webhook_once(world: SandboxWorld) -> None:
    world.receiver.statuses = [500] * 20
    for _ in range(20):
        await world.sandbox.pay(await world.opened())
    processes = [world.sandbox, world.another_process()]
    world.wall_clock.advance(seconds=2)

    async with asyncio.timeout(20):
        await asyncio.gather(*(each.let_time_pass() for each in processes))

    assert world.told_types == ["checkout.paid"] * 20
    assert len({event.event_id for event in world.receiver.taken}) == 20


async def test_a_process_that_dies_while_sending_leaves_the_webhook_to_the_others(
    world: SandboxWorld,
) -> None:
    ticket = await world.opened()
    world.receiver.is_hanging = True
    paying = asyncio.create_task(world.sandbox.pay(ticket))
    async with asyncio.timeout(10):
        await world.receiver.hung.wait()
    paying.cancel()
    with pytest.raises(asyncio.CancelledError):
        await paying
    world.receiver.is_hanging = False

    world.wall_clock.advance(seconds=29)
    assert await world.sandbox.let_time_pass() == 0
    world.wall_clock.advance(seconds=1)
    assert await world.sandbox.let_time_pass() == 1

    assert world.told_types == ["checkout.paid"]


async def test_where_nobody_answers_a_round_ends_at_the_first_try(world: SandboxWorld) -> None:
    world.receiver.statuses = [None] * 4
    for _ in range(3):
        await world.sandbox.pay(await world.opened())
    world.wall_clock.advance(seconds=2)

    assert await world.sandbox.let_time_pass() == 0

    assert world.receiver.tries == 4
