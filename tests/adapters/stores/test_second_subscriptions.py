"""A second subscription that begins after all: what was asked about it is mended in the commit."""

from attrs import evolve

from application.payments.steps.fulfilment import Fulfilled, ProviderSide, fulfil_payment
from application.payments.steps.paid_together import hold_together
from application.payments.steps.second_subscription import fulfil_further
from application.ports.store import Store
from application.ports.unit_of_work import UnitOfWork
from application.wallets.granting import begin_granting
from domain.payments.order import Order
from domain.payments.provider_event import PeriodPaid
from domain.period import Interval, Period, add_months
from domain.subscriptions.ids import SubscriptionId
from domain.subscriptions.subscription import SubscriptionStatus
from tests.adapters.stores.steps import commit, look
from tests.support.builders.payments import SANDBOX, a_payment, an_order
from tests.support.builders.subscriptions import a_plan
from tests.support.clock import NOON, fresh_id

BEGINS_AT = add_months(NOON, 1)


async def bought_twice(store: Store) -> list[Order]:
    """Keep two paid orders of one plan, of which only the first began a subscription."""
    plan = a_plan()
    orders = [an_order(line=plan.line(Interval.MONTHLY)) for _ in range(2)]

    async def place(work: UnitOfWork) -> None:
        await work.plans.add(plan)
        for order in orders:
            await work.orders.add(order)

    await commit(store, place)
    for order, reference in zip(orders, ("sub_1", "sub_2"), strict=True):
        await is_paid(store, order, reference)
    return [await _kept(store, each) for each in orders]


async def is_paid(store: Store, order: Order, reference: str) -> None:
    """Let an order be paid, for what the provider calls by this id."""
    side = ProviderSide(subscription_id=reference, period=Period(NOON, BEGINS_AT))

    async def pay(work: UnitOfWork) -> None:
        held = await hold_together(work, order.id, NOON, fresh_id)
        await fulfil_payment(held.granting, held.order, a_payment(net_minor=990), side)

    await commit(store, pay)


async def _kept(store: Store, order: Order) -> Order:
    return await look(store, lambda work: work.orders.find(order.id))


def charged(first: Order, net_minor: int = 990) -> PeriodPaid:
    return PeriodPaid(
        provider_subscription_id=first.second_subscription_id or "",
        payment=a_payment(net_minor=net_minor, paid_at=BEGINS_AT),
        period=Period(BEGINS_AT, add_months(NOON, 2)),
    )


async def is_charged(store: Store, first: Order, net_minor: int = 990) -> Order:
    """Let the second subscription be charged for its next month; return that month's order."""

    async def take(work: UnitOfWork) -> Fulfilled:
        granting = await begin_granting(work, first.account_id, BEGINS_AT, fresh_id)
        return await fulfil_further(granting, first, charged(first, net_minor))

    return await _kept(store, (await commit(store, take)).order)


async def test_its_earlier_orders_ask_for_no_cancellation_once_it_has_begun(store: Store) -> None:
    [blocking, first] = await bought_twice(store)
    above = await is_charged(store, first, 1990)

    async def end(work: UnitOfWork) -> None:
        live = await work.subscriptions.take(SubscriptionId(blocking.subscription_id or ""))
        await work.subscriptions.save(live.become(SubscriptionStatus.CANCELED, BEGINS_AT))

    await commit(store, end)
    begun = await is_charged(store, first)

    assert begun.subscription_id is not None
    assert begun.concern is None
    asked = await look(store, lambda work: work.orders.needing_person(SANDBOX, None, 10))
    assert {each.id for each in asked} == {first.id, above.id}
    for before in (first, above):
        after = await _kept(store, before)
        assert f"begun here as {begun.subscription_id}" in (after.concern or "")
        assert after == evolve(before, concern=after.concern)


async def test_a_charge_above_its_price_is_kept_with_its_payment(store: Store) -> None:
    [_, first] = await bought_twice(store)

    order = await is_charged(store, first, 1990)

    assert (order.total_minor, order.line.credits, order.subscription_id) == (1990, 0, None)
    reference = order.provider_payment_id or ""
    paid = await look(store, lambda work: work.payments.order_paid_by(SANDBOX, reference))
    assert paid == order.id
