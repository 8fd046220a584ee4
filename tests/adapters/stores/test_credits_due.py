"""Months of credits that are due, as every store finds them: those that bring something, alone."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from attrs import evolve

from application.ports.store import Store
from application.ports.unit_of_work import UnitOfWork
from application.subscriptions.issue_due_credits import (
    DueCreditsIssued,
    IssueDueCredits,
    IssuingDueCredits,
)
from domain.credits.ids import AccountId
from domain.period import Interval, Period, add_months
from domain.subscriptions.course import Course
from domain.subscriptions.dunning import DunningRules, Overdue
from domain.subscriptions.ids import SubscriptionId
from domain.subscriptions.subscription import Subscription, SubscriptionStatus
from tests.adapters.stores.steps import commit, look, outcomes
from tests.support.builders.payments import an_order
from tests.support.builders.subscriptions import a_subscription
from tests.support.clock import NOON, SettableClock, fresh_id

LIVES = 120
AT_ONCE = 3
DAY = timedelta(days=1)


def a_trial_made_longer(number: int = 0) -> Subscription:
    """Return a subscription on a trial whose credits it had, and which the provider prolonged."""
    sold = a_subscription(
        account_id=AccountId(f"on-trial-{number}"),
        status=SubscriptionStatus.TRIALING,
        provider_subscription_id=f"sub_trial_{number}",
    )
    trial = Period(NOON, NOON + 14 * DAY)
    on_trial = evolve(
        sold,
        period=trial,
        credits_from_at=NOON,
        course=Course(trial_ends_at=trial.end_at, trial_credits=70),
    )
    return on_trial.month_granted(trial).with_end_of(Period(NOON, NOON + 28 * DAY))


def lives(chance: Random) -> Iterator[Subscription]:
    """Draw subscriptions of every status, with trials, late payments and crooked periods."""
    for number in range(LIVES):
        start_at = NOON - chance.randrange(200) * DAY
        interval = chance.choice(list(Interval))
        status = chance.choice(list(SubscriptionStatus))
        sold = a_subscription(
            account_id=AccountId(f"user-{number}"),
            status=status,
            start_at=start_at,
            interval=interval,
            credits_from_at=add_months(start_at, chance.randrange(interval.months + 1)),
            provider_subscription_id=f"sub_{number}",
        )
        end_at = sold.period.end_at + chance.choice((-10, 0, 0, 0, 3, 40)) * DAY
        yield evolve(
            sold, period=Period(start_at, end_at), course=_course(chance, status, start_at)
        )


def _course(chance: Random, status: SubscriptionStatus, start_at: datetime) -> Course:
    if status is SubscriptionStatus.TRIALING:
        return Course(trial_ends_at=start_at + chance.randrange(1, 60) * DAY, trial_credits=70)
    if status is not SubscriptionStatus.PAST_DUE or chance.random() < 0.2:
        return Course()
    overdue = Overdue(since=start_at + chance.randrange(90) * DAY)
    known = DunningRules(grace_days=chance.randrange(60)).of(overdue, None)
    return Course(overdue=chance.choice((overdue, known, known, known.ending())))


async def kept(store: Store, *sold: Subscription) -> None:
    async def keep(work: UnitOfWork) -> None:
        for each in sold:
            order = an_order(id=each.order_id, account_id=each.account_id)
            await work.orders.add(order)
            await work.subscriptions.add(each)

    await commit(store, keep)


def issuing(store: Store, now: datetime) -> IssuingDueCredits:
    return IssuingDueCredits(
        begin=store.begin, read=store.read, clock=SettableClock(now), new_id=fresh_id
    )


async def due_at(store: Store, now: datetime) -> list[SubscriptionId]:
    found = await look(store, lambda work: work.subscriptions.credits_due(now, LIVES + 1))
    return list(found)


async def test_due_is_whoever_has_a_month_due_by_the_rules_and_nobody_else(store: Store) -> None:
    sold = [*lives(Random(6)), a_trial_made_longer()]
    await kept(store, *sold)

    for days in range(-60, 400, 23):
        now = NOON + days * DAY
        found = await due_at(store, now)
        assert set(found) == {each.id for each in sold if each.month_due(now) is not None}


async def test_whatever_is_due_changes_when_it_is_brought_up(store: Store) -> None:
    await kept(store, *lives(Random(7)), a_trial_made_longer())

    for days in range(0, 400, 57):
        now = NOON + days * DAY
        issue, changed = issuing(store, now), 0
        due = await due_at(store, now)
        for _ in range(LIVES):
            done = (await issue(IssueDueCredits(subscriptions_max=AT_ONCE))).subscriptions
            changed += done
            if done == 0:
                break

        assert changed == len(due)
        assert await due_at(store, now) == []


async def test_trials_made_longer_keep_no_yearly_plan_from_its_month(store: Store) -> None:
    waiting = [a_trial_made_longer(number) for number in range(2 * AT_ONCE)]
    yearly = a_subscription(interval=Interval.YEARLY, provider_subscription_id="sub_yearly")
    await kept(store, *waiting, yearly)
    now = add_months(NOON, 1)

    issued = await issuing(store, now)(IssueDueCredits(subscriptions_max=AT_ONCE))

    found = await look(store, lambda work: work.subscriptions.find(yearly.id))
    assert (issued.subscriptions, issued.looked_at) == (1, 1)
    assert found.credits_from_at == add_months(NOON, 2)


async def test_a_trial_made_longer_is_nothing_to_come(store: Store) -> None:
    await kept(store, a_trial_made_longer())

    assert await look(store, lambda work: work.agenda.next_after(NOON)) is None


async def test_who_was_brought_up_by_another_process_does_not_count(store: Store) -> None:
    await kept(store, a_subscription(interval=Interval.YEARLY, provider_subscription_id="sub_1"))
    now = add_months(NOON, 1)

    both = await outcomes(*(issuing(store, now)(IssueDueCredits()) for _ in range(2)))

    counts = [each.subscriptions for each in both if isinstance(each, DueCreditsIssued)]
    assert sorted(counts) == [0, 1]
