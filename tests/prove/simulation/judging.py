"""What must be true once all has come to rest: each thing that is not is a sentence."""

import json
from collections import Counter
from collections.abc import AsyncIterator, Sequence

from attrs import frozen

from application.credits.verify_ledger import VerifyingLedger, VerifyLedger
from application.events.deliver_events import EndpointSwitchedOff
from application.payments.steps.concerns import NeedsPerson
from application.ports.credits import OutcomeUnknown
from application.ports.events import EventFilter
from application.ports.paging import PageRequest
from application.ports.payments import InboxFilter, OrderFilter
from application.ports.store import Store
from application.ports.system import Clock
from application.promotions.verify_counters import VerifyCounters, VerifyingCounters
from domain.credits.transaction import (
    CHECK_IN,
    COUPON,
    MANUAL,
    PURCHASE,
    ROLLOVER,
    SUBSCRIPTION,
    USAGE_REFUND,
    Transaction,
)
from domain.errors import BillingError
from domain.events.outgoing_event import EventType, KeptEvent
from domain.payments.inbox import InboxStatus
from domain.payments.order import Order
from domain.promotions.coupon_code import code_key
from domain.promotions.redemption import RedemptionStatus
from tests.prove.simulation.swarm import Crashed
from tests.prove.simulation.world import ACCOUNTS, World
from tests.providers.truth import differences

_AT_ONCE = 100
_LINES_MAX = 100_000
_SETTLED = {InboxStatus.APPLIED, InboxStatus.IGNORED}
_BRINGING = {CHECK_IN, COUPON, MANUAL, PURCHASE, ROLLOVER, SUBSCRIPTION}
_EXPECTED = (BillingError, OutcomeUnknown, NeedsPerson, EndpointSwitchedOff, TimeoutError, Crashed)


@frozen(kw_only=True)
class SettledBooks:
    """The service's books, as they are compared with the provider's."""

    store: Store
    clock: Clock

    async def is_proved(self) -> bool:
        """Say whether the whole ledger keeps every rule, and every counter counts its rows."""
        proved = await VerifyingLedger(records=self.store.records)(VerifyLedger())
        counted = await VerifyingCounters(read=self.store.read)(VerifyCounters())
        return not proved.breaches and not counted.miscounts


async def judge(world: World) -> Sequence[str]:
    """Return everything that is wrong."""
    found = await differences(SettledBooks(store=world.store, clock=world.clock), world.books)
    orders = [each async for each in _orders(world.store)]
    lines = await _lines(world.store)
    events = await _events(world.store)
    found += await _left_open(world)
    found += _promised(world, lines)
    found += await _coupons(world, orders)
    found += await _plans(world)
    found += _raised(lines, orders, events)
    found += _delivered(world, events)
    found += [
        f"an operator was told of '{told}': {fault!r}"
        for told, fault in world.service.alarms
        if not isinstance(fault, _EXPECTED)
    ]
    return found + world.receivers.wrong


async def _left_open(world: World) -> list[str]:
    """Name whatever is still open past its life, or was set aside."""
    now = world.clock()
    async with world.store.read() as work:
        overdue = await work.orders.overdue(now, _AT_ONCE)
        inbox = await work.inbox.page(InboxFilter(), PageRequest(limit=_AT_ONCE))
        waiting = await work.inbox.waiting(now.replace(year=now.year + 1), _AT_ONCE)
        refunds = await work.refunds.to_ask_about(now.replace(year=now.year + 1), _AT_ONCE)
        credits_due = await work.subscriptions.credits_due(now, _AT_ONCE)
    due = await world.store.records.due(now, _AT_ONCE)
    set_aside = [each for each in inbox.items if each.status not in _SETTLED]
    return [
        *(f"order {each} is open past its life" for each in overdue),
        *(f"event {each.event_id} is {each.status.value}: {each.error}" for each in set_aside),
        *(f"event {each} waits" for each in waiting),
        *(f"refund {each.id} is {each.state.value} of {each.amount_minor}" for each in refunds),
        *(f"subscription {each} has credits due" for each in credits_due),
        *(f"{each} has something due" for each in due),
    ]


def _promised(world: World, lines: Sequence[Transaction]) -> list[str]:
    """Name what clients were told and the ledger does not say, or says twice."""
    under: dict[str, list[Transaction]] = {}
    for line in lines:
        if line.text is not None:
            under.setdefault(line.text.description, []).append(line)
    found = [
        f"a client was told of {each}, and the ledger does not say so"
        for each in world.memory.charged
        if sum(line.signed for line in under.get(each.key, ())) != each.amount
    ]
    found += [
        f"{key} had {len(some)} effects"
        for key, some in under.items()
        # What a usage refund gives back may be two lines: into a lot, and against a debt.
        if key.startswith("key-") and len(some) > 1 and some[0].type != USAGE_REFUND
    ]
    endings = world.memory.endings
    return found + [f"hold {each} ended {n} times" for each, n in endings.items() if n > 1]


async def _coupons(world: World, orders: Sequence[Order]) -> list[str]:
    """Compare how often each coupon counts itself taken with the orders that use it."""
    taken: Counter[str] = Counter()
    found: list[str] = []
    async with world.store.read() as work:
        for order in orders:
            for use in await work.redemptions.of_order(order.id):
                taken[use.coupon_id] += use.takes_slot
                if use.status is RedemptionStatus.RESERVED and not order.is_unpaid:
                    found.append(f"order {order.id} is {order.status.value} and keeps its slot")
        for code in world.codes:
            named = await work.coupon_codes.find(code_key(code))
            assert named is not None
            coupon = await work.coupons.find(named.coupon_id)
            if named.taken != coupon.taken:
                found.append(f"code {code} was taken {named.taken}, its coupon {coupon.taken}")
            if coupon.taken != taken[coupon.id]:
                found.append(f"coupon {code} was taken {coupon.taken}, not {taken[coupon.id]}")
            if (coupon.terms.redemptions_max or coupon.taken) < coupon.taken:
                found.append(f"coupon {code} was taken {coupon.taken} times")
    return found


async def _plans(world: World) -> list[str]:
    """Compare what running subscriptions are billed for there with what they are sold as here."""
    found: list[str] = []
    async with world.store.read() as work:
        for there in world.books.standing.values():
            ours = await work.subscriptions.find_at_provider(world.books.channel, there.id)
            if ours is None or not ours.is_live or there.is_stray:
                continue
            # One that the provider bills from its next period on is not in force here before.
            waiting = await work.plan_changes.open_of(ours.id)
            billed, sold = (there.price_minor, there.interval), (ours.price_minor, ours.interval)
            if waiting is None and billed != sold:
                found.append(f"{there.id} is billed {billed} there and sold as {sold} here")
    return found


def _raised(
    lines: Sequence[Transaction], orders: Sequence[Order], events: Sequence[KeptEvent]
) -> list[str]:
    """Compare what has happened with what was raised: each once, and nothing beside it."""
    told = Counter((event.type, _about(event)) for event in events)
    happened: Counter[tuple[str, str]] = Counter(
        (EventType.ORDER_PAID.value, str(order.id)) for order in orders if order.was_paid
    )
    happened += Counter(
        (EventType.CREDITS_GRANTED.value, str(line.allocations[0].grant_id))
        for line in lines
        if line.type in _BRINGING and line.signed > 0
    )
    kinds = {kind for kind, _ in happened}
    raised = Counter({each: times for each, times in told.items() if each[0] in kinds})
    return [
        f"{kind} of {name} was raised {raised[kind, name]} times, and happened {times}"
        for (kind, name), times in (happened - raised).items()
    ] + [f"{kind} of {name} was raised, and did not happen" for kind, name in raised - happened]


def _about(event: KeptEvent) -> str:
    data = json.loads(event.payload)["data"]
    return str(data.get("grant_id") or data.get("order_id"))


def _delivered(world: World, events: Sequence[KeptEvent]) -> list[str]:
    """Name what a receiver was not told of, or was told of and never happened."""
    got = world.receivers.got
    found = [
        f"{event.type} {event.id} never arrived"
        for event in events
        if event.type != EventType.ENDPOINT_TEST.value
        and got.get(("https://shop.example/all", event.id)) != event.payload
    ]
    known = {event.id for event in events}
    return found + [f"event {each} was told and not kept" for _, each in got if each not in known]


async def _lines(store: Store) -> Sequence[Transaction]:
    return [
        line
        for account_id in ACCOUNTS
        for line in await store.records.lines(account_id, 0, _LINES_MAX)
    ]


async def _orders(store: Store) -> AsyncIterator[Order]:
    request: PageRequest | None = PageRequest(limit=_AT_ONCE)
    while request is not None:
        async with store.read() as work:
            page = await work.orders.search(OrderFilter(), request)
        for order in page.items:
            yield order
        request = None if page.next is None else PageRequest(limit=_AT_ONCE, after=page.next)


async def _events(store: Store) -> Sequence[KeptEvent]:
    async with store.read() as work:
        return await work.outbox.oldest(EventFilter(), None, _LINES_MAX)
