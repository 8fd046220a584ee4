"""Figures by day and what they are counted from, as every store keeps them."""

from collections.abc import Awaitable, Callable
from datetime import date, timedelta

from attrs import evolve

from application.ports.figures import (
    Cohort,
    Figure,
    Measure,
    PaidOrders,
    SoldSubscriptions,
)
from application.ports.store import Store
from application.ports.unit_of_work import UnitOfWork
from domain.credits.grant import GrantSource
from domain.credits.ids import OVERDRAFT
from domain.credits.transaction import AI_USAGE, CHECK_IN, PURCHASE, LedgerAccount
from domain.credits.wallet import Wallet
from domain.payments.inbox import InboxEvent, InboxStatus
from domain.payments.order import Order, OrderStatus
from domain.period import Interval, Period
from domain.subscriptions.course import NO_COURSE, Course
from domain.subscriptions.subscription import Subscription, SubscriptionStatus
from tests.adapters.stores.steps import commit, load, look, look_behind, write
from tests.support.builders.credits import SOMEBODY, SOMEBODY_ELSE, grant_terms, granted, spent
from tests.support.builders.payments import an_inbox_event, an_order, an_order_line
from tests.support.builders.subscriptions import a_subscription
from tests.support.clock import NOON, fresh_id

TODAY = NOON.date()
YESTERDAY = TODAY - timedelta(days=1)


def a_figure(
    amount: int, *, day: date = TODAY, measure: Measure = Measure.SPENT, part: str = "paid"
) -> Figure:
    return Figure(day=day, measure=measure, part=part, amount=amount)


def adding(*figures: Figure) -> Callable[[UnitOfWork], Awaitable[None]]:
    return lambda work: work.figures.add(figures)


async def between(store: Store, first_on: date, last_on: date) -> list[Figure]:
    return list(await look(store, lambda work: work.figures.between(first_on, last_on)))


async def test_figures_of_one_day_measure_and_part_add_up(store: Store) -> None:
    await commit(store, adding(a_figure(5), a_figure(7, part="earned")))
    await commit(store, adding(a_figure(-2), a_figure(1, day=YESTERDAY)))
    await commit(store, adding())

    assert await between(store, TODAY, TODAY) == [a_figure(7, part="earned"), a_figure(3)]
    assert await between(store, YESTERDAY, TODAY) == [
        a_figure(1, day=YESTERDAY),
        a_figure(7, part="earned"),
        a_figure(3),
    ]
    assert await between(store, TODAY + timedelta(days=1), TODAY + timedelta(days=9)) == []


async def test_sums_over_all_days_are_by_measure_and_part(store: Store) -> None:
    await commit(
        store,
        adding(
            a_figure(5),
            a_figure(6, day=YESTERDAY),
            a_figure(9, part="earned"),
            a_figure(100, measure=Measure.ORDERS, part="USD"),
        ),
    )

    totals = await look(
        store, lambda work: work.figures.totals(frozenset({Measure.SPENT, Measure.ISSUED}))
    )

    assert totals == {(Measure.SPENT, "paid"): 11, (Measure.SPENT, "earned"): 9}


async def test_replacing_touches_the_day_and_the_measures_alone(store: Store) -> None:
    others = (a_figure(1), a_figure(2, day=YESTERDAY, measure=Measure.ORDERS, part="USD"))
    await commit(store, adding(*others, a_figure(3, measure=Measure.ORDERS, part="EUR")))
    new = a_figure(4, measure=Measure.ORDERS, part="USD")

    await commit(
        store, lambda work: work.figures.replace(TODAY, frozenset({Measure.ORDERS}), [new])
    )

    found = await between(store, YESTERDAY, TODAY)
    assert set(found) == {*others, new}


async def test_a_mark_is_kept_and_moved(store: Store) -> None:
    async def move(work: UnitOfWork, to: str) -> str | None:
        before = await work.figures.take_mark("ledger")
        await work.figures.set_mark("ledger", to)
        return before

    assert await look(store, lambda work: work.figures.mark("ledger")) is None
    assert await commit(store, lambda work: move(work, "a")) is None
    assert await commit(store, lambda work: move(work, "b")) == "a"
    assert await look(store, lambda work: work.figures.mark("ledger")) == "b"
    assert await look(store, lambda work: work.figures.mark("orders")) is None


async def test_two_who_count_at_once_wait_for_each_others_mark(store: Store) -> None:
    async def take(work: UnitOfWork) -> Callable[[], Awaitable[object]]:
        await work.figures.take_mark("ledger")
        return lambda: work.figures.set_mark("ledger", "first")

    seen = await look_behind(store, take, lambda work: work.figures.take_mark("ledger"))

    assert seen == "first"


async def test_lines_of_all_accounts_come_in_the_order_of_their_ids(store: Store) -> None:
    for account_id in (SOMEBODY_ELSE, SOMEBODY):
        paid = granted(await load(store, account_id), grant_terms(amount=100))
        earned = granted(
            paid.wallet, grant_terms(amount=10, source=GrantSource.CHECK_IN, priority=1)
        )
        used = spent(earned.wallet, 15)
        await write(store, paid.then(earned).then(used))

    lines = await look(store, lambda work: work.figures.lines(None, None, 100))
    first, second = lines[0].id, lines[1].id

    assert [line.id for line in lines] == sorted(line.id for line in lines)
    assert [(line.type, line.parts) for line in lines[:3]] == [
        (PURCHASE, {"paid": 100}),
        (CHECK_IN, {"earned": 10}),
        (AI_USAGE, {"earned": 10, "paid": 5}),
    ]
    assert (lines[2].debit, lines[2].credit) == (LedgerAccount.WALLET, LedgerAccount.USAGE)
    assert lines[0].at == NOON
    assert await look(store, lambda work: work.figures.lines(first, None, 1)) == [lines[1]]
    assert await look(store, lambda work: work.figures.lines(None, second, 9)) == [lines[0]]


async def test_what_fills_a_debt_stands_under_the_overdraft(store: Store) -> None:
    empty = await load(store, SOMEBODY)
    owing = evolve(empty, overdrawn=30, posted=-30)
    assert isinstance(owing, Wallet)
    await write(store, granted(owing, grant_terms(amount=100)))

    line = (await look(store, lambda work: work.figures.lines(None, None, 1)))[0]

    assert line.parts == {"paid": 70, OVERDRAFT: 30}


async def _order(store: Store, order: Order) -> None:
    await commit(store, lambda work: work.orders.add(order))


async def test_paid_orders_are_counted_by_currency_from_when_they_were_paid(store: Store) -> None:
    assert await look(store, lambda work: work.figures.first_paid_at()) is None
    for paid_at, currency, price in (
        (NOON - timedelta(microseconds=1), "USD", 1),
        (NOON, "USD", 500),
        (NOON + timedelta(hours=1), "USD", 250),
        (NOON + timedelta(hours=2), "EUR", 900),
        (NOON + timedelta(days=1), "USD", 7),
    ):
        line = an_order_line(price_minor=price, currency=currency)
        await _order(store, an_order(line=line, status=OrderStatus.PAID, paid_at=paid_at))
    # Of what a balance with the provider paid only the rest came in.
    from_balance = an_order(status=OrderStatus.PAID, paid_at=NOON)
    await _order(store, evolve(from_balance, collected_minor=100))
    await _order(store, an_order())

    paid = await look(store, lambda work: work.figures.paid(NOON, NOON + timedelta(days=1)))
    first_at = await look(store, lambda work: work.figures.first_paid_at())

    assert list(paid) == [
        PaidOrders(currency="EUR", orders=1, collected_minor=900),
        PaidOrders(currency="USD", orders=3, collected_minor=850),
    ]
    assert first_at == NOON - timedelta(microseconds=1)


async def _sold(store: Store, subscription: Subscription) -> None:
    await commit(store, lambda work: work.subscriptions.add(subscription))


async def test_what_recurs_are_paying_subscriptions_that_are_active_or_past_due(
    store: Store,
) -> None:
    for number, (status, interval) in enumerate(
        (
            (SubscriptionStatus.ACTIVE, Interval.MONTHLY),
            (SubscriptionStatus.PAST_DUE, Interval.MONTHLY),
            (SubscriptionStatus.ACTIVE, Interval.YEARLY),
            (SubscriptionStatus.TRIALING, Interval.MONTHLY),
            (SubscriptionStatus.PAUSED, Interval.MONTHLY),
            (SubscriptionStatus.CANCELED, Interval.MONTHLY),
        )
    ):
        await _sold(
            store,
            a_subscription(
                status=status,
                interval=interval,
                group=f"group-{number}",
                provider_subscription_id=f"sub_{number}",
            ),
        )
    await _sold(store, a_subscription(group="free"))
    await _sold(store, _unpaid())

    assert list(await look(store, lambda work: work.figures.recurring())) == [
        SoldSubscriptions(
            currency="USD", interval=Interval.MONTHLY, subscriptions=2, price_minor=1980
        ),
        SoldSubscriptions(
            currency="USD", interval=Interval.YEARLY, subscriptions=1, price_minor=990
        ),
    ]


async def _event(store: Store, event: InboxEvent) -> None:
    await commit(store, lambda work: work.inbox.add(event))


async def test_failing_events_are_counted_up_to_a_limit(store: Store) -> None:
    for status in (InboxStatus.FAILED,) * 3 + (InboxStatus.DEAD, InboxStatus.APPLIED):
        await _event(store, an_inbox_event(event_id=fresh_id(), status=status))

    counted = await look(store, lambda work: work.figures.failing(2))

    assert counted == {InboxStatus.FAILED: 2, InboxStatus.DEAD: 1}


def _paying(price_minor: int = 990, course: Course = NO_COURSE) -> Subscription:
    sold = a_subscription(group=fresh_id(), provider_subscription_id=fresh_id())
    return evolve(sold, price_minor=price_minor, course=course)


def _unpaid(course: Course = NO_COURSE) -> Subscription:
    """Return one that has a price, and was never paid with more than nothing."""
    return evolve(_paying(course=course), paying_from_at=None)


async def test_a_cohort_are_those_who_paid_at_an_instant_and_what_is_lost_since(
    store: Store,
) -> None:
    second, trial_days = timedelta(seconds=1), timedelta(days=14)
    canceled, expired = SubscriptionStatus.CANCELED, SubscriptionStatus.EXPIRED
    trial = Course(trial_ends_at=NOON + trial_days)
    paid_after_trial = Period(NOON + trial_days, NOON + timedelta(days=44))
    for sold in (
        _paying(100),
        evolve(_paying(20), status=SubscriptionStatus.PAUSED),
        evolve(_paying(3), status=canceled, ended_at=NOON + second),
        evolve(_paying(5), currency="EUR"),
        # Over already, not begun yet, and free.
        evolve(_paying(), status=canceled, ended_at=NOON),
        evolve(_paying(), paying_from_at=NOON + second),
        _paying(0),
        # Trials: one that goes on, one that nothing followed, one that is paid for by now.
        evolve(_unpaid(trial), status=SubscriptionStatus.TRIALING),
        evolve(_unpaid(trial), status=expired, ended_at=NOON + trial_days),
        evolve(_paying(4000, trial), period=paid_after_trial, paying_from_at=NOON + trial_days),
        # Made free by a code: one that goes on, and one that ended with its free period.
        _unpaid(),
        evolve(_unpaid(), status=expired, ended_at=NOON + trial_days + second),
    ):
        await _sold(store, sold)

    at_noon = await look(store, lambda work: work.figures.cohort(NOON))
    after_trial = await look(store, lambda work: work.figures.cohort(NOON + trial_days))

    monthly = Interval.MONTHLY
    assert list(at_noon) == [
        Cohort(
            currency="EUR",
            interval=monthly,
            subscriptions=1,
            price_minor=5,
            lost=0,
            lost_price_minor=0,
        ),
        Cohort(
            currency="USD",
            interval=monthly,
            subscriptions=3,
            price_minor=123,
            lost=1,
            lost_price_minor=3,
        ),
    ]
    assert [(each.subscriptions, each.price_minor, each.lost) for each in after_trial] == [
        (1, 5, 0),
        (4, 100 + 20 + 990 + 4000, 0),
    ]


async def test_since_when_a_subscription_is_paid_for_follows_it(store: Store) -> None:
    trial = Course(trial_ends_at=NOON + timedelta(days=14))
    sold = evolve(_unpaid(trial), status=SubscriptionStatus.TRIALING)
    await _sold(store, sold)
    later = NOON + timedelta(days=14)

    async def pay(work: UnitOfWork) -> None:
        taken = await work.subscriptions.take(sold.id)
        renewed = taken.renewed(Period(later, later + timedelta(30)), later)
        await work.subscriptions.save(renewed.paying_since(later))

    before = await look(store, lambda work: work.figures.cohort(later))
    await commit(store, pay)
    after = await look(store, lambda work: work.figures.cohort(later))

    assert (len(before), [each.subscriptions for each in after]) == (0, [1])
