"""Orders through a provider that often does what it is asked, and whose answer then gets lost."""

from collections import Counter
from random import Random
from typing import Any

from attrs import define, field

from adapters.stores.memory.store import MemoryStore
from application.payments.refund_order import RefundOrder
from application.payments.start_checkout import StartCheckout
from application.ports.idempotency import Caller
from domain.payments.ids import OrderId
from domain.payments.order import OrderType
from tests.prove.simulation.deeds_of_buyers import deliver_news, time_passes
from tests.prove.simulation.provider_records import CHANNEL
from tests.prove.simulation.service import Plant, nothing
from tests.prove.simulation.settling import settle
from tests.prove.simulation.simulation import open_shop
from tests.prove.simulation.swarm import Fault, Fortune
from tests.prove.simulation.world import ACCOUNTS, ADMIN, Request, World

_RATES = {
    Fault.PROVIDER_LOST_ANSWER: 0.3,
    Fault.PROVIDER_SILENT: 0.1,
    Fault.PROVIDER_BROKEN: 0.05,
    Fault.ANSWER_LOST: 0.05,
    Fault.COMMIT_FAILED: 0.03,
    Fault.GIVEN_UP: 0.03,
    Fault.CRASH: 0.002,
    Fault.NEWS_REPEATED: 0.2,
    Fault.NEWS_LOST: 0.1,
}
_TRIES_MAX = 40
_REFUND_SHARE = 0.2


@define(kw_only=True)
class Charges:
    """What became of so many orders."""

    orders: int = 0
    charged: int = 0
    refunds: int = 0
    faults: Counter[Fault] = field(factory=Counter)
    violations: list[str] = field(factory=list)

    def __str__(self) -> str:
        lost = self.faults[Fault.PROVIDER_LOST_ANSWER]
        return (
            f"{self.orders:,} orders, {self.charged:,} charged, none of them twice, and "
            f"{self.refunds:,} refunds; {lost:,} times the provider did it and its answer was "
            f"lost, {self.faults.total():,} faults in all"
        )


async def charge(seed: int, orders: int, found: Charges, plant: Plant = nothing) -> None:
    """Let packs be bought and paid, some given back, and count what the provider collected."""
    fortune = Fortune(random=Random(seed), rates=_RATES)
    world = World(store=MemoryStore(), fortune=fortune, plant=plant)
    await open_shop(world)
    for _ in range(orders):
        await _one_order(world)
    fortune.is_calm = True
    # A buyer may have every page that was ever opened for an order, and pays whatever can be paid.
    await settle(world)
    paid = Counter(each.order_id for each in world.books.collected.values())
    found.orders += orders
    found.charged += len(paid)
    found.refunds += sum(len(each.refunds) for each in world.books.collected.values())
    found.faults += fortune.struck
    found.violations += [f"seed {seed}: {each}" for each in world.violations]
    found.violations += [f"{order} was charged {n} times" for order, n in paid.items() if n > 1]


async def _one_order(world: World) -> None:
    account_id = world.fortune.one_of(ACCOUNTS)
    command = StartCheckout(
        account_id=account_id,
        channel=CHANNEL,
        item=world.packs[0].id,
        type=OrderType.CREDITS,
        success_url="https://shop.example/done",
        cancel_url="https://shop.example/plans",
        key=world.key(account_id, Caller.USER),
    )
    answer = await _until_answered(world, "buy", lambda made: made.start_checkout()(command))
    for page in list(world.books.pages.values())[-10:]:
        if page.can_be_paid(world.now):
            world.books.pay(page, is_told_apart=False, is_told_twice=world.fortune.is_likely(0.3))
    for _ in range(2):
        await deliver_news(world)
        await _revived(world)
    if answer is not None and world.fortune.is_likely(_REFUND_SHARE):
        await _give_back(world, answer.order.id)
    if world.fortune.is_likely(0.1):
        await time_passes(world)


async def _give_back(world: World, order_id: OrderId) -> None:
    amount = None if world.fortune.is_likely(0.5) else world.fortune.between(1, 200)
    key = world.key(ADMIN.id, Caller.ADMIN)
    command = RefundOrder(
        order_id=order_id, amount_minor=amount, reason="asked for", actor=ADMIN, key=key
    )
    await _until_answered(world, "refund", lambda made: made.refund_order()(command))


async def _until_answered(world: World, name: str, ask: Any) -> Any:
    """Ask under one key until there is an answer, whichever life of the service gives it."""
    request = Request(name=name, ask=ask, took=None, first_at=world.clock())
    for _ in range(_TRIES_MAX):
        waiting = len(world.memory.unanswered)
        await world.ask_again(request)
        await _revived(world)
        if len(world.memory.unanswered) == waiting:
            break
        world.memory.unanswered.pop()
    return request.answer if request.is_answered else None


async def _revived(world: World) -> None:
    if world.service.life.is_over:
        await world.service.begin_anew()
