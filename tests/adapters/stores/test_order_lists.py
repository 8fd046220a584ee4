"""Orders by what is still open about them, as every store finds them."""

from datetime import timedelta

from attrs import evolve

from application.ports.store import Store
from application.ports.unit_of_work import UnitOfWork
from domain.payments.ids import Channel, OrderId
from domain.payments.order import Order, OrderStatus
from domain.period import Period
from tests.adapters.stores.steps import commit, look
from tests.support.builders.credits import SOMEBODY, SOMEBODY_ELSE
from tests.support.builders.payments import SANDBOX, an_order
from tests.support.clock import NOON, fresh_id

STRIPE = Channel("stripe")
A_MONTH = timedelta(days=31)


async def _kept(store: Store, *orders: Order) -> None:
    async def add(work: UnitOfWork) -> None:
        for order in orders:
            await work.orders.add(order)

    await commit(store, add)


async def test_an_account_s_unpaid_orders_are_found_newest_first(store: Store) -> None:
    waiting, declined = an_order(), an_order(status=OrderStatus.FAILED)
    await _kept(
        store,
        waiting,
        an_order(account_id=SOMEBODY_ELSE),
        an_order(status=OrderStatus.PAID),
        an_order(status=OrderStatus.EXPIRED),
        declined,
    )

    found = await look(store, lambda work: work.orders.unpaid_of(SOMEBODY, 10))
    newest = await look(store, lambda work: work.orders.unpaid_of(SOMEBODY, 1))

    assert list(found) == [declined, waiting]
    assert list(newest) == [declined]


async def test_an_order_that_is_paid_is_no_longer_found_among_the_unpaid(store: Store) -> None:
    await _kept(store, order := an_order())
    await commit(store, lambda work: work.orders.save(order.become(OrderStatus.EXPIRED)))

    assert list(await look(store, lambda work: work.orders.unpaid_of(SOMEBODY, 10))) == []


async def test_the_first_order_that_paid_for_a_period_is_found_by_its_start(store: Store) -> None:
    subscription_id, other = fresh_id(), fresh_id()
    period = Period(NOON, NOON + A_MONTH)
    order = evolve(an_order(), subscription_id=subscription_id, period=period)
    second = evolve(an_order(), subscription_id=subscription_id, period=period)
    await _kept(store, order, second, evolve(an_order(), subscription_id=subscription_id))

    async def found(subscription_id: str, start: timedelta) -> Order | None:
        at = NOON + start
        return await look(store, lambda work: work.orders.paid_for(subscription_id, at))

    assert await found(subscription_id, timedelta(0)) == order
    assert await found(subscription_id, A_MONTH) is None
    assert await found(other, timedelta(0)) is None


async def test_the_order_that_each_subscription_began_with_is_found_for_all_at_once(
    store: Store,
) -> None:
    bought, given, never, month = fresh_id(), fresh_id(), fresh_id(), Period(NOON, NOON + A_MONTH)
    first = evolve(an_order(status=OrderStatus.PAID), subscription_id=bought, period=month)
    free = evolve(an_order(status=OrderStatus.REFUNDED), subscription_id=given, period=month)
    change = evolve(an_order(status=OrderStatus.PAID), subscription_id=bought)
    later = evolve(first, id=OrderId(fresh_id()), period=Period(month.end_at, NOON + 2 * A_MONTH))
    # A payment for an earlier period may be told later: what began it is the order written first.
    earlier = evolve(first, id=OrderId(fresh_id()), period=Period(NOON - A_MONTH, NOON))
    elsewhere = evolve(first, id=OrderId(fresh_id()), subscription_id=fresh_id())
    await _kept(store, later, earlier, elsewhere, free, first, change)

    found = await look(store, lambda work: work.orders.first_of([bought, given, never]))

    assert found == {bought: first, given: free}
    assert await look(store, lambda work: work.orders.first_of([])) == {}


async def test_the_orders_of_a_second_subscription_are_gone_through_in_order(
    store: Store,
) -> None:
    paid = an_order(status=OrderStatus.PAID)
    beside = [
        evolve(paid, id=OrderId(fresh_id()), second_subscription_id="sub_2") for _ in range(3)
    ]
    await _kept(
        store,
        *beside,
        evolve(paid, id=OrderId(fresh_id()), subscription_id="sub_2"),
        evolve(paid, id=OrderId(fresh_id()), second_subscription_id="sub_3"),
        evolve(paid, id=OrderId(fresh_id()), second_subscription_id="sub_2", channel=STRIPE),
    )

    first = await look(store, lambda work: work.orders.beside(SANDBOX, "sub_2", None, 2))
    last = first[-1].id
    rest = await look(store, lambda work: work.orders.beside(SANDBOX, "sub_2", last, 2))

    assert [*first, *rest] == beside


async def test_orders_that_need_a_person_are_gone_through_in_order_until_refunded(
    store: Store,
) -> None:
    concerning = [evolve(an_order(status=OrderStatus.PAID), concern="twice") for _ in range(3)]
    await _kept(
        store,
        *concerning,
        an_order(status=OrderStatus.PAID),
        evolve(an_order(status=OrderStatus.REFUNDED), concern="twice"),
        evolve(an_order(status=OrderStatus.PAID, channel=STRIPE), concern="twice"),
    )

    first = await look(store, lambda work: work.orders.needing_person(SANDBOX, None, 2))
    rest = await look(store, lambda work: work.orders.needing_person(SANDBOX, first[-1].id, 2))

    assert [*first, *rest] == concerning
