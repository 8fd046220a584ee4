"""What a job of the worker cannot do is logged with the ids of what it is about, and no more."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest
from attrs import define, evolve
from structlog.testing import capture_logs

from adapters.stores.memory.table import SortedMap, Table
from application.ports.credits import WriteRefused
from application.ports.unit_of_work import UnitOfWork
from domain.events.endpoint import EndpointSecret, secret_written
from domain.payments.order import OrderStatus
from domain.subscriptions.change import ChangeStatus
from entrypoints.container import Container
from entrypoints.logs import WHAT_FOR, log_alarm
from entrypoints.worker import Worker
from tests.support.app import Service, a_service
from tests.support.builders.credits import SOMEBODY, grant_terms, granted
from tests.support.builders.events import a_delivery, an_endpoint, an_event
from tests.support.builders.payments import a_refund, an_inbox_event, an_order
from tests.support.builders.plan_changes import a_change
from tests.support.builders.subscriptions import a_subscription
from tests.support.clock import NOON
from tests.support.signing_provider import paid_event

CANARY = "a-canary-of-4711-that-sings-in-no-log"
Ids = Mapping[str, str]
Line = Mapping[str, Any]


@define(eq=False)
class RefusingMap(SortedMap[Any]):
    """Rows that nobody can change any more: a store that says no when it is to commit."""

    def apply(self, changes: Mapping[Any, Any]) -> None:
        if changes:
            raise WriteRefused("the disk is full")
        super().apply(changes)


def refuse(service: Service, table: str) -> None:
    """From now on let no row of a table be written."""
    rows: Table[Any] = getattr(service.store.tables, table)
    rows.main = RefusingMap(keys=rows.main.keys, values=rows.main.values)


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    """The service, whose alarms are logged as in a running one."""

    def prepare(container: Container) -> None:
        container.alarm.override(log_alarm)

    async with a_service(prepare=prepare) as running:
        yield running


async def keep(service: Service, step: Callable[[UnitOfWork], Awaitable[object]]) -> None:
    async with service.store.begin() as work:
        await step(work)
        await work.commit()


async def logged_by(service: Service, name: str) -> Sequence[Line]:
    """Let the worker do one run of a job; return what was logged meanwhile."""
    (job,) = [each for each in service.container.due_work().jobs() if each.name == name]
    stop = asyncio.Event()

    async def once() -> int:
        try:
            return await job.run()
        finally:
            stop.set()

    worker = Worker(
        jobs=[evolve(job, run=once, may_be_cut=False)],
        alarm=log_alarm,
        wall_clock=service.wall_clock,
        new_id=lambda: "run-1",
    )
    with capture_logs(processors=WHAT_FOR) as logged:
        async with asyncio.timeout(10):
            await worker.run(stop)
    return logged


async def an_overdue_order(service: Service) -> Ids:
    order = an_order(expires_at=NOON - timedelta(hours=1))
    await keep(service, lambda work: work.orders.add(order))
    refuse(service, "orders")
    return {"order_id": order.id, "account_id": SOMEBODY}


async def a_webhook_about_an_order(service: Service) -> Ids:
    order = an_order(expires_at=NOON + timedelta(hours=1))
    told = json.loads(paid_event(order.id, net_minor=500, event_id="evt_1"))
    event = an_inbox_event(
        event_id="evt_1", body=json.dumps({**told, "email": CANARY}).encode(), received_at=NOON
    )

    async def step(work: UnitOfWork) -> None:
        await work.orders.add(order)
        await work.inbox.add(event)

    await keep(service, step)
    refuse(service, "wallets")
    return {"event_id": "evt_1", "order_id": order.id, "account_id": SOMEBODY}


async def a_lost_webhook_about_an_order(service: Service) -> Ids:
    order = an_order(expires_at=NOON + timedelta(hours=1))
    await keep(service, lambda work: work.orders.add(order))
    service.provider.undelivered.append(paid_event(order.id, net_minor=500, event_id="evt_1"))
    refuse(service, "wallets")
    return {"event_id": "evt_1", "order_id": order.id, "account_id": SOMEBODY}


async def a_refund_without_an_answer(service: Service) -> Ids:
    order = an_order(status=OrderStatus.PAID, paid_at=NOON)
    refund = evolve(a_refund(order), ask_at=NOON)

    async def step(work: UnitOfWork) -> None:
        await work.orders.add(order)
        await work.refunds.add(refund)

    await keep(service, step)
    refuse(service, "refunds")
    return {"refund_id": refund.id, "order_id": order.id, "account_id": SOMEBODY}


async def an_expired_lot(service: Service) -> Ids:
    async def step(work: UnitOfWork) -> None:
        wallet = await work.wallets.take(SOMEBODY)
        terms = grant_terms(amount=5, expires_at=NOON + timedelta(seconds=1))
        await work.wallets.save(granted(wallet, terms))

    await keep(service, step)
    service.clock.advance(hours=1)
    refuse(service, "wallets")
    return {"account_id": SOMEBODY}


async def a_month_that_is_due(service: Service) -> Ids:
    sold = a_subscription(credits_from_at=NOON)
    await keep(service, lambda work: work.subscriptions.add(sold))
    refuse(service, "wallets")
    return {"subscription_id": sold.id, "account_id": SOMEBODY}


async def a_renewal_that_failed(service: Service) -> Ids:
    sold = a_subscription(provider_subscription_id="sub_1")
    overdue = evolve(sold, course=sold.course.turned(overdue_since=NOON, is_paused=False))
    await keep(service, lambda work: work.subscriptions.add(overdue))
    refuse(service, "subscriptions")
    return {"subscription_id": sold.id, "account_id": SOMEBODY}


async def a_change_to_be_asked_for(service: Service) -> Ids:
    sold = a_subscription(provider_subscription_id="sub_1")
    change = a_change(sold, status=ChangeStatus.SCHEDULED, ask_at=NOON)

    async def step(work: UnitOfWork) -> None:
        await work.subscriptions.add(sold)
        await work.plan_changes.add(change)

    await keep(service, step)
    refuse(service, "plan_changes")
    return {"subscription_id": sold.id, "account_id": SOMEBODY}


async def an_event_without_deliveries(service: Service) -> Ids:
    event = an_event(data={"email": CANARY})
    await keep(service, lambda work: work.outbox.add(event))
    refuse(service, "outbox")
    return {"event_id": event.id, "account_id": SOMEBODY}


async def an_event_on_its_way(service: Service) -> Ids:
    event = an_event(data={"email": CANARY})
    secret = EndpointSecret(text=secret_written(CANARY), created_at=NOON)
    endpoint = an_endpoint(url="https://0.0.0.0/", secrets=(secret,))

    async def step(work: UnitOfWork) -> None:
        await work.endpoints.add(endpoint)
        await work.outbox.add(event)
        await work.outbox.settle([event.id])
        await work.deliveries.add([a_delivery(event.id, endpoint.id)])

    await keep(service, step)
    return {"event_id": event.id, "endpoint_id": endpoint.id, "account_id": SOMEBODY}


FAULTS: Mapping[str, Callable[[Service], Awaitable[Ids]]] = {
    "orders": an_overdue_order,
    "refunds": a_refund_without_an_answer,
    "inbox": a_webhook_about_an_order,
    "reconciliation": a_lost_webhook_about_an_order,
    "expiries": an_expired_lot,
    "monthly credits": a_month_that_is_due,
    "subscriptions": a_renewal_that_failed,
    "changes of plan": a_change_to_be_asked_for,
    "events": an_event_without_deliveries,
    "deliveries": an_event_on_its_way,
}


@pytest.mark.parametrize("job", FAULTS)
async def test_what_a_job_cannot_do_is_logged_with_its_ids_and_without_secrets(
    service: Service, job: str
) -> None:
    ids = await FAULTS[job](service)

    logged = await logged_by(service, job)

    named = {"job": job, "request_id": "run-1", **ids}
    assert logged
    assert any(named.items() <= line.items() for line in logged), logged
    assert CANARY not in str(logged)
