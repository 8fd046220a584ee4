"""How long somebody who is overdue keeps the benefits, and what time brings meanwhile."""

from datetime import datetime, timedelta

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidField
from domain.period import Interval
from domain.subscriptions.course import Course, Due, DueStep
from domain.subscriptions.dunning import DunningEnd, DunningRules, Overdue
from domain.subscriptions.plan_rules import PlanRules
from domain.subscriptions.subscription import Subscription, SubscriptionStatus
from domain.subscriptions.wish import resuming_at
from tests.support.builders.subscriptions import a_subscription
from tests.support.clock import NOON

TICK = timedelta(microseconds=1)
S = SubscriptionStatus


def days(count: float) -> datetime:
    return NOON + timedelta(days=count)


def overdue(rules: DunningRules | None = None) -> Subscription:
    """Return a yearly subscription that is overdue, its second month due in a month."""
    sold = a_subscription(interval=Interval.YEARLY, provider_subscription_id="sub_1")
    late = sold.become(S.PAST_DUE, NOON)
    found = late.course.overdue
    assert found is not None
    waiting = (rules or DunningRules()).of(found, None)
    return evolve(late, course=evolve(late.course, overdue=waiting))


def test_what_has_just_become_overdue_is_due_at_once_to_be_waited_for() -> None:
    late = a_subscription().become(S.PAST_DUE, NOON)

    assert late.due == Due(at=NOON, step=DueStep.BEGIN_DUNNING)
    assert late.is_entitled


@pytest.mark.parametrize(
    ("rules", "own", "ends", "notices"),
    [
        (DunningRules(), None, days(7), (days(1), days(3), days(6))),
        (DunningRules(), 2, days(2), (days(1),)),
        (DunningRules(), 0, NOON, ()),
        (DunningRules(grace_days=3, notice_days=(3, 2, 2)), None, days(3), (days(2),)),
    ],
)
def test_notices_lie_within_the_grace_and_a_plan_may_have_its_own(
    rules: DunningRules, own: int | None, ends: datetime, notices: tuple[datetime, ...]
) -> None:
    waiting = rules.of(Overdue(since=NOON), own)

    assert (waiting.grace_ends_at, waiting.notices) == (ends, notices)


def test_benefits_stay_until_the_very_end_of_the_grace() -> None:
    waiting = DunningRules().of(Overdue(since=NOON), None)

    assert waiting.leaves_benefits(days(7) - TICK)
    assert not waiting.leaves_benefits(days(7))
    assert not waiting.ending().leaves_benefits(NOON)


def test_a_month_that_was_paid_comes_within_the_grace_and_not_after_it() -> None:
    late = evolve(overdue(DunningRules(grace_days=40)), credits_from_at=days(31))

    assert late.month_due(days(31)) is not None
    assert late.month_due(days(40)) is None
    assert overdue().month_due(days(31)) is None


def test_notices_that_were_missed_are_told_as_one() -> None:
    waiting = DunningRules().of(Overdue(since=NOON), None)

    assert waiting.told(days(3)).notices == (days(6),)


@pytest.mark.parametrize("after", [S.ACTIVE, S.CANCELED, S.EXPIRED])
def test_whatever_it_becomes_nothing_is_overdue_then(after: SubscriptionStatus) -> None:
    moved = overdue().become(after, days(1))

    assert moved.course.overdue is None
    assert moved.due is None


def test_a_repeated_report_does_not_begin_the_grace_again() -> None:
    late = overdue()

    assert late.become(S.PAST_DUE, days(3)) == late


@pytest.mark.parametrize("end", DunningEnd)
def test_what_was_given_up_is_due_until_the_provider_has_ended_it(end: DunningEnd) -> None:
    late = overdue(DunningRules(end=end))
    assert late.course.overdue is not None

    given_up = evolve(late, course=evolve(late.course, overdue=late.course.overdue.ending()))

    is_due = given_up.due == Due(at=days(7), step=DueStep.END_GRACE)
    assert is_due is (end is DunningEnd.CANCEL)
    assert not given_up.is_entitled


def test_where_a_provider_did_not_answer_nothing_is_due_before_it_is_asked_again() -> None:
    late = overdue()
    waiting = evolve(late, course=evolve(late.course, not_before=days(2)))

    assert waiting.due == Due(at=days(2), step=DueStep.TELL_OVERDUE)


@pytest.mark.parametrize(
    "rules",
    [{"grace_days": -1}, {"grace_days": 366}, {"notice_days": (0,)}, {"notice_days": (1,) * 21}],
)
def test_rules_that_make_no_sense_are_refused(rules: dict[str, int]) -> None:
    with pytest.raises(InvalidField):
        DunningRules(**rules)  # type: ignore[arg-type]


def test_a_plans_own_grace_is_not_below_nothing() -> None:
    with pytest.raises(InvalidField):
        PlanRules(grace_days=-1)


def test_a_date_to_resume_at_counts_while_paused_and_is_gone_afterwards() -> None:
    active = resuming_at(a_subscription(provider_subscription_id="sub_1"), days(30), NOON)
    paused = active.become(S.PAUSED, NOON)

    assert active.due is None
    assert paused.due == Due(at=days(30), step=DueStep.END_PAUSE)
    assert paused.become(S.ACTIVE, days(5)).course.resume_at is None
    assert paused.become(S.CANCELED, days(5)).due is None


@pytest.mark.parametrize("at", [NOON, NOON - TICK, days(731)])
def test_a_date_to_resume_at_lies_ahead_but_not_too_far(at: datetime) -> None:
    with pytest.raises(InvalidField) as refused:
        resuming_at(a_subscription(), at, NOON)

    assert refused.value.path == "resume_at"


@given(
    grace=st.integers(0, 60),
    notices=st.lists(st.integers(1, 60), max_size=6),
    looks=st.lists(st.floats(0, 70), max_size=30),
)
def test_however_often_it_is_looked_at_every_notice_is_told_once_and_in_order(
    grace: int, notices: list[int], looks: list[float]
) -> None:
    course = Course(
        overdue=DunningRules(grace_days=grace, notice_days=tuple(notices)).of(
            Overdue(since=NOON), None
        )
    )
    told = []
    for look in sorted(looks):
        due = course.due(is_trial=False, is_paused=False)
        if due is not None and due.at <= days(look) and due.step is DueStep.TELL_OVERDUE:
            assert course.overdue is not None
            told.append(due.at)
            course = evolve(course, overdue=course.overdue.told(days(look)))

    assert told == sorted(set(told))
    assert all(NOON < at < days(grace) for at in told)
