"""The numbers of receipts: without a gap and without a twin, whatever the store and its haste."""

import asyncio
import random
from collections.abc import Awaitable, Callable

import pytest
from attrs import evolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.stores.memory.store import MemoryStore
from application.payments.steps.fulfilment import NO_PROVIDER, fulfil_payment
from application.payments.steps.paid_together import hold_together
from application.ports.credits import WriteRefused
from application.ports.store import Store
from application.ports.unit_of_work import UnitOfWork
from domain.credits.ids import AccountId
from domain.payments.order import Order, OrderStatus
from tests.adapters.stores.steps import abandon, commit, look, outcomes
from tests.support.builders.payments import a_payment, an_order
from tests.support.clock import NOON, fresh_id

Step = Callable[[UnitOfWork], Awaitable[object]]


def pay(order: Order) -> Step:
    """Return the step that takes a payment for an order that is kept already."""
    payment = a_payment(provider_payment_id=f"pay_{order.id}")

    async def paid(work: UnitOfWork) -> None:
        held = await hold_together(work, order.id, NOON, fresh_id)
        await fulfil_payment(held.granting, held.order, payment, NO_PROVIDER)

    return paid


async def kept(store: Store, count: int) -> list[Order]:
    """Keep orders of as many accounts, waiting to be paid."""
    orders = [an_order(account_id=AccountId(f"user-{place}")) for place in range(count)]

    async def add(work: UnitOfWork) -> None:
        for order in orders:
            await work.orders.add(order)

    await commit(store, add)
    return orders


async def numbers(store: Store, orders: list[Order]) -> list[int]:
    """Return the numbers that orders have, in order."""

    async def read(work: UnitOfWork) -> list[int]:
        found = [await work.orders.find(order.id) for order in orders]
        return sorted(each.receipt_number for each in found if each.receipt_number is not None)

    return await look(store, read)


async def test_receipts_are_numbered_from_one_on(store: Store) -> None:
    orders = await kept(store, 3)

    for order in orders:
        await commit(store, pay(order))

    assert await numbers(store, orders) == [1, 2, 3]


async def test_a_payment_that_was_not_committed_leaves_no_gap(store: Store) -> None:
    first, lost, second = await kept(store, 3)

    await commit(store, pay(first))
    await abandon(store, pay(lost))
    await commit(store, pay(second))

    assert await numbers(store, [first]) == [1]
    assert await numbers(store, [lost]) == []
    assert await numbers(store, [second]) == [2]


async def test_payments_at_once_of_which_some_are_lost_leave_neither_gap_nor_twin(
    store: Store,
) -> None:
    chance = random.Random(11)
    orders = await kept(store, 24)
    is_lost = [chance.random() < 0.4 for _ in orders]

    ended = await outcomes(
        *(
            (abandon if lost else commit)(store, pay(order))
            for order, lost in zip(orders, is_lost, strict=True)
        )
    )

    assert not [each for each in ended if isinstance(each, BaseException)]
    assert await numbers(store, orders) == list(range(1, is_lost.count(False) + 1))


async def test_one_payment_told_from_all_sides_has_one_receipt(store: Store) -> None:
    (order,) = await kept(store, 1)

    await outcomes(*(commit(store, pay(order)) for _ in range(16)))

    assert await numbers(store, [order]) == [1]
    (other,) = await kept(store, 1)
    await commit(store, pay(other))
    assert await numbers(store, [other]) == [2]


async def test_two_orders_never_bear_one_number(store: Store) -> None:
    first, second = await kept(store, 2)
    await commit(store, pay(first))
    paid = await look(store, lambda work: work.orders.find(first.id))
    twin = evolve(
        second,
        status=OrderStatus.PAID,
        paid_at=NOON,
        receipt_number=paid.receipt_number,
    )

    with pytest.raises(WriteRefused):
        await commit(store, lambda work: work.orders.save(twin))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(is_lost=st.lists(st.booleans(), min_size=1, max_size=12))
def test_whatever_is_lost_the_receipts_that_stand_are_dense(is_lost: list[bool]) -> None:
    async def run() -> tuple[list[int], int]:
        store = MemoryStore()
        orders = await kept(store, len(is_lost))
        await asyncio.gather(
            *(
                (abandon if lost else commit)(store, pay(order))
                for order, lost in zip(orders, is_lost, strict=True)
            )
        )
        return await numbers(store, orders), is_lost.count(False)

    found, count = asyncio.run(run())

    assert found == list(range(1, count + 1))
