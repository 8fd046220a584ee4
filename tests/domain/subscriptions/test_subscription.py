"""The life of a subscription: its moves, its periods, and each month's credits once."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random

import pytest
from attrs import evolve

from domain.period import Interval, Period, add_months, period_after
from domain.subscriptions.course import Course
from domain.subscriptions.subscription import LIVE, Subscription, SubscriptionStatus
from tests.support.builders.subscriptions import a_subscription
from tests.support.clock import NOON

S = SubscriptionStatus
TICK = timedelta(microseconds=1)
MOVES = {
    S.INCOMPLETE: {S.TRIALING, S.ACTIVE, S.CANCELED, S.EXPIRED},
    S.TRIALING: {S.ACTIVE, S.PAST_DUE, S.PAUSED, S.CANCELED, S.EXPIRED},
    S.ACTIVE: {S.PAST_DUE, S.PAUSED, S.CANCELED, S.EXPIRED},
    S.PAST_DUE: {S.ACTIVE, S.PAUSED, S.CANCELED, S.EXPIRED},
    S.PAUSED: {S.TRIALING, S.ACTIVE, S.PAST_DUE, S.CANCELED, S.EXPIRED},
    S.CANCELED: set(),
    S.EXPIRED: set(),
}


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def begun(start_at: datetime, interval: Interval = Interval.MONTHLY) -> Subscription:
    return a_subscription(
        start_at=start_at,
        interval=interval,
        credits_from_at=start_at,
        provider_subscription_id="sub_1",
    )


def on_trial_for(trial: Period) -> Subscription:
    """Return a subscription on its trial, whose credits have been granted."""
    on_trial = evolve(
        begun(trial.start_at),
        period=trial,
        status=S.TRIALING,
        course=Course(trial_ends_at=trial.end_at, trial_credits=70),
    )
    return on_trial.month_granted(trial)


def months_granted(subscription: Subscription, now: datetime) -> tuple[Subscription, list[Period]]:
    granted = []
    while (month := subscription.month_due(now)) is not None:
        granted.append(month)
        subscription = subscription.month_granted(month)
    return subscription, granted


@pytest.mark.parametrize("before", S)
@pytest.mark.parametrize("after", S)
def test_a_subscription_moves_only_as_the_table_says(
    before: SubscriptionStatus, after: SubscriptionStatus
) -> None:
    subscription = a_subscription(status=before)
    is_allowed = after is before or after in MOVES[before]

    assert subscription.can_become(after) is is_allowed
    if is_allowed:
        assert subscription.become(after, NOON).status is after
    else:
        with pytest.raises(AssertionError):
            subscription.become(after, NOON)


@pytest.mark.parametrize("end", [S.CANCELED, S.EXPIRED])
def test_an_end_is_noted_once_and_nothing_comes_after_it(end: SubscriptionStatus) -> None:
    ended = a_subscription().become(end, NOON)

    assert not ended.is_live
    assert ended.ended_at == NOON
    assert ended.become(end, NOON + timedelta(days=1)).ended_at == NOON
    assert not any(ended.can_become(live) for live in LIVE)


@pytest.mark.parametrize("status", S)
def test_only_who_is_active_or_on_trial_is_due_credits(status: SubscriptionStatus) -> None:
    subscription = evolve(begun(NOON), status=status)

    is_due = subscription.month_due(NOON) is not None

    assert is_due is (status in {S.ACTIVE, S.TRIALING})
    assert subscription.month_paid(NOON) is not None


def test_a_month_is_due_from_its_first_instant_on() -> None:
    subscription = begun(NOON)

    assert subscription.month_due(NOON - TICK) is None
    assert subscription.month_due(NOON) == Period(NOON, add_months(NOON, 1))


def test_no_month_is_due_after_the_paid_period() -> None:
    subscription, granted = months_granted(begun(NOON), NOON + timedelta(days=400))

    assert len(granted) == 1
    assert subscription.month_due(NOON + timedelta(days=4000)) is None


def test_only_the_month_that_is_due_can_be_granted() -> None:
    subscription = begun(NOON)

    with pytest.raises(AssertionError):
        subscription.month_granted(Period(add_months(NOON, 1), add_months(NOON, 2)))


def test_a_period_no_newer_than_ours_changes_nothing() -> None:
    subscription = begun(NOON)

    for start_at in (NOON, NOON - TICK, add_months(NOON, -1)):
        older = Period(start_at, add_months(NOON, 1))
        assert subscription.renewed(older, NOON + timedelta(days=9)) == subscription


@pytest.mark.parametrize("status", [S.INCOMPLETE, S.TRIALING, S.PAST_DUE, S.PAUSED, S.ACTIVE])
def test_a_payment_makes_a_live_subscription_active(status: SubscriptionStatus) -> None:
    subscription = evolve(begun(NOON), status=status)
    following = period_after(NOON, subscription.period.end_at, Interval.MONTHLY)

    renewed = subscription.renewed(following, following.start_at)

    assert (renewed.status, renewed.period) == (S.ACTIVE, following)
    assert renewed.collected_at == following.start_at


@pytest.mark.parametrize("status", [S.PAST_DUE, S.PAUSED, S.CANCELED, S.EXPIRED])
def test_a_payment_told_late_brings_its_period_and_moves_no_newer_status(
    status: SubscriptionStatus,
) -> None:
    following = period_after(NOON, add_months(NOON, 1), Interval.MONTHLY)
    paid_at = following.start_at
    reported = evolve(
        begun(NOON), status=status, reported_at=paid_at + timedelta(hours=1), ended_at=None
    )

    renewed = reported.renewed(following, paid_at)

    assert renewed.status is status
    assert renewed.reported_at == reported.reported_at
    assert renewed.month_paid(paid_at) == following


def test_a_payment_after_the_end_is_a_mistake_to_be_caught_before() -> None:
    ended = evolve(begun(NOON), status=S.CANCELED, reported_at=NOON)
    following = period_after(NOON, add_months(NOON, 1), Interval.MONTHLY)

    with pytest.raises(AssertionError):
        ended.renewed(following, following.start_at)


def test_the_31st_stays_the_anchor_through_short_months() -> None:
    subscription = begun(day("2027-01-31T10:00"))
    starts = []
    for _ in range(14):
        subscription, granted = months_granted(subscription, subscription.period.start_at)
        starts += [month.start_at.date().isoformat()[5:] for month in granted]
        following = period_after(
            subscription.anchor_at, subscription.period.end_at, Interval.MONTHLY
        )
        subscription = subscription.renewed(following, following.start_at)

    assert starts == [
        "01-31",
        "02-28",
        "03-31",
        "04-30",
        "05-31",
        "06-30",
        "07-31",
        "08-31",
        "09-30",
        "10-31",
        "11-30",
        "12-31",
        "01-31",
        "02-29",
    ]


def test_a_year_paid_at_once_brings_its_credits_month_by_month() -> None:
    subscription = begun(day("2027-08-31T00:00"), Interval.YEARLY)

    _, granted = months_granted(subscription, day("2030-01-01T00:00"))

    assert len(granted) == 12
    assert granted[0].start_at == subscription.period.start_at
    assert granted[-1].end_at == subscription.period.end_at
    assert all(a.end_at == b.start_at for a, b in pairwise(granted))


def test_after_a_gap_months_are_counted_from_the_day_of_return() -> None:
    paused = evolve(begun(day("2026-01-31T10:00")), status=S.PAUSED)
    back = Period(day("2026-05-12T08:00"), day("2026-06-12T08:00"))

    returned, granted = months_granted(paused.renewed(back, back.start_at), back.start_at)

    assert granted == [back]
    assert returned.anchor_at == back.start_at


def test_after_a_gap_on_the_old_day_the_anchor_stays() -> None:
    paused = evolve(begun(day("2026-01-31T10:00")), status=S.PAUSED)
    back = Period(day("2026-04-30T10:00"), day("2026-05-31T10:00"))

    returned, granted = months_granted(paused.renewed(back, back.start_at), back.start_at)

    assert granted == [back]
    assert returned.anchor_at == day("2026-01-31T10:00")


@pytest.mark.parametrize(
    ("begins", "ends", "paid_until", "month_ends"),
    [
        ("2028-05-31", "2028-06-30", "2028-07-30", "2028-07-30"),
        ("2028-10-31", "2028-11-30", "2029-11-30", "2028-12-30"),
        ("2027-01-31", "2027-02-28", "2027-03-28", "2027-03-28"),
    ],
)
def test_after_a_trial_of_just_a_month_paid_months_are_counted_from_its_end(
    begins: str, ends: str, paid_until: str, month_ends: str
) -> None:
    trial = Period(day(f"{begins}T01:31"), day(f"{ends}T01:31"))
    paid = Period(trial.end_at, day(f"{paid_until}T01:31"))

    renewed, granted = months_granted(
        on_trial_for(trial).renewed(paid, paid.start_at), paid.start_at
    )

    assert granted == [Period(paid.start_at, day(f"{month_ends}T01:31"))]
    assert renewed.anchor_at == trial.end_at


def test_the_second_month_told_before_the_first_counts_from_the_trials_end_too() -> None:
    trial = Period(day("2027-01-17T10:00"), day("2027-01-31T10:00"))
    second = Period(day("2027-02-28T10:00"), day("2027-03-31T10:00"))

    renewed = on_trial_for(trial).renewed(second, second.start_at)

    assert renewed.anchor_at == trial.end_at
    assert renewed.month_due(second.start_at) == second


def test_a_trial_cut_short_on_a_month_of_its_first_day_leaves_no_anchor_behind() -> None:
    trial = Period(day("2028-05-31T10:00"), day("2028-07-15T10:00"))
    paid = Period(day("2028-06-30T10:00"), day("2028-07-30T10:00"))

    renewed = on_trial_for(trial).renewed(paid, paid.start_at)

    assert renewed.anchor_at == paid.start_at


def test_after_a_short_trial_the_first_paid_month_brings_its_credits_at_once() -> None:
    trial = Period(day("2026-01-01T10:00"), day("2026-01-08T10:00"))
    on_trial = evolve(begun(trial.start_at), period=trial, status=S.TRIALING)
    on_trial, _ = months_granted(on_trial, trial.start_at)
    paid = Period(trial.end_at, day("2026-02-08T10:00"))

    _, granted = months_granted(on_trial.renewed(paid, paid.start_at), paid.start_at)

    assert granted == [paid]


def test_a_month_granted_in_a_longer_period_is_not_granted_again_in_the_next() -> None:
    yearly, _ = months_granted(begun(day("2026-01-01T10:00"), Interval.YEARLY), day("2026-06-15"))
    monthly = Period(day("2026-06-01T10:00"), day("2026-07-01T10:00"))

    _, granted = months_granted(yearly.renewed(monthly, day("2026-06-15")), day("2026-06-15"))

    assert granted == []


@pytest.mark.parametrize("seed", range(40))
def test_thirty_six_months_bring_each_paid_month_once(seed: int) -> None:
    random = Random(seed)
    interval = random.choice(list(Interval))
    anchor = datetime(2027, random.randint(1, 12), 1, random.randrange(24), tzinfo=UTC)
    anchor += timedelta(days=random.choice([0, 27, 28, 29, 30]))
    subscription, granted = begun(anchor, interval), []
    now = anchor
    end_at = add_months(anchor, 36)
    while now < end_at:
        while subscription.period.end_at <= now:
            following = period_after(anchor, subscription.period.end_at, interval)
            subscription = subscription.renewed(following, following.start_at)
            subscription, more = months_granted(subscription, min(now, following.end_at - TICK))
            granted += more
        subscription, more = months_granted(subscription, now)
        granted += more
        now += timedelta(hours=random.choice([1, 20, 24 * 3, 24 * 29]))

    starts = [month.start_at for month in granted]
    expected = [add_months(anchor, count) for count in range(36)]
    assert [start for start in expected if start <= now][: len(starts)] == starts[:36]
    assert len(set(starts)) == len(starts) >= 35
    assert all(month.end_at == add_months(anchor, i + 1) for i, month in enumerate(granted))


def test_what_no_provider_stands_behind_renews_itself() -> None:
    assert a_subscription().renews_itself
    assert not begun(NOON).renews_itself


def test_a_period_longer_than_its_months_brings_no_further_month() -> None:
    period = Period(datetime(2026, 1, 31, tzinfo=UTC), datetime(2026, 3, 3, tzinfo=UTC))
    start_at = period.start_at
    sold = evolve(a_subscription(), period=period, anchor_at=start_at, credits_from_at=start_at)

    first = sold.month_paid(period.end_at)
    assert first is not None

    assert sold.month_granted(first).month_paid(period.end_at) is None


def test_the_first_month_that_is_paid_brings_its_credits_though_the_trial_was_cut_short() -> None:
    trial = Period(day("2027-01-01T10:00"), day("2027-01-15T10:00"))
    paid = Period(day("2027-01-08T10:00"), day("2027-02-08T10:00"))

    renewed = on_trial_for(trial).renewed(paid, paid.start_at)

    month = renewed.month_due(paid.start_at)
    assert month == paid
    assert renewed.credits_of(month) == renewed.credits_per_month
    assert not renewed.is_in_trial
