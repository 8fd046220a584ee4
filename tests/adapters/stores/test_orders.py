"""Orders, payments and customers, as every store keeps them."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

import pytest
from attrs import evolve

from application.ports.credits import WriteRefused
from application.ports.paging import Page, PageRequest
from application.ports.payments import OrderFilter
from application.ports.store import Store
from application.ports.unit_of_work import UnitOfWork
from domain.amount import AMOUNT_MAX
from domain.credits.claw_back import Claim
from domain.credits.ids import AccountId, GrantId
from domain.payments.errors import OrderNotFound
from domain.payments.ids import Channel, OrderId
from domain.payments.order import Order, OrderLine, OrderStatus, OrderType
from domain.payments.payment import Payment
from domain.period import Interval, Period
from tests.adapters.stores.steps import abandon, commit, look, look_behind, outcomes
from tests.support.builders.credits import SOMEBODY, SOMEBODY_ELSE
from tests.support.builders.payments import SANDBOX, a_payment, an_order
from tests.support.clock import NOON, fresh_id

A_MICROSECOND = timedelta(microseconds=1)
STRIPE = Channel("stripe")


async def _kept(store: Store, order: Order) -> Order:
    await commit(store, lambda work: work.orders.add(order))
    return order


async def test_an_unknown_order_is_refused(store: Store) -> None:
    order_id = OrderId(fresh_id())

    with pytest.raises(OrderNotFound) as found:
        await look(store, lambda work: work.orders.find(order_id))
    with pytest.raises(OrderNotFound) as taken:
        await abandon(store, lambda work: work.orders.take(order_id))

    assert found.value.order_id == taken.value.order_id == order_id


async def test_an_id_that_is_taken_by_another_order_is_refused(store: Store) -> None:
    order = await _kept(store, an_order())

    with pytest.raises(WriteRefused):
        await _kept(store, an_order(id=order.id, account_id=SOMEBODY_ELSE))

    assert await look(store, lambda work: work.orders.find(order.id)) == order


async def test_a_payment_that_is_known_already_is_refused_for_every_order(
    store: Store,
) -> None:
    order, other = await _kept(store, an_order()), await _kept(store, an_order())
    payment = a_payment()
    await commit(store, lambda work: work.payments.add(payment, order.id))

    with pytest.raises(WriteRefused):
        await commit(store, lambda work: work.payments.add(payment, other.id))

    paid = await look(store, _paid_by(payment))
    assert paid == order.id


def _paid_by(payment: Payment) -> Callable[[UnitOfWork], Awaitable[OrderId | None]]:
    channel, provider_payment_id = payment.channel, payment.provider_payment_id
    return lambda work: work.payments.order_paid_by(channel, provider_payment_id)


def _together(payment: Payment) -> Callable[[UnitOfWork], Awaitable[Sequence[OrderId]]]:
    channel, provider_payment_id = payment.channel, payment.provider_payment_id
    return lambda work: work.payments.paid_together(channel, provider_payment_id)


async def test_what_one_collection_paid_is_found_by_each_of_its_payments(store: Store) -> None:
    orders = [await _kept(store, an_order()) for _ in range(4)]
    alone, period, change, elsewhere = (
        a_payment(provider_payment_id="pay_1"),
        evolve(a_payment(provider_payment_id="in_1"), part_of="in_1"),
        evolve(a_payment(provider_payment_id="in_1:change"), part_of="in_1"),
        evolve(a_payment(channel=STRIPE, provider_payment_id="in_1"), part_of="in_1"),
    )
    for order, payment in zip(orders, (alone, period, change, elsewhere), strict=True):
        await commit(store, _adding(payment, order))

    ids = [order.id for order in orders]
    assert await look(store, _together(alone)) == ids[:1]
    assert await look(store, _together(period)) == sorted(ids[1:3])
    assert await look(store, _together(change)) == sorted(ids[1:3])
    assert await look(store, _together(elsewhere)) == ids[3:]
    assert await look(store, _together(a_payment())) == []


def _adding(payment: Payment, order: Order) -> Callable[[UnitOfWork], Awaitable[None]]:
    return lambda work: work.payments.add(payment, order.id)


async def test_a_payment_of_no_order_is_refused(store: Store) -> None:
    with pytest.raises(WriteRefused):
        await commit(store, lambda work: work.payments.add(a_payment(), OrderId(fresh_id())))


async def test_a_payment_reported_at_once_from_all_sides_counts_once(store: Store) -> None:
    order, payment = await _kept(store, an_order()), a_payment()

    async def credit(work: UnitOfWork) -> bool:
        if await work.payments.order_paid_by(payment.channel, payment.provider_payment_id):
            return False
        await work.payments.add(payment, order.id)
        return True

    ended = await outcomes(*(commit(store, credit) for _ in range(8)))

    assert ended.count(True) == 1
    assert all(
        each is False or isinstance(each, WriteRefused) for each in ended if each is not True
    )
    assert await look(store, _paid_by(payment)) == order.id


async def test_a_payment_is_known_by_its_channel_and_the_provider_s_id_together(
    store: Store,
) -> None:
    order = await _kept(store, an_order())
    payment = a_payment(channel=SANDBOX, provider_payment_id="pay_1")
    await commit(store, lambda work: work.payments.add(payment, order.id))

    same = evolve(payment, channel=STRIPE)
    assert await look(store, _paid_by(same)) is None
    await commit(store, lambda work: work.payments.add(same, order.id))
    assert await look(store, _paid_by(same)) == order.id


@pytest.mark.parametrize(
    "order",
    [
        Order(
            id=OrderId(fresh_id()),
            account_id=AccountId("Grüße/☕"),
            line=OrderLine(
                type=OrderType.SUBSCRIPTION,
                item_id=fresh_id(),
                name="Pro ☕ 'quoted'",
                interval=Interval.YEARLY,
                price_minor=AMOUNT_MAX,
                currency="JPY",
                credits=AMOUNT_MAX,
            ),
            status=OrderStatus.PARTIALLY_REFUNDED,
            channel=STRIPE,
            discount_minor=1,
            tax_minor=2,
            total_minor=AMOUNT_MAX - 1,
            collected_minor=AMOUNT_MAX,
            bonus_credits=3,
            coupon_code="SPRING",
            created_at=NOON + A_MICROSECOND,
            expires_at=NOON + 2 * A_MICROSECOND,
            paid_at=NOON + 3 * A_MICROSECOND,
            session_id="cs_1",
            url="https://pay.test/?a=1&b=%20",
            success_url="https://shop.test/ok#ü",
            cancel_url="https://shop.test/no",
            provider_payment_id="pay_1",
            subscription_id=fresh_id(),
            period=Period(NOON, NOON + A_MICROSECOND),
            second_subscription_id="sub_2",
            concern="paid twice ☕",
            refunded_minor=AMOUNT_MAX,
            claims=(
                Claim(grant_id=GrantId("lot ☕"), taken=1, taken_at=NOON + A_MICROSECOND),
                Claim(grant_id=GrantId(fresh_id()), owed=2, forgiven=3, lapsed=AMOUNT_MAX),
            ),
        ),
        an_order(),
    ],
)
async def test_an_order_comes_back_whole_however_it_is_asked_for(
    store: Store, order: Order
) -> None:
    await _kept(store, order)

    assert await look(store, lambda work: work.orders.find(order.id)) == order
    assert await abandon(store, lambda work: work.orders.take(order.id)) == order
    own = await look(store, lambda work: work.orders.page(order.account_id, PageRequest()))
    assert own == Page(items=(order,), next=None, total=1)


async def test_a_saved_order_replaces_the_one_before(store: Store) -> None:
    order = await _kept(store, an_order())

    async def pay(work: UnitOfWork) -> Order:
        paid = (await work.orders.take(order.id)).paid_by(a_payment(tax_minor=95), NOON)
        await work.orders.save(paid)
        return paid

    paid = await commit(store, pay)

    assert paid.status is OrderStatus.PAID
    assert await look(store, lambda work: work.orders.find(order.id)) == paid


async def test_a_second_taker_of_an_order_sees_what_the_first_committed(store: Store) -> None:
    order = await _kept(store, an_order())
    failed = order.become(OrderStatus.FAILED)

    async def take(work: UnitOfWork) -> Callable[[], Awaitable[object]]:
        await work.orders.take(order.id)
        return lambda: work.orders.save(failed)

    assert await look_behind(store, take, lambda work: work.orders.take(order.id)) == failed


@pytest.mark.parametrize(
    ("limit", "offset", "shown", "has_next"),
    [
        (20, 0, slice(0, 5), False),
        (5, 0, slice(0, 5), False),
        (2, 0, slice(0, 2), True),
        (2, 2, slice(2, 4), True),
        (2, 3, slice(3, 5), False),
        (2, 99, slice(5, 5), False),
    ],
)
async def test_own_orders_are_listed_newest_first_by_offset_with_a_total(
    store: Store, limit: int, offset: int, shown: slice, has_next: bool
) -> None:
    own = [await _kept(store, an_order()) for _ in range(5)][::-1]
    await _kept(store, an_order(account_id=SOMEBODY_ELSE))

    request = PageRequest(limit=limit, offset=offset)
    page = await look(store, lambda work: work.orders.page(SOMEBODY, request))

    assert page.items == tuple(own[shown])
    assert (page.next is not None, page.total) == (has_next, 5)


async def test_the_cursor_of_own_orders_leads_on_whatever_is_ordered_meanwhile(
    store: Store,
) -> None:
    own = [await _kept(store, an_order()) for _ in range(5)][::-1]
    first = await look(store, lambda work: work.orders.page(SOMEBODY, PageRequest(limit=3)))
    await _kept(store, an_order())

    request = PageRequest(limit=3, after=first.next)
    rest = await look(store, lambda work: work.orders.page(SOMEBODY, request))

    assert (*first.items, *rest.items) == tuple(own)
    assert (rest.next, rest.total) == (None, 6)


@pytest.mark.parametrize(
    ("where", "found"),
    [
        (OrderFilter(), [3, 2, 1, 0]),
        (OrderFilter(account_id=AccountId("unknown")), []),
        (OrderFilter(account_id=SOMEBODY), [3, 1, 0]),
        (OrderFilter(status=OrderStatus.PAID), [2, 1]),
        (OrderFilter(status=OrderStatus.REFUNDED), []),
        (OrderFilter(account_id=SOMEBODY, status=OrderStatus.PAID), [1]),
        (OrderFilter(from_at=NOON + timedelta(hours=2)), [3, 2]),
        (OrderFilter(to_at=NOON + timedelta(hours=2)), [1, 0]),
        (OrderFilter(from_at=NOON + timedelta(hours=1), to_at=NOON + timedelta(hours=3)), [2, 1]),
    ],
)
async def test_an_admin_searches_the_orders_of_all_accounts(
    store: Store, where: OrderFilter, found: list[int]
) -> None:
    orders = [
        an_order(created_at=NOON),
        an_order(created_at=NOON + timedelta(hours=1), status=OrderStatus.PAID),
        an_order(
            created_at=NOON + timedelta(hours=2),
            status=OrderStatus.PAID,
            account_id=SOMEBODY_ELSE,
        ),
        an_order(created_at=NOON + timedelta(hours=3), status=OrderStatus.FAILED),
    ]
    for order in orders:
        await _kept(store, order)

    seen: list[Order] = []
    after: str | None = None
    for _ in range(2):
        request = PageRequest(limit=2, after=after)
        page = await look(store, _searching(where, request))
        assert page.total is None
        seen += page.items
        after = page.next
        if after is None:
            break

    assert seen == [orders[place] for place in found]
    assert after is None


def _searching(
    where: OrderFilter, request: PageRequest
) -> Callable[[UnitOfWork], Awaitable[Page[Order]]]:
    return lambda work: work.orders.search(where, request)


async def test_unpaid_orders_whose_checkout_ran_out_are_overdue_longest_first(
    store: Store,
) -> None:
    statuses = (OrderStatus.PENDING, OrderStatus.FAILED, OrderStatus.PENDING)
    overdue = [
        an_order(expires_at=NOON - n * A_MICROSECOND, status=status)
        for n, status in enumerate(statuses)
    ]
    for order in (
        *overdue,
        an_order(expires_at=NOON + A_MICROSECOND),
        an_order(expires_at=None),
        an_order(expires_at=NOON + A_MICROSECOND, status=OrderStatus.FAILED),
        an_order(expires_at=NOON, status=OrderStatus.EXPIRED),
        an_order(expires_at=NOON, status=OrderStatus.PAID, paid_at=NOON),
    ):
        await _kept(store, order)

    found = await look(store, lambda work: work.orders.overdue(NOON, 10))
    longest = await look(store, lambda work: work.orders.overdue(NOON, 2))

    assert list(found) == [order.id for order in overdue[::-1]]
    assert list(longest) == list(found)[:2]
