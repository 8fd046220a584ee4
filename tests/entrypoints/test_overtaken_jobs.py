"""Several workers over one store: what another has done meanwhile is no reason to pause."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

import pytest
from attrs import evolve

from application.ports.unit_of_work import BeginRead
from domain.payments.order import OrderStatus
from entrypoints.worker import DueWork
from tests.support.app import Service
from tests.support.builders.payments import a_refund, an_inbox_event, an_order
from tests.support.builders.subscriptions import a_subscription
from tests.support.clock import NOON
from tests.support.overtaken import Overtaken


async def everything_due(service: Service) -> None:
    """Keep one thing of each kind that is due."""
    paid = evolve(an_order(status=OrderStatus.PAID, paid_at=NOON), provider_payment_id="pay_1")
    sold = a_subscription(credits_from_at=NOON)
    async with service.store.begin() as work:
        await work.orders.add(paid)
        await work.refunds.add(evolve(a_refund(paid), ask_at=NOON))
        await work.orders.add(an_order(expires_at=NOON - timedelta(hours=1)))
        await work.orders.add(an_order(id=sold.order_id))
        await work.subscriptions.add(sold)
        await work.inbox.add(an_inbox_event(next_try_at=NOON))
        await work.commit()


def inbox(due: DueWork, read: BeginRead) -> DueWork:
    return evolve(due, draining_inbox=evolve(due.draining_inbox, read=read))


def monthly_credits(due: DueWork, read: BeginRead) -> DueWork:
    return evolve(due, issuing_due_credits=evolve(due.issuing_due_credits, read=read))


def orders(due: DueWork, read: BeginRead) -> DueWork:
    return evolve(due, sweeping_orders=evolve(due.sweeping_orders, read=read))


def refunds(due: DueWork, read: BeginRead) -> DueWork:
    return evolve(due, chasing_refunds=evolve(due.chasing_refunds, read=read))


Step = Callable[[DueWork], Awaitable[int]]
JOBS: Mapping[str, tuple[Step, Callable[[DueWork, BeginRead], DueWork]]] = {
    "inbox": (DueWork.drain_inbox, inbox),
    "monthly credits": (DueWork.issue_due_credits, monthly_credits),
    "orders": (DueWork.sweep_orders, orders),
    "refunds": (DueWork.chase_refunds, refunds),
}


@pytest.mark.parametrize("name", JOBS)
async def test_what_another_worker_did_meanwhile_counts_as_a_part_of_the_batch(
    service: Service, name: str
) -> None:
    step, reading_through = JOBS[name]
    await everything_due(service)
    due = service.container.due_work()
    other: list[int] = []

    async def meanwhile() -> None:
        other.append(await step(due))

    slow = Overtaken(inner=service.store.read, meanwhile=meanwhile)
    looked_at = await step(reading_through(due, slow.read))
    left = await step(due)

    # A worker that finds a whole batch goes on at once: there may be a backlog behind it.
    assert (other, looked_at, left) == ([1], 1, 0)
