"""What is to come, as every store names it: one rule for each kind of thing that time decides."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import pytest
from attrs import evolve

from application.ports.sandbox import SandboxRecord
from application.ports.store import Store
from application.ports.unit_of_work import UnitOfWork
from domain.payments.inbox import InboxStatus
from domain.payments.order import OrderStatus
from domain.payments.refund import RefundState
from domain.period import Interval, Period
from domain.subscriptions.subscription import SubscriptionStatus
from tests.adapters.stores.steps import commit, look
from tests.support.builders.credits import SOMEBODY, grant_terms, granted
from tests.support.builders.payments import a_refund, a_sandbox_record, an_inbox_event, an_order
from tests.support.builders.plan_changes import a_change
from tests.support.builders.subscriptions import a_subscription
from tests.support.clock import NOON

SOON = NOON + timedelta(hours=1)
A_MICROSECOND = timedelta(microseconds=1)

Keep = Callable[[UnitOfWork], Awaitable[None]]


async def next_after(store: Store, instant: datetime) -> datetime | None:
    return await look(store, lambda work: work.agenda.next_after(instant))


async def a_lot_that_expires(work: UnitOfWork) -> None:
    wallet = await work.wallets.take(SOMEBODY)
    await work.wallets.save(granted(wallet, grant_terms(expires_at=SOON)))


async def a_lot_that_takes_effect(work: UnitOfWork) -> None:
    wallet = await work.wallets.take(SOMEBODY)
    await work.wallets.save(granted(wallet, grant_terms(effective_at=SOON)))


async def an_unpaid_order(work: UnitOfWork) -> None:
    await work.orders.add(evolve(an_order(), expires_at=SOON))


async def an_open_refund(work: UnitOfWork) -> None:
    order = an_order()
    await work.orders.add(order)
    await work.refunds.add(evolve(a_refund(order, state=RefundState.PENDING), ask_at=SOON))


async def an_event_to_try_again(work: UnitOfWork) -> None:
    failed = evolve(an_inbox_event(next_try_at=SOON), status=InboxStatus.FAILED)
    await work.inbox.add(failed)


async def a_month_of_credits(work: UnitOfWork) -> None:
    sold = a_subscription(
        interval=Interval.YEARLY, credits_from_at=SOON, provider_subscription_id="sub_1"
    )
    await work.subscriptions.add(sold)


async def a_free_period_that_ends(work: UnitOfWork) -> None:
    sold = evolve(a_subscription(), period=Period(NOON, SOON), credits_from_at=SOON)
    await work.subscriptions.add(sold)


async def a_change_to_be_placed(work: UnitOfWork) -> None:
    await work.plan_changes.add(a_change(a_subscription(), ask_at=SOON))


DUE: list[Keep] = [
    a_lot_that_expires,
    a_lot_that_takes_effect,
    an_unpaid_order,
    an_open_refund,
    an_event_to_try_again,
    a_month_of_credits,
    a_free_period_that_ends,
    a_change_to_be_placed,
]


@pytest.mark.parametrize("keep", DUE, ids=lambda keep: keep.__name__)
async def test_what_is_to_come_is_named_until_its_instant_has_come(
    store: Store, keep: Keep
) -> None:
    await commit(store, keep)

    assert await next_after(store, NOON) == SOON
    assert await next_after(store, SOON - A_MICROSECOND) == SOON
    assert await next_after(store, SOON) is None


async def an_order_that_was_paid(work: UnitOfWork) -> None:
    await work.orders.add(evolve(an_order(), status=OrderStatus.EXPIRED, expires_at=SOON))


async def a_subscription_that_has_ended(work: UnitOfWork) -> None:
    sold = a_subscription(status=SubscriptionStatus.EXPIRED)
    await work.subscriptions.add(evolve(sold, period=Period(NOON, SOON), credits_from_at=NOON))


async def an_event_that_was_applied(work: UnitOfWork) -> None:
    await work.inbox.add(an_inbox_event(next_try_at=SOON).applied((), NOON))


@pytest.mark.parametrize(
    "keep",
    [an_order_that_was_paid, a_subscription_that_has_ended, an_event_that_was_applied],
    ids=lambda keep: keep.__name__,
)
async def test_what_time_no_longer_decides_is_not_to_come(store: Store, keep: Keep) -> None:
    await commit(store, keep)

    assert await next_after(store, NOON) is None


async def test_the_first_of_several_things_is_named(store: Store) -> None:
    await commit(store, an_unpaid_order)
    later = evolve(an_order(), expires_at=SOON + timedelta(days=1))
    await commit(store, lambda work: work.orders.add(later))

    assert await next_after(store, NOON) == SOON
    assert await next_after(store, SOON) == SOON + timedelta(days=1)


def _putting(record: SandboxRecord) -> Keep:
    return lambda work: work.sandbox.put(record)


async def test_the_sandbox_has_an_agenda_of_each_kind(store: Store) -> None:
    for kind, due_at in (("checkout", SOON), ("subscription", NOON), ("customer", None)):
        record = evolve(a_sandbox_record(due_at=due_at), kind=kind)
        await commit(store, _putting(record))

    async def next_of(kind: str, instant: datetime) -> datetime | None:
        return await look(store, lambda work: work.sandbox.next_due_after(kind, instant))

    assert await next_of("checkout", NOON) == SOON
    assert await next_of("checkout", SOON) is None
    assert await next_of("subscription", NOON) is None
    assert await next_of("customer", NOON) is None
