"""What a day earns, and what becomes of a streak: the tables a founder reads."""

from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve

from domain.amount import AMOUNT_MAX
from domain.credits.ids import GrantId
from domain.errors import InvalidField
from domain.promotions.check_in import CheckIn, check_in, standing
from domain.promotions.check_in_rules import (
    Budgets,
    CheckInRules,
    Eligibility,
    Freezes,
    Milestone,
)
from domain.promotions.errors import AlreadyCheckedIn, CheckInNotYet
from tests.support.builders.credits import SOMEBODY
from tests.support.builders.promotions import a_check_in, some_rules
from tests.support.clock import NOON, fresh_id

A_DAY = timedelta(days=1)


def comes(
    rules: CheckInRules,
    last: CheckIn | None = None,
    now: datetime = NOON,
    *,
    zone: str | None = None,
    known_since: datetime | None = None,
    is_paid: bool = False,
) -> CheckIn:
    return check_in(
        rules,
        last,
        account_id=SOMEBODY,
        account_zone=zone,
        grant_id=GrantId(fresh_id()),
        now=now,
        known_since=known_since,
        is_paid=is_paid,
    )


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"milestones": (Milestone(day=0, credits=1),)}, "milestones[0].day"),
        ({"milestones": (Milestone(day=3651, credits=1),)}, "milestones[0].day"),
        ({"milestones": (Milestone(day=1, credits=0),)}, "milestones[0].credits"),
        ({"milestones": (Milestone(day=1, credits=AMOUNT_MAX + 1),)}, "milestones[0].credits"),
        ({"milestones": (Milestone(day=1, credits=1), Milestone(day=1, credits=2))}, "milestones"),
        ({"freezes": Freezes(most=31)}, "freezes.most"),
        ({"freezes": Freezes(most=-1)}, "freezes.most"),
        ({"freezes": Freezes(at_start=1)}, "freezes.at_start"),
        ({"freezes": Freezes(every=0, most=1)}, "freezes.every"),
        ({"freezes": Freezes(every=366, most=1)}, "freezes.every"),
        ({"grace_hours": -1}, "grace_hours"),
        ({"grace_hours": 13}, "grace_hours"),
        ({"budgets": Budgets(account_day=0)}, "budgets.account_day"),
        ({"budgets": Budgets(day=0)}, "budgets.day"),
        ({"budgets": Budgets(month=AMOUNT_MAX + 1)}, "budgets.month"),
        ({"eligibility": Eligibility(account_days=-1)}, "eligibility.account_days"),
        ({"eligibility": Eligibility(account_days=366)}, "eligibility.account_days"),
        ({"eligibility": Eligibility(paid_plan_percent=99)}, "eligibility.paid_plan_percent"),
        ({"eligibility": Eligibility(paid_plan_percent=1001)}, "eligibility.paid_plan_percent"),
    ],
)
def test_rules_that_make_no_sense_are_refused(changes: dict[str, object], path: str) -> None:
    with pytest.raises(InvalidField) as refusal:
        some_rules(**changes)  # type: ignore[arg-type]

    assert refusal.value.path == path


ONCE = Milestone(day=3, credits=100, repeats=False)
AGAIN = Milestone(day=3, credits=100)


@pytest.mark.parametrize(
    ("rules", "streak", "best", "is_paid", "daily", "milestone"),
    [
        # A flat award, or the week's.
        (some_rules(base=7), 1, 0, False, 7, 0),
        (some_rules(base=7), 1000, 999, False, 7, 0),
        (some_rules(week=(1, 2, 3, 4, 5, 6, 20)), 7, 6, False, 20, 0),
        (some_rules(week=(1, 2, 3, 4, 5, 6, 20)), 8, 7, False, 1, 0),
        # A milestone is paid on its day alone, on top.
        (some_rules(milestones=(AGAIN,)), 2, 1, False, 10, 0),
        (some_rules(milestones=(AGAIN,)), 3, 2, False, 10, 100),
        (some_rules(milestones=(AGAIN,)), 4, 3, False, 10, 0),
        # With `repeats` for every streak that gets there, without it only for a longer one.
        (some_rules(milestones=(AGAIN,)), 3, 50, False, 10, 100),
        (some_rules(milestones=(ONCE,)), 3, 2, False, 10, 100),
        (some_rules(milestones=(ONCE,)), 3, 3, False, 10, 0),
        (some_rules(milestones=(ONCE,)), 3, 50, False, 10, 0),
        # A paid plan multiplies the day's award, rounded down, and not the milestone.
        (some_rules(eligibility=Eligibility(paid_plan_percent=200)), 1, 0, True, 20, 0),
        (some_rules(eligibility=Eligibility(paid_plan_percent=200)), 1, 0, False, 10, 0),
        (some_rules(base=3, eligibility=Eligibility(paid_plan_percent=150)), 1, 0, True, 4, 0),
        (
            some_rules(milestones=(AGAIN,), eligibility=Eligibility(paid_plan_percent=200)),
            3,
            2,
            True,
            20,
            100,
        ),
        # An account's daily budget cuts the milestone first, then the award.
        (some_rules(milestones=(AGAIN,), budgets=Budgets(account_day=60)), 3, 2, False, 10, 50),
        (some_rules(milestones=(AGAIN,), budgets=Budgets(account_day=10)), 3, 2, False, 10, 0),
        (some_rules(milestones=(AGAIN,), budgets=Budgets(account_day=4)), 3, 2, False, 4, 0),
        # However large the numbers, an award stays an amount.
        (
            some_rules(base=AMOUNT_MAX, eligibility=Eligibility(paid_plan_percent=1000)),
            1,
            0,
            True,
            AMOUNT_MAX,
            0,
        ),
        (some_rules(base=AMOUNT_MAX, milestones=(AGAIN,)), 3, 2, False, AMOUNT_MAX, 0),
    ],
)
def test_a_day_earns_what_the_rules_say(
    rules: CheckInRules, streak: int, best: int, is_paid: bool, daily: int, milestone: int
) -> None:
    reward = rules.reward(streak, best=best, is_paid=is_paid)

    assert (reward.daily, reward.milestone) == (daily, milestone)
    assert reward.total == daily + milestone


@pytest.mark.parametrize(
    ("held", "missed", "streak", "used", "left"),
    [
        (0, 0, 6, 0, 0),
        (0, 1, 1, 0, 0),
        (1, 0, 6, 0, 1),
        (1, 1, 6, 1, 0),
        (1, 2, 1, 0, 1),
        (2, 1, 6, 1, 1),
        (2, 2, 6, 2, 0),
        (2, 3, 1, 0, 2),
        (2, 300, 1, 0, 2),
        # More than may be held now, from rules before these: they do not count.
        (5, 3, 1, 0, 2),
    ],
)
def test_freezes_carry_a_streak_over_as_many_missed_days_and_are_kept_where_they_cannot(
    held: int, missed: int, streak: int, used: int, left: int
) -> None:
    rules = some_rules(freezes=Freezes(most=2))
    last = a_check_in(day=NOON.date() - (missed + 1) * A_DAY, streak=5, freezes=held)

    made = comes(rules, last)

    assert (made.streak, made.freezes_used, made.freezes) == (streak, used, left)


def test_freezes_are_had_at_the_start_and_earned_on_the_way_up_to_the_most() -> None:
    rules = some_rules(freezes=Freezes(at_start=1, every=3, most=2))

    held, last = [], None
    for day in range(9):
        last = comes(rules, last, NOON + day * A_DAY)
        held.append(last.freezes)

    assert held == [1, 1, 2, 2, 2, 2, 2, 2, 2]


def test_a_frozen_day_keeps_the_streak_and_does_not_count_for_it() -> None:
    rules = some_rules(week=(1, 2, 3, 4, 5, 6, 20), freezes=Freezes(at_start=1, most=1))
    first = comes(rules)

    made = comes(rules, first, NOON + 2 * A_DAY)

    assert (made.streak, made.award, made.freezes) == (2, 2, 0)


@pytest.mark.parametrize(
    ("last_day", "freezes", "at", "day", "streak"),
    [
        # Yesterday was had: nothing to catch up.
        (11, 0, "2026-01-12T00:30", 12, 6),
        # Yesterday was missed: it is caught up within three hours, and not a moment later.
        (10, 0, "2026-01-12T00:00", 11, 6),
        (10, 0, "2026-01-12T02:59:59.999999", 11, 6),
        (10, 0, "2026-01-12T03:00", 12, 1),
        # The streak is broken anyway: only today counts.
        (9, 0, "2026-01-12T00:30", 12, 1),
        # A freeze reaches yesterday, and is used for the day before it alone.
        (9, 1, "2026-01-12T00:30", 11, 6),
        (9, 1, "2026-01-12T03:00", 12, 1),
        (10, 1, "2026-01-12T03:00", 12, 6),
    ],
)
def test_yesterday_may_be_caught_up_for_some_hours_by_whose_streak_reaches_it(
    last_day: int, freezes: int, at: str, day: int, streak: int
) -> None:
    rules = some_rules(grace_hours=3, freezes=Freezes(most=1))
    now = datetime.fromisoformat(at).replace(tzinfo=UTC)
    last = a_check_in(
        at=datetime(2026, 1, last_day, 12, tzinfo=UTC), streak=5, best=9, freezes=freezes
    )

    made = comes(rules, last, now)

    assert (made.day.day, made.streak) == (day, streak)
    assert made.is_caught_up is (day == 11)
    stood = standing(rules, last, None, now)
    assert (stood.next_day, stood.next_award) == (made.day, made.award)


def test_a_day_caught_up_opens_the_next_at_once_and_no_third() -> None:
    rules = some_rules(grace_hours=3)
    after_midnight = datetime(2026, 1, 14, 0, 30, tzinfo=UTC)
    first = comes(rules)

    caught_up = comes(rules, first, after_midnight)
    today = comes(rules, caught_up, after_midnight)

    assert [each.day.day for each in (first, caught_up, today)] == [12, 13, 14]
    with pytest.raises(AlreadyCheckedIn) as refusal:
        comes(rules, today, after_midnight)
    assert refusal.value.next_at == datetime(2026, 1, 15, tzinfo=UTC)


def test_a_new_account_has_no_yesterday_to_catch_up() -> None:
    made = comes(some_rules(grace_hours=12), None, datetime(2026, 1, 12, 0, 5, tzinfo=UTC))

    assert made.day.day == 12


def test_after_a_change_of_zone_no_yesterday_is_caught_up() -> None:
    rules = some_rules(grace_hours=12)
    last = comes(rules, None, datetime(2026, 1, 10, 12, tzinfo=UTC))

    made = comes(rules, last, datetime(2026, 1, 12, 0, 30, tzinfo=UTC), zone="Africa/Abidjan")

    assert (made.day.day, made.streak) == (12, 1)


def test_a_day_that_the_zones_calendar_left_out_was_missed_by_nobody() -> None:
    # Samoa moved over the date line: 29 December 2011 was followed by 31 December.
    rules = some_rules(zone="Pacific/Apia")
    before = comes(rules, None, datetime(2011, 12, 29, 22, tzinfo=UTC))

    after = comes(rules, before, datetime(2011, 12, 30, 22, tzinfo=UTC))

    assert [(each.day.day, each.streak) for each in (before, after)] == [(29, 1), (31, 2)]


@pytest.mark.parametrize(
    ("known_days", "refused_for"), [(None, 3), (0, 3), (2, 1), (3, None), (400, None)]
)
def test_an_account_earns_from_a_certain_age_on(
    known_days: int | None, refused_for: int | None
) -> None:
    rules = some_rules(eligibility=Eligibility(account_days=3))
    since = None if known_days is None else NOON - known_days * A_DAY

    stood = standing(rules, None, None, NOON, known_since=since)

    assert stood.is_open is (refused_for is None)
    if refused_for is None:
        assert comes(rules, known_since=since).award == 10
    else:
        assert stood.next_at == NOON + refused_for * A_DAY
        with pytest.raises(CheckInNotYet) as refusal:
            comes(rules, known_since=since)
        assert refusal.value.next_at == stood.next_at


def test_without_a_condition_on_age_a_clock_set_back_refuses_nobody() -> None:
    assert comes(some_rules(), known_since=NOON + 2 * A_DAY).award == 10


def test_without_an_award_the_day_counts_and_what_was_promised_is_told() -> None:
    promised = comes(some_rules(base=10, milestones=(Milestone(day=1, credits=5),)))

    unpaid = promised.unpaid()

    assert unpaid == evolve(promised, award=0, milestone=0, withheld=15, grant_id=None)


@pytest.mark.parametrize(
    ("streak", "best", "expected"), [(0, 0, 3), (3, 3, 7), (0, 9, 7), (7, 9, 30), (30, 30, None)]
)
def test_the_next_milestone_is_the_nearest_that_can_still_be_paid(
    streak: int, best: int, expected: int | None
) -> None:
    rules = some_rules(milestones=(Milestone(day=30, credits=5), Milestone(day=7, credits=5), ONCE))

    found = rules.next_milestone(streak, best=best)

    assert (None if found is None else found.day) == expected
