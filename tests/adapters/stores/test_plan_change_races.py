"""Changes of plan asked for and told of from all sides at once: each is made once, on any store."""

from datetime import timedelta

import pytest
from attrs import evolve

from application.credits.verify_ledger import VerifyingLedger, VerifyLedger
from application.ports.store import Store
from application.ports.unit_of_work import UnitOfWork
from application.subscriptions.change_plan import PlanChanged
from domain.payments.order import OrderStatus
from domain.payments.provider_event import (
    ChangePaid,
    PeriodPaid,
    ProviderStatus,
    SubscriptionReported,
)
from domain.period import Interval, Period, add_months
from domain.subscriptions.catalogue import Plan
from domain.subscriptions.change import ChangeStatus
from domain.subscriptions.change_errors import ChangeUnderWay, QuoteOutdated
from domain.subscriptions.subscription import Subscription
from tests.adapters.stores.steps import commit, load, look, outcomes
from tests.support.builders.credits import SOMEBODY
from tests.support.builders.payments import SANDBOX, a_payment, an_order
from tests.support.builders.subscriptions import a_plan, a_subscription
from tests.support.change_desk import ChangeDesk
from tests.support.clock import NOON, SettableClock, fresh_id

S = ChangeStatus
MAX = a_plan(name="Max", price_monthly_minor=2990, credits_included=5000)
HALF = timedelta(days=31) / 2


async def sold(store: Store) -> Subscription:
    """Keep a subscription, its order and a dearer plan."""
    subscription = a_subscription(provider_subscription_id=f"sub_{fresh_id()}")
    order = an_order(id=subscription.order_id, status=OrderStatus.PAID, paid_at=NOON)

    async def keep(work: UnitOfWork) -> None:
        await work.plans.add(MAX)
        await work.orders.add(order)
        await work.subscriptions.add(subscription)

    await commit(store, keep)
    return subscription


def desk_of(store: Store, subscription: Subscription) -> ChangeDesk:
    clock = SettableClock(NOON + HALF)
    desk = ChangeDesk(store=store, clock=clock, new_id=fresh_id)
    desk.provider.due_minor = 1000
    desk.provider.reports[str(subscription.provider_subscription_id)] = reported(subscription)
    return desk


def reported(subscription: Subscription, plan: Plan | None = None) -> SubscriptionReported:
    return SubscriptionReported(
        channel=SANDBOX,
        provider_subscription_id=str(subscription.provider_subscription_id),
        status=ProviderStatus.ACTIVE,
        period=subscription.period,
        cancel_at_period_end=False,
        as_of=NOON + HALF,
        reference=None if plan is None else f"{plan.id}:monthly",
    )


async def is_proved(store: Store) -> bool:
    return not (await VerifyingLedger(records=store.records)(VerifyLedger())).breaches


async def balance(store: Store) -> int:
    return (await load(store, SOMEBODY)).balance(NOON + HALF)


@pytest.mark.timeout(120)
async def test_one_quote_taken_up_32_times_at_once_makes_one_change(store: Store) -> None:
    desk = desk_of(store, await sold(store))
    quote = (await desk.previews(MAX)).sealed

    ended = await outcomes(*(desk.takes(quote) for _ in range(32)))

    assert {type(each) for each in ended} <= {PlanChanged, ChangeUnderWay}
    assert len(desk.provider.changes) == 1
    assert await balance(store) == 2000
    assert await is_proved(store)


@pytest.mark.timeout(120)
async def test_of_two_changes_at_once_one_is_made(store: Store) -> None:
    subscription = await sold(store)
    desk = desk_of(store, subscription)
    quotes = [(await desk.previews(MAX)).sealed for _ in range(2)]

    ended = await outcomes(*(desk.takes(quote) for quote in quotes))

    assert {type(each) for each in ended} == {PlanChanged, QuoteOutdated}
    made = await look(store, lambda work: work.plan_changes.of_subscription(subscription.id, 9))
    assert [each.status for each in made] == [S.APPLIED]
    assert len(desk.provider.changed) == 1
    assert await balance(store) == 2000


@pytest.mark.timeout(120)
async def test_answer_webhooks_and_payment_at_once_make_one_change(store: Store) -> None:
    subscription = await sold(store)
    desk = desk_of(store, subscription)
    quote = (await desk.previews(MAX)).sealed
    payment = a_payment(
        provider_payment_id=f"pay_{fresh_id()}", net_minor=1000, paid_at=NOON + HALF
    )
    paid = ChangePaid(
        provider_subscription_id=str(subscription.provider_subscription_id),
        payment=payment,
        prorated_at=(NOON + HALF,),
    )
    told = reported(subscription, MAX)

    async def meanwhile() -> None:
        news = [desk.hears(told) for _ in range(4)] + [desk.hears(paid) for _ in range(4)]
        await outcomes(*news)

    desk.provider.meanwhile = meanwhile
    await outcomes(desk.takes(quote), *(desk.hears(told) for _ in range(4)))

    after = await look(store, lambda work: work.subscriptions.find(subscription.id))
    assert (after.plan_name, after.price_minor) == ("Max", 2990)
    (change,) = await look(
        store, lambda work: work.plan_changes.of_subscription(subscription.id, 9)
    )
    assert change.status is S.APPLIED
    order = await look(store, lambda work: work.orders.find(change.order_id))
    assert (order.status, order.total_minor) == (OrderStatus.PAID, 1000)
    assert await balance(store) == 2000
    assert await is_proved(store)
    assert desk.alarms == []


@pytest.mark.timeout(120)
async def test_a_period_begun_by_a_change_is_told_many_times_and_begins_once(
    store: Store,
) -> None:
    subscription = await sold(store)
    desk = desk_of(store, subscription)
    yearly = evolve(MAX, price_yearly_minor=29900)
    await commit(store, lambda work: work.plans.save(yearly))
    quote = (await desk.previews(yearly, Interval.YEARLY)).sealed
    start_at = NOON + HALF
    paid = PeriodPaid(
        provider_subscription_id=str(subscription.provider_subscription_id),
        payment=a_payment(
            provider_payment_id=f"pay_{fresh_id()}", net_minor=29405, paid_at=start_at
        ),
        period=Period(start_at, add_months(start_at, 12)),
    )
    desk.provider.meanwhile = lambda: outcomes(*(desk.hears(paid) for _ in range(8)))

    await outcomes(desk.takes(quote), *(desk.takes(quote) for _ in range(4)))
    await outcomes(*(desk.hears(paid) for _ in range(8)))

    after = await look(store, lambda work: work.subscriptions.find(subscription.id))
    assert (after.interval, after.period) == (Interval.YEARLY, paid.period)
    # Half of the old month's thousand was never there to be given back: it is owed and filled.
    assert await balance(store) == 4500
    assert await is_proved(store)


@pytest.mark.timeout(120)
async def test_two_workers_ask_a_provider_once(store: Store) -> None:
    subscription = await sold(store)
    desk = desk_of(store, subscription)
    cheaper = a_plan(name="Mini", price_monthly_minor=290, credits_included=10)
    await commit(store, lambda work: work.plans.add(cheaper))
    await desk.takes((await desk.previews(cheaper)).sealed)
    desk.clock = SettableClock(subscription.period.end_at - timedelta(minutes=30))

    await outcomes(*(desk.carries_out() for _ in range(8)))

    assert len(desk.provider.changes) == 1
    (change,) = await look(
        store, lambda work: work.plan_changes.of_subscription(subscription.id, 9)
    )
    assert change.status is S.PLACED
