"""Subscriptions, as every store keeps them."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import pytest
from attrs import evolve

from application.ports.credits import WriteRefused
from application.ports.store import Store
from application.ports.unit_of_work import UnitOfWork
from domain.amount import AMOUNT_MAX
from domain.credits.ids import AccountId
from domain.payments.ids import Channel, OrderId
from domain.period import Interval, Period, add_months
from domain.subscriptions.course import Course
from domain.subscriptions.dunning import DunningRules, Overdue
from domain.subscriptions.errors import SubscriptionExists, SubscriptionNotFound
from domain.subscriptions.ids import PlanId, SubscriptionId
from domain.subscriptions.plan_rules import MonthRollover, PlanRules
from domain.subscriptions.subscription import LIVE, Subscription, SubscriptionStatus
from tests.adapters.stores.steps import abandon, commit, look, look_behind, outcomes
from tests.support.builders.credits import SOMEBODY, SOMEBODY_ELSE
from tests.support.builders.payments import SANDBOX
from tests.support.builders.subscriptions import a_subscription
from tests.support.clock import NOON, fresh_id

A_MICROSECOND = timedelta(microseconds=1)
DAY = timedelta(days=1)
STRIPE = Channel("stripe")
NEXT_MONTH = add_months(NOON, 1)


async def _kept(store: Store, subscription: Subscription) -> Subscription:
    await commit(store, lambda work: work.subscriptions.add(subscription))
    return subscription


async def test_an_unknown_subscription_is_refused(store: Store) -> None:
    await _kept(store, a_subscription())

    with pytest.raises(SubscriptionNotFound):
        await look(store, lambda work: work.subscriptions.find(SubscriptionId(fresh_id())))
    with pytest.raises(SubscriptionNotFound):
        await abandon(store, lambda work: work.subscriptions.take(SubscriptionId(fresh_id())))


@pytest.mark.parametrize("status", [each for each in SubscriptionStatus if each in LIVE])
async def test_a_second_live_one_in_a_group_is_refused(
    store: Store, status: SubscriptionStatus
) -> None:
    first = await _kept(store, a_subscription(status=status))

    with pytest.raises(SubscriptionExists) as refused:
        await _kept(store, a_subscription())

    assert refused.value.subscription_id == first.id


@pytest.mark.parametrize("status", [each for each in SubscriptionStatus if each not in LIVE])
async def test_one_that_has_ended_makes_room_for_another(
    store: Store, status: SubscriptionStatus
) -> None:
    await _kept(store, a_subscription(status=status))
    second = await _kept(store, a_subscription())
    await _kept(store, a_subscription(status=status))

    live = await look(store, lambda work: work.subscriptions.live_in_group(SOMEBODY, "default"))
    assert live == second


async def test_another_group_or_another_account_has_room_of_its_own(store: Store) -> None:
    mine = await _kept(store, a_subscription())
    team = await _kept(store, a_subscription(group="team"))
    theirs = await _kept(store, a_subscription(account_id=SOMEBODY_ELSE))

    async def live(work: UnitOfWork) -> list[Subscription | None]:
        asked = ((SOMEBODY, "default"), (SOMEBODY, "team"), (SOMEBODY_ELSE, "team"))
        return [await work.subscriptions.live_in_group(*each) for each in asked]

    assert await look(store, live) == [mine, team, None]
    assert await look(store, lambda work: work.subscriptions.current(SOMEBODY)) == team
    assert await look(store, lambda work: work.subscriptions.current(SOMEBODY_ELSE)) == theirs
    asked_for = [SOMEBODY, AccountId("nobody"), SOMEBODY_ELSE]
    both = await look(store, lambda work: work.subscriptions.current_of(asked_for))
    assert both == {SOMEBODY: team, SOMEBODY_ELSE: theirs}


async def test_live_ones_begun_at_once_in_one_group_are_one(store: Store) -> None:
    ended = await outcomes(*(_kept(store, a_subscription()) for _ in range(6)))

    assert len([each for each in ended if isinstance(each, Subscription)]) == 1
    assert len([each for each in ended if isinstance(each, SubscriptionExists)]) == 5


async def test_an_id_that_is_taken_is_refused(store: Store) -> None:
    first = await _kept(store, a_subscription())

    with pytest.raises(WriteRefused):
        await _kept(store, a_subscription(id=first.id, account_id=SOMEBODY_ELSE))


@pytest.mark.parametrize(
    "subscription",
    [
        Subscription(
            id=SubscriptionId(fresh_id()),
            account_id=AccountId("Grüße/☕"),
            plan_id=PlanId(fresh_id()),
            plan_name="Pro ☕ 'quoted'",
            group="team",
            interval=Interval.YEARLY,
            price_minor=AMOUNT_MAX,
            currency="JPY",
            credits_per_month=AMOUNT_MAX,
            status=SubscriptionStatus.PAUSED,
            period=Period(NOON + A_MICROSECOND, NOON + 400 * DAY),
            anchor_at=NOON + 2 * A_MICROSECOND,
            credits_from_at=NOON + 3 * A_MICROSECOND,
            cancel_at_period_end=True,
            channel=STRIPE,
            provider_subscription_id="sub_☕",
            reference="price_☕",
            order_id=OrderId(fresh_id()),
            started_at=NOON - A_MICROSECOND,
            ended_at=NOON + DAY,
            reported_at=NOON + 2 * DAY,
            collected_at=NOON + 3 * DAY,
            rules=PlanRules(rollover=MonthRollover(most=500, months=2)),
            course=Course(
                trial_ends_at=NOON,
                trial_credits=5,
                notice_at=NOON + DAY,
                resume_at=NOON + 3 * DAY,
                overdue=DunningRules().of(Overdue(since=NOON), 4),
                not_before=NOON + DAY,
                until=NOON + 9 * DAY,
                add_ons=(OrderId("order-1"), OrderId("order-2")),
            ),
        ),
        a_subscription(),
    ],
)
async def test_a_subscription_comes_back_whole_however_it_is_asked_for(
    store: Store, subscription: Subscription
) -> None:
    await _kept(store, subscription)
    account_id = subscription.account_id

    assert await look(store, lambda work: work.subscriptions.find(subscription.id)) == subscription
    assert (
        await abandon(store, lambda work: work.subscriptions.take(subscription.id)) == subscription
    )
    assert await look(store, lambda work: work.subscriptions.current(account_id)) == subscription


async def test_a_saved_subscription_replaces_the_one_before(store: Store) -> None:
    subscription = await _kept(store, a_subscription(provider_subscription_id="sub_1"))

    async def end(work: UnitOfWork) -> Subscription:
        taken = await work.subscriptions.take(subscription.id)
        ended = taken.become(SubscriptionStatus.CANCELED, NOON + DAY)
        await work.subscriptions.save(ended)
        return ended

    ended = await commit(store, end)

    assert await look(store, lambda work: work.subscriptions.find(subscription.id)) == ended
    assert await look(store, lambda work: work.subscriptions.current(SOMEBODY)) is None


async def test_a_second_taker_of_a_subscription_sees_what_the_first_committed(
    store: Store,
) -> None:
    subscription = await _kept(store, a_subscription())
    ending = evolve(subscription, cancel_at_period_end=True)

    async def take(work: UnitOfWork) -> Callable[[], Awaitable[object]]:
        await work.subscriptions.take(subscription.id)
        return lambda: work.subscriptions.save(ending)

    seen = await look_behind(store, take, lambda work: work.subscriptions.take(subscription.id))

    assert seen == ending


async def test_a_provider_s_id_finds_a_subscription_on_its_own_channel(store: Store) -> None:
    ours = await _kept(store, a_subscription(channel=SANDBOX, provider_subscription_id="sub_1"))
    await _kept(store, a_subscription(account_id=SOMEBODY_ELSE))

    async def found(work: UnitOfWork) -> list[Subscription | None]:
        asked = ((SANDBOX, "sub_1"), (STRIPE, "sub_1"), (SANDBOX, "sub_2"))
        return [await work.subscriptions.find_at_provider(*each) for each in asked]

    assert await look(store, found) == [ours, None, None]


@pytest.mark.parametrize(
    ("subscription", "now", "is_due"),
    [
        (a_subscription(), NEXT_MONTH, False),
        (a_subscription(credits_from_at=NOON), NOON - A_MICROSECOND, False),
        (a_subscription(credits_from_at=NOON), NOON, True),
        (
            a_subscription(credits_from_at=NOON, status=SubscriptionStatus.TRIALING),
            NOON + 90 * DAY,
            True,
        ),
        (a_subscription(credits_from_at=NOON, status=SubscriptionStatus.PAST_DUE), NOON, False),
        (a_subscription(credits_from_at=NOON, status=SubscriptionStatus.PAUSED), NOON, False),
        (a_subscription(credits_from_at=NOON, status=SubscriptionStatus.INCOMPLETE), NOON, False),
        (a_subscription(credits_from_at=NOON, status=SubscriptionStatus.CANCELED), NOON, False),
        (a_subscription(interval=Interval.YEARLY), NEXT_MONTH - A_MICROSECOND, False),
        (a_subscription(interval=Interval.YEARLY), NEXT_MONTH, True),
    ],
)
async def test_a_month_of_credits_is_due_from_its_first_instant_within_the_paid_period(
    store: Store, subscription: Subscription, now: datetime, *, is_due: bool
) -> None:
    await _kept(store, subscription)

    due = await look(store, lambda work: work.subscriptions.credits_due(now, 10))

    assert list(due) == [subscription.id] * is_due


@pytest.mark.parametrize(
    ("subscription", "now", "is_over"),
    [
        (a_subscription(), NEXT_MONTH - A_MICROSECOND, False),
        (a_subscription(), NEXT_MONTH, True),
        (a_subscription(status=SubscriptionStatus.PAST_DUE), NEXT_MONTH, True),
        (a_subscription(status=SubscriptionStatus.CANCELED), NEXT_MONTH, False),
        (a_subscription(provider_subscription_id="sub_1"), NEXT_MONTH, False),
    ],
)
async def test_a_period_is_over_for_live_ones_without_a_provider(
    store: Store, subscription: Subscription, now: datetime, *, is_over: bool
) -> None:
    await _kept(store, subscription)

    over = await look(store, lambda work: work.subscriptions.period_over(now, 10))

    assert list(over) == [subscription.id] * is_over


async def test_what_is_due_comes_longest_due_first_and_bounded(store: Store) -> None:
    sold = [
        a_subscription(
            account_id=AccountId(f"user-{n}"),
            start_at=NOON - n * A_MICROSECOND,
            credits_from_at=NOON - n * A_MICROSECOND,
        )
        for n in range(4)
    ]
    for subscription in sold:
        await _kept(store, subscription)

    due = await look(store, lambda work: work.subscriptions.credits_due(NOON, 3))
    over = await look(store, lambda work: work.subscriptions.period_over(NEXT_MONTH, 3))

    assert list(due) == list(over) == [subscription.id for subscription in sold[:0:-1]]


async def test_live_ones_that_a_channel_s_provider_knows_come_in_id_order_piece_by_piece(
    store: Store,
) -> None:
    sold = [
        await _kept(
            store,
            a_subscription(
                account_id=AccountId(f"user-{n}"),
                channel=STRIPE,
                provider_subscription_id=f"sub_{9 - n}",
            ),
        )
        for n in range(5)
    ]

    first = await look(store, lambda work: work.subscriptions.live_at_provider(STRIPE, None, 3))
    rest = await look(
        store, lambda work: work.subscriptions.live_at_provider(STRIPE, first[-1].id, 3)
    )
    end = await look(
        store, lambda work: work.subscriptions.live_at_provider(STRIPE, rest[-1].id, 3)
    )

    assert ([*first, *rest], list(end)) == (sold, [])


@pytest.mark.parametrize("status", SubscriptionStatus)
async def test_only_live_ones_of_the_channel_are_asked_about_at_the_provider(
    store: Store, status: SubscriptionStatus
) -> None:
    asked = await _kept(
        store, a_subscription(channel=STRIPE, status=status, provider_subscription_id="sub_1")
    )
    elsewhere = a_subscription(account_id=SOMEBODY_ELSE, provider_subscription_id="sub_1")
    await _kept(store, elsewhere)
    await _kept(store, a_subscription(account_id=AccountId("user-free"), channel=STRIPE))

    found = await look(store, lambda work: work.subscriptions.live_at_provider(STRIPE, None, 10))

    assert list(found) == [asked] * (status in LIVE)


async def test_what_time_brings_is_found_from_its_instant_on_the_longest_due_first(
    store: Store,
) -> None:
    def bound(account: str, at: datetime) -> Subscription:
        sold = a_subscription(account_id=AccountId(account), status=SubscriptionStatus.PAUSED)
        return evolve(sold, course=Course(resume_at=at))

    late = await _kept(store, bound("a", NOON + DAY))
    soon = await _kept(store, bound("b", NOON))
    await _kept(store, a_subscription())

    async def due(now: datetime, limit: int = 9) -> list[SubscriptionId]:
        return list(await look(store, lambda work: work.subscriptions.time_due(now, limit)))

    assert await due(NOON - A_MICROSECOND) == []
    assert await due(NOON) == [soon.id]
    assert await due(NOON + DAY) == [soon.id, late.id]
    assert await due(NOON + DAY, 1) == [soon.id]
    following = await look(store, lambda work: work.agenda.next_after(NOON))
    assert following == NOON + DAY


async def test_the_months_of_a_grace_are_found_until_its_end_was_decided(store: Store) -> None:
    sold = a_subscription(interval=Interval.YEARLY, provider_subscription_id="sub_1")
    late = evolve(
        sold,
        status=SubscriptionStatus.PAST_DUE,
        course=Course(overdue=DunningRules(grace_days=60).of(Overdue(since=NOON), None)),
    )
    await _kept(store, late)

    async def due() -> list[SubscriptionId]:
        found = await look(store, lambda work: work.subscriptions.credits_due(NEXT_MONTH, 9))
        return list(found)

    assert await due() == [late.id]
    assert late.course.overdue is not None
    over = evolve(late, course=Course(overdue=late.course.overdue.ending()))
    await commit(store, lambda work: work.subscriptions.save(over))
    assert await due() == []
