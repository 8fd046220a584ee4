"""What admins and the worker do: refunds, corrections, due work; and a process that is killed."""

from datetime import timedelta
from typing import Any

from application.credits.adjust_credits import AdjustCredits
from application.credits.give_grant import GiveGrant
from application.credits.limit_account import SetOverdraft
from application.credits.void_grant import VoidGrant
from application.payments.refund_order import RefundOrder
from application.ports.idempotency import Caller
from domain.credits.grant import CATEGORY_OF, GrantSource, GrantTerms
from domain.payments.order import OrderStatus
from entrypoints.container import Container
from tests.prove.simulation.swarm import Fault
from tests.prove.simulation.world import ACCOUNTS, ADMIN, World

_REASON = "asked for"

JOBS = (
    "inbox",
    "expiries",
    "monthly credits",
    "subscriptions",
    "changes of plan",
    "orders",
    "refunds",
    "old keys",
    "old bodies",
    "old reconciliations",
    "events",
    "deliveries",
    "figures",
    "reconciliation",
)
LEFT_OUT = ("old events", "prices", "proof")
"""Jobs that are not done: old events are counted in the end, when the ledger is proved, too; and
nothing has a price there."""


async def work(world: World) -> None:
    """Let the worker do a batch of one of its jobs."""
    await do_job(world, world.fortune.one_of(JOBS))


async def do_job(world: World, name: str) -> tuple[Any] | None:
    """Do a batch of one job."""

    async def asked(made: Container) -> int:
        jobs = {job.name: job.run for job in made.due_work().jobs()}
        return await jobs[name]()

    return await world.attempt(name, asked)


async def compare(world: World) -> None:
    """Let the worker compare a stretch, and time go on as it does in between."""
    await do_job(world, "reconciliation")
    world.now += timedelta(minutes=world.fortune.between(20, 120))


async def refund_order(world: World) -> None:
    """Give the money of an order back, or a part of it."""
    order_id = await _a_paid_order(world)
    if order_id is None:
        return
    fortune = world.fortune
    command = RefundOrder(
        order_id=order_id,
        amount_minor=None if fortune.is_likely(0.4) else fortune.between(1, 400),
        reason=_REASON,
        actor=ADMIN,
        key=world.key(ADMIN.id, Caller.ADMIN),
    )
    await world.request("refund", lambda made: made.refund_order()(command))


async def _a_paid_order(world: World) -> Any:
    if not world.memory.orders:
        return None
    order_id = world.fortune.one_of(world.memory.orders[-10:])
    async with world.store.read() as unit:
        order = await unit.orders.find(order_id)
    return order_id if order.status in {OrderStatus.PAID, OrderStatus.PARTIALLY_REFUNDED} else None


async def adjust(world: World) -> None:
    """Correct a balance by hand."""
    account_id, amount = world.fortune.one_of(ACCOUNTS), world.fortune.between(-30, 30)
    command = AdjustCredits(
        account_id=account_id,
        amount=amount or 1,
        reason=_REASON,
        actor=ADMIN,
        key=world.key(ADMIN.id, Caller.ADMIN),
    )
    await world.request("adjust", lambda made: made.adjust_credits()(command))


async def give(world: World) -> None:
    """Give somebody credits as an admin."""
    account_id = world.fortune.one_of(ACCOUNTS)
    terms = GrantTerms(
        amount=world.fortune.between(1, 50),
        source=GrantSource.MANUAL,
        category=CATEGORY_OF[GrantSource.MANUAL],
        expires_at=world.clock() + timedelta(days=world.fortune.between(1, 60)),
    )
    command = GiveGrant(
        account_id=account_id,
        terms=terms,
        reason=_REASON,
        actor=ADMIN,
        key=world.key(ADMIN.id, Caller.ADMIN),
    )
    await world.request("give", lambda made: made.holds_and_lots().give_grant(command))


async def void(world: World) -> None:
    """Void a lot that was given away."""
    account_id = world.fortune.one_of(ACCOUNTS)
    wallet = (await world.store.ledger.load([account_id]))[account_id]
    given = [each for each in wallet.grants if each.source is GrantSource.MANUAL]
    if not given:
        return
    command = VoidGrant(
        account_id=account_id,
        grant_id=world.fortune.one_of(given).id,
        reason=_REASON,
        actor=ADMIN,
        key=world.key(ADMIN.id, Caller.ADMIN),
    )
    await world.request("void", lambda made: made.holds_and_lots().void_grant(command))


async def limit(world: World) -> None:
    """Let an account spend below nothing, or no longer. The highest limit ever set is kept."""
    account_id = world.fortune.one_of(ACCOUNTS)
    overdraft = world.fortune.one_of((0, 25, 50))
    world.memory.overdraft[account_id] = max(world.memory.overdraft[account_id], overdraft)
    command = SetOverdraft(account_id=account_id, limit=overdraft, reason=_REASON, actor=ADMIN)
    await world.attempt("limit", lambda made: made.holds_and_lots().set_overdraft(command))


async def kill(world: World) -> None:
    """Kill the process between two requests, or while it does what nobody waits for."""
    if world.fortune.strikes(Fault.CRASH):
        world.service.life.is_over = True
