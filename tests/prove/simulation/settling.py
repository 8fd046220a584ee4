"""The faults stop: what is due runs, the provider is compared with, and all must come to rest."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from application.events.manage_endpoints import Switch, SwitchEndpoint
from application.events.redeliver_events import EventsRedelivered, RedeliverEvents
from application.payments.reconcile import Reconcile, Reconciled
from application.payments.refund_order import RefundOrder
from application.payments.replay_events import ReplayEvents
from application.payments.settle_order import SettleOrder
from application.ports.events import EventFilter
from application.ports.idempotency import Caller
from application.ports.payments import InboxFilter
from domain.errors import BillingError
from domain.events.ids import EndpointId, EventId
from domain.payments.comparison_round import Track
from domain.payments.ids import OrderId
from domain.payments.inbox import InboxStatus
from domain.payments.provider_event import RefundStatus
from tests.prove.simulation.deeds_of_admins import JOBS, do_job
from tests.prove.simulation.deeds_of_buyers import receive
from tests.prove.simulation.judging import judge
from tests.prove.simulation.service import Asked
from tests.prove.simulation.world import ADMIN, REPEATED_FOR, World
from tests.support.clock import NOON

_REASON = "the faults are over"
_ROUNDS_MAX = 60
_STRETCHES_MAX = 500
_STEPS: Sequence[timedelta] = (
    timedelta(seconds=40),
    timedelta(minutes=20),
    timedelta(hours=30),
    timedelta(hours=30),
)
"""How far time goes on in between: past claims, retries, and the life of every checkout page."""


async def settle(world: World) -> None:
    """Let everything come to rest, and note what does not."""
    world.fortune.is_calm = True
    world.skew = timedelta()
    await world.service.begin_anew()
    await _answer_all(world)
    for step in _STEPS:
        _finish_refunds(world)
        await _do_all_that_is_due(world)
        world.now += step
        world.books.time_passes(is_paid=True)
    await _do_all_that_is_due(world)
    if world.has_lists:
        await _compare_by_and_by(world)
    await _compare(world)
    await _tell_everything(world)
    if not world.violations:
        world.violations += await judge(world)


def _finish_refunds(world: World) -> None:
    for collected in world.books.collected.values():
        for refund in collected.refunds:
            if refund.status is RefundStatus.PENDING:
                world.books.settle_refund(collected, refund, RefundStatus.SUCCEEDED)


async def _answer_all(world: World) -> None:
    """Let clients that still ask have their answers; the others gave up long ago."""
    waiting, world.memory.unanswered = world.memory.unanswered, []
    for request in waiting:
        if world.clock() <= request.first_at + REPEATED_FOR:
            await world.ask_again(request)
    await world.service.drain()
    world.violations += [
        f"{request.name} is not answered, and nothing is wrong any more"
        for request in world.memory.unanswered
    ]


async def _do_all_that_is_due(world: World) -> None:
    """Deliver what is on its way, and run every job until none has anything left to do."""
    while world.books.mail:
        event_id = world.books.mail.pop(0)
        if await receive(world, event_id) is None:
            world.violations.append(f"webhook {event_id} was not acknowledged")
    for _ in range(_ROUNDS_MAX):
        done = 0
        for name in JOBS:
            answer = await do_job(world, name)
            if answer is None:
                world.violations.append(f"the job '{name}' fails")
                return
            done += answer[0]
        if done == 0:
            return
    world.violations.append("what is due does not come to an end")


async def _compare_by_and_by(world: World) -> None:
    """Let the worker come to the end of its rounds: then nothing has escaped it that happened."""
    for _ in range(_STRETCHES_MAX):
        await do_job(world, "reconciliation")
        if await _is_compared(world):
            break
    else:
        world.violations.append("comparing by and by does not come to an end")
        return
    async with world.store.read() as work:
        escaped = [
            told.id
            for told in world.books.told.values()
            if await work.inbox.find(world.books.channel, told.id) is None
        ]
    world.violations += [f"{each} happened, and nobody ever heard of it" for each in escaped]


async def _is_compared(world: World) -> bool:
    """Say whether every round is over, and the next is not due yet."""
    pace = timedelta(seconds=1)
    async with world.store.read() as work:
        rounds = [await work.comparison_rounds.find(world.books.channel, track) for track in Track]
    return all(
        each is not None and each.ended_at is not None and not each.is_due(world.clock(), pace)
        for each in rounds
    )


async def _compare(world: World) -> None:
    """Reconcile from the beginning: what the first time mends, the second does not find."""
    await _reconciled(world)
    await _do_what_needs_a_person(world)
    await _do_all_that_is_due(world)
    await _reconciled(world)
    found = await _reconciled(world)
    world.violations += [
        f"reconciling again finds {each.about}: {each.problem or each.proposal}"
        for each in (() if found is None else found.drift)
    ]


async def _do_what_needs_a_person(world: World) -> None:
    """End second subscriptions at the provider, give their money back, and say that it is done."""
    channel = world.books.channel
    async with world.store.read() as work:
        concerned = await work.orders.needing_person(channel, None, 100)
        # What has begun here after all is nobody's to end.
        begun = [
            await work.orders.find(each.order.id)
            for each in world.books.standing.values()
            if await work.subscriptions.find_at_provider(channel, each.id) is None
        ]
    # Where the money has gone back already nobody is asked, and yet the subscription runs there.
    for order in (each for each in begun if each.concern is not None):
        world.books.end_stray(order.id)
    for order in concerned:
        await _settle_order(world, order.id)
    _finish_refunds(world)


async def _settle_order(world: World, order_id: OrderId) -> None:
    key = world.key(ADMIN.id, Caller.ADMIN)
    refund = RefundOrder(order_id=order_id, reason=_REASON, actor=ADMIN, key=key)
    done = SettleOrder(order_id=order_id, reason=_REASON, actor=ADMIN)
    await world.attempt("refund", lambda made: made.refund_order()(refund))
    await _asked(world, "settle", lambda made: made.settle_order()(done))


async def _reconciled(world: World) -> Reconciled | None:
    command = Reconcile(since=NOON, is_to_be_applied=True, reason=_REASON, actor=ADMIN)
    answer = await _asked(world, "compare", lambda made: made.reconcile()(command))
    assert answer is None or isinstance(answer, Reconciled)
    return answer


async def _tell_everything(world: World) -> None:
    """Switch receivers on again, send what they missed, and try what had been set aside."""
    replay = ReplayEvents(where=InboxFilter(status=InboxStatus.DEAD), reason=_REASON, actor=ADMIN)
    await _asked(world, "replay", lambda made: made.replay_events().many(replay))
    async with world.store.read() as work:
        endpoints = await work.endpoints.every()
    for endpoint in endpoints:
        await _switch_on(world, endpoint.id)
    await _do_all_that_is_due(world)
    after: EventId | None = None
    while (answer := await _sent_again(world, after)) is not None and answer.next is not None:
        after = answer.next
    await _do_all_that_is_due(world)


async def _switch_on(world: World, endpoint_id: EndpointId) -> None:
    switch = SwitchEndpoint(endpoint_id=endpoint_id, to=Switch.ON, reason=_REASON, actor=ADMIN)
    await _asked(world, "switch", lambda made: made.events_out().switch_endpoint(switch))


async def _sent_again(world: World, after: EventId | None) -> EventsRedelivered | None:
    missed = RedeliverEvents(
        where=EventFilter(),
        after=after,
        endpoint_id=None,
        is_missing_only=True,
        reason=_REASON,
        actor=ADMIN,
    )
    answer = await _asked(
        world, "redeliver", lambda made: made.events_out().redeliver_events.many(missed)
    )
    assert answer is None or isinstance(answer, EventsRedelivered)
    return answer


async def _asked(world: World, name: str, ask: Asked) -> Any:
    """Ask for something that must be answered, now that nothing is wrong any more."""
    found = await world.attempt(name, ask)
    if found is None or isinstance(found[0], BillingError):
        world.violations.append(f"{name} was answered with {found}")
        return None
    return found[0]
