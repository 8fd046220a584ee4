"""Refunds and disputes, as every store keeps them."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

import pytest
from attrs import evolve

from application.ports.credits import WriteRefused
from application.ports.paging import Page, PageRequest
from application.ports.store import Store
from application.ports.unit_of_work import UnitOfWork
from domain.payments.dispute import Dispute
from domain.payments.errors import DisputeNotFound
from domain.payments.ids import Channel, DisputeId, RefundId
from domain.payments.order import Order
from domain.payments.provider_event import DisputeStatus
from domain.payments.refund import Refund, RefundKind, RefundState
from tests.adapters.stores.steps import commit, look
from tests.support.builders.credits import SOMEBODY_ELSE
from tests.support.builders.payments import a_dispute, a_refund, an_order
from tests.support.clock import NOON, fresh_id

STRIPE = Channel("stripe")
A_SECOND = timedelta(seconds=1)


async def an_order_in(store: Store) -> Order:
    order = an_order()
    await commit(store, lambda work: work.orders.add(order))
    return order


async def refunds_of(store: Store, order: Order) -> Sequence[Refund]:
    return await look(store, lambda work: work.refunds.of_order(order.id))


async def disputes_of(store: Store, order: Order) -> Sequence[Dispute]:
    return await look(store, lambda work: work.disputes.of_order(order.id))


def _adding(kept: Refund | Dispute) -> Callable[[UnitOfWork], Awaitable[None]]:
    if isinstance(kept, Refund):
        return lambda work: work.refunds.add(kept)
    return lambda work: work.disputes.add(kept)


def _saving(refund: Refund) -> Callable[[UnitOfWork], Awaitable[None]]:
    return lambda work: work.refunds.save(refund)


async def test_what_went_back_of_several_orders_is_read_at_once(store: Store) -> None:
    orders = [await an_order_in(store) for _ in range(3)]
    refunds, disputes = [a_refund(each) for each in orders], [a_dispute(each) for each in orders]
    for refund, dispute in zip(refunds, disputes, strict=True):
        await commit(store, _adding(refund))
        await commit(store, _adding(dispute))
    asked = [order.id for order in (orders[2], orders[0])]

    assert await look(store, lambda work: work.refunds.of_orders(asked)) == refunds[::2]
    assert await look(store, lambda work: work.disputes.of_orders(asked)) == disputes[::2]
    assert await look(store, lambda work: work.refunds.of_orders([])) == []


async def test_what_is_of_no_order_is_refused(store: Store) -> None:
    stray = an_order()

    with pytest.raises(WriteRefused):
        await commit(store, lambda work: work.refunds.add(a_refund(stray)))
    with pytest.raises(WriteRefused):
        await commit(store, lambda work: work.disputes.add(a_dispute(stray)))


async def test_a_refund_of_the_provider_s_is_kept_once(store: Store) -> None:
    order = await an_order_in(store)
    first = a_refund(order, provider_refund_id="re_1")
    await commit(store, lambda work: work.refunds.add(first))

    for twin in (first, a_refund(order, provider_refund_id="re_1")):
        with pytest.raises(WriteRefused):
            await commit(store, _adding(twin))

    # Where one payment paid two orders, its refund falls on both.
    other = await an_order_in(store)
    part = a_refund(other, provider_refund_id="re_1")
    await commit(store, lambda work: work.refunds.add(part))
    assert await refunds_of(store, other) == [part]

    elsewhere = evolve(a_refund(order, provider_refund_id="re_1"), channel=STRIPE)
    await commit(store, lambda work: work.refunds.add(elsewhere))
    assert await refunds_of(store, order) == [first, elsewhere]


async def test_a_dispute_of_the_provider_s_is_kept_once(store: Store) -> None:
    order = await an_order_in(store)
    first = a_dispute(order, provider_dispute_id="dp_1")
    await commit(store, lambda work: work.disputes.add(first))

    for twin in (first, a_dispute(order, provider_dispute_id="dp_1")):
        with pytest.raises(WriteRefused):
            await commit(store, _adding(twin))

    other = await an_order_in(store)
    part = a_dispute(other, provider_dispute_id="dp_1")
    await commit(store, lambda work: work.disputes.add(part))
    assert await disputes_of(store, other) == [part]

    elsewhere = evolve(a_dispute(order, provider_dispute_id="dp_1"), channel=STRIPE)
    await commit(store, lambda work: work.disputes.add(elsewhere))
    assert await disputes_of(store, order) == [first, elsewhere]


async def test_a_refund_comes_back_whole_and_is_replaced_when_it_changes(store: Store) -> None:
    order = await an_order_in(store)
    asked = evolve(a_refund(order, amount_minor=0), reason="Grüße ☕", kind=RefundKind.FRAUDULENT)
    await commit(store, lambda work: work.refunds.add(asked))
    assert await look(store, lambda work: work.refunds.find(asked.id)) == asked

    for changed in (
        evolve(asked, state=RefundState.PENDING, provider_refund_id="re_1"),
        evolve(asked, state=RefundState.FAILED, failure="the payment is too old"),
    ):
        await commit(store, _saving(changed))
        assert await look(store, lambda work: work.refunds.find(asked.id)) == changed
        assert await refunds_of(store, order) == [changed]


async def test_a_dispute_comes_back_whole_and_is_replaced_when_it_changes(store: Store) -> None:
    order = await an_order_in(store)
    dispute = a_dispute(order)
    await commit(store, lambda work: work.disputes.add(dispute))
    assert await look(store, lambda work: work.disputes.find(dispute.id)) == dispute

    lost = dispute.told(DisputeStatus.LOST, NOON, NOON)
    await commit(store, lambda work: work.disputes.save(lost))

    assert await look(store, lambda work: work.disputes.find(dispute.id)) == lost
    assert await disputes_of(store, order) == [lost]


async def test_what_was_never_kept_is_not_found(store: Store) -> None:
    refund_id, dispute_id = RefundId(fresh_id()), DisputeId(fresh_id())

    assert await look(store, lambda work: work.refunds.find(refund_id)) is None
    with pytest.raises(DisputeNotFound):
        await look(store, lambda work: work.disputes.find(dispute_id))


async def test_refunds_and_disputes_of_an_order_are_its_own_oldest_first(store: Store) -> None:
    order, other = await an_order_in(store), await an_order_in(store)
    refunds = [a_refund(order) for _ in range(3)]
    disputes = [a_dispute(order) for _ in range(3)]

    async def keep(work: UnitOfWork) -> None:
        for refund in (refunds[2], refunds[0], a_refund(other), refunds[1]):
            await work.refunds.add(refund)
        for dispute in (disputes[2], disputes[0], a_dispute(other), disputes[1]):
            await work.disputes.add(dispute)

    await commit(store, keep)

    assert await refunds_of(store, order) == refunds
    assert await disputes_of(store, order) == disputes


@pytest.mark.parametrize(
    ("status", "found"),
    [
        (None, [4, 3, 2, 1, 0]),
        (DisputeStatus.OPEN, [4, 2, 1]),
        (DisputeStatus.WON, [0]),
        (DisputeStatus.LOST, [3]),
    ],
)
async def test_disputes_of_all_accounts_page_on_newest_first(
    store: Store, status: DisputeStatus | None, found: list[int]
) -> None:
    orders = [an_order(), an_order(account_id=SOMEBODY_ELSE)]
    states = {0: DisputeStatus.WON, 3: DisputeStatus.LOST}
    disputes = [
        a_dispute(orders[n % 2], status=states.get(n, DisputeStatus.OPEN)) for n in range(5)
    ]

    async def keep(work: UnitOfWork) -> None:
        for order in orders:
            await work.orders.add(order)
        for dispute in disputes:
            await work.disputes.add(dispute)

    await commit(store, keep)
    seen: list[Dispute] = []
    after: str | None = None
    for _ in range(3):
        page = await look(store, _page(status, PageRequest(limit=2, after=after)))
        assert page.total is None
        seen += page.items
        after = page.next
        if after is None:
            break

    assert seen == [disputes[place] for place in found]
    assert after is None


def _page(
    status: DisputeStatus | None, request: PageRequest
) -> Callable[[UnitOfWork], Awaitable[Page[Dispute]]]:
    return lambda work: work.disputes.page(status, request)


async def test_open_refunds_are_asked_about_when_their_time_has_come_longest_due_first(
    store: Store,
) -> None:
    order = await an_order_in(store)
    due = [
        evolve(a_refund(order, state=state), ask_at=NOON - n * A_SECOND, asked=n)
        for n, state in enumerate((RefundState.REQUESTED, RefundState.PENDING))
    ]
    for refund in (
        *due,
        evolve(a_refund(order), ask_at=NOON + A_SECOND),
        a_refund(order),
        evolve(a_refund(order, state=RefundState.SUCCEEDED), ask_at=NOON),
        evolve(a_refund(order, state=RefundState.FAILED), ask_at=NOON),
    ):
        await commit(store, _adding(refund))

    found = await look(store, lambda work: work.refunds.to_ask_about(NOON, 10))
    longest = await look(store, lambda work: work.refunds.to_ask_about(NOON, 1))

    assert list(found) == due[::-1]
    assert list(longest) == due[1:]
