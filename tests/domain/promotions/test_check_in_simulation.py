"""What rules would cost: the replay is what really happens, and the ceiling is never exceeded."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.credits.ids import AccountId, GrantId
from domain.promotions.check_in import CheckIn, check_in, standing
from domain.promotions.check_in_budget import SLICES, Budget, product_budgets, shared_out
from domain.promotions.check_in_rules import (
    Budgets,
    CheckInRules,
    Eligibility,
    Freezes,
    Milestone,
)
from domain.promotions.check_in_simulation import (
    MODEL_ACCOUNTS,
    Cost,
    awards_by_day,
    ceiling,
    cost_of,
    model_account,
    projected,
    replayed,
)
from tests.support.builders.promotions import a_check_in, some_rules

START = datetime(2026, 1, 31, 12, tzinfo=UTC)
DAYS = [START.date() + timedelta(days=at) for at in range(30)]
A_DAY = timedelta(days=1)

milestones = st.dictionaries(
    st.integers(1, 12), st.tuples(st.integers(1, 500), st.booleans()), max_size=4
).map(
    lambda table: tuple(
        Milestone(day=day, credits=extra, repeats=repeats)
        for day, (extra, repeats) in table.items()
    )
)
rules_of_all_kinds = st.builds(
    some_rules,
    base=st.integers(1, 50),
    week=st.none() | st.tuples(*[st.integers(1, 100)] * 7),
    milestones=milestones,
    freezes=st.builds(
        Freezes, at_start=st.just(0), every=st.none() | st.integers(1, 5), most=st.integers(0, 2)
    ),
    grace_hours=st.sampled_from((0, 3, 12)),
    budgets=st.builds(Budgets, account_day=st.none() | st.integers(1, 200)),
    eligibility=st.builds(Eligibility, paid_plan_percent=st.sampled_from((100, 150, 300))),
)
hours = st.lists(st.integers(0, 50), min_size=1, max_size=40)


def lived(rules: CheckInRules, waits: list[int], *, is_paid: bool = False) -> list[CheckIn]:
    """Return the check-ins of an account that tries after so many hours each time."""
    made: list[CheckIn] = []
    now = START
    for wait in waits:
        now += timedelta(hours=wait)
        last = made[-1] if made else None
        if standing(rules, last, None, now).is_open:
            made.append(
                check_in(
                    rules,
                    last,
                    account_id=AccountId("user-1"),
                    account_zone=None,
                    grant_id=GrantId("none"),
                    now=now,
                    is_paid=is_paid,
                )
            )
    return made


@given(rules=rules_of_all_kinds, waits=hours, is_paid=st.booleans())
def test_rules_replayed_over_what_they_made_themselves_make_it_again(
    rules: CheckInRules, waits: list[int], is_paid: bool
) -> None:
    real = lived(rules, waits, is_paid=is_paid)

    again = list(replayed(rules, real))

    assert [(each.day, each.streak, each.award) for each in again] == [
        (each.day, each.streak, each.award) for each in real
    ]
    assert cost_of(rules, again) == Cost(credits=sum(each.award for each in real), withheld=0)


@given(rules=rules_of_all_kinds, waits=hours, is_paid=st.booleans(), days=st.integers(1, 31))
def test_nobody_ever_costs_more_than_the_ceiling(
    rules: CheckInRules, waits: list[int], is_paid: bool, days: int
) -> None:
    real = lived(rules, waits, is_paid=is_paid)

    for first in real:
        stretch = [each for each in real if first.day <= each.day < first.day + days * A_DAY]
        cost = sum(each.award for each in stretch)
        assert cost <= ceiling(rules, DAYS[:1] * days, 1)


@pytest.mark.parametrize(
    ("rules", "days", "expected"),
    [
        (some_rules(base=10), 30, 300),
        (some_rules(week=(10, 10, 15, 15, 20, 20, 50)), 7, 140),
        # Thirty days are four weeks, and the two best days that follow each other.
        (some_rules(week=(10, 10, 15, 15, 20, 20, 50)), 30, 4 * 140 + 70),
        (some_rules(base=10, milestones=(Milestone(day=30, credits=100),)), 30, 400),
        (some_rules(base=10, milestones=(Milestone(day=400, credits=100),)), 30, 400),
        # A milestone on the first day pays best for whoever keeps leaving and coming back.
        (some_rules(base=10, milestones=(Milestone(day=1, credits=100),)), 30, 15 * 110 + 10),
        (some_rules(base=10, milestones=(Milestone(day=1, credits=100, repeats=False),)), 30, 400),
        (some_rules(base=10, eligibility=Eligibility(paid_plan_percent=200)), 30, 600),
        (some_rules(base=10, budgets=Budgets(day=4)), 30, 120),
        # From 31 January to 1 March there are three months.
        (some_rules(base=10, budgets=Budgets(month=70)), 30, 210),
    ],
)
def test_the_ceiling_is_what_an_account_can_cost_at_most(
    rules: CheckInRules, days: int, expected: int
) -> None:
    assert ceiling(rules, DAYS[:days], 1) == expected


def test_awards_are_given_in_order_of_time_as_long_as_they_fit_in_their_day_and_month() -> None:
    rules = some_rules(budgets=Budgets(day=25, month=50))
    made = [
        a_check_in(account_id=AccountId(f"user-{at}"), at=START.replace(hour=at), award=10)
        for at in range(3)
    ]
    small = a_check_in(account_id=AccountId("small"), at=START.replace(hour=3), award=5)
    tomorrow = a_check_in(at=START + A_DAY, award=25)

    assert cost_of(rules, [*made, small, tomorrow]) == Cost(credits=20 + 5 + 25, withheld=10)


def test_a_projection_scales_each_day_and_cuts_it_by_the_budgets() -> None:
    awards = {DAYS[0]: 30, DAYS[1]: 10, DAYS[2]: 1}

    free = projected(some_rules(), awards, DAYS, of_accounts=3, accounts=100)
    bound = projected(
        some_rules(budgets=Budgets(day=600)), awards, DAYS, of_accounts=3, accounts=100
    )

    assert free == Cost(credits=1000 + 334 + 34, withheld=0)
    assert bound == Cost(credits=600 + 334 + 34, withheld=400)


def test_days_caught_up_later_than_the_rules_tried_allow_earn_nothing() -> None:
    generous = some_rules(grace_hours=6)
    real = lived(generous, [0, 38, 2, 22])
    assert [each.is_caught_up for each in real] == [False, True, False, False]

    assert [each.streak for each in replayed(generous, real)] == [1, 2, 3, 4]
    assert [each.streak for each in replayed(some_rules(grace_hours=2), real)] == [1, 1, 2]


def test_a_streak_that_began_before_the_days_looked_at_goes_on() -> None:
    rules = some_rules(week=(1, 2, 3, 4, 5, 6, 20))
    whole = lived(rules, [0] + [24] * 9)

    assert [each.award for each in replayed(rules, whole[5:])] == [6, 20, 1, 2, 3]


def test_the_model_comes_as_often_as_it_is_told_and_the_same_each_time() -> None:
    def visits(share_percent: int) -> list[list[date]]:
        return [
            [
                each.day
                for each in model_account(
                    number, DAYS, share_percent=share_percent, paid_percent=0, zone="UTC"
                )
            ]
            for number in range(MODEL_ACCOUNTS)
        ]

    forty = visits(40)

    assert visits(0) == [[]] * MODEL_ACCOUNTS
    assert visits(100) == [DAYS] * MODEL_ACCOUNTS
    assert forty == visits(40)
    share = sum(len(each) for each in forty) / (MODEL_ACCOUNTS * len(DAYS))
    assert 0.39 < share < 0.41


def test_so_many_accounts_of_the_model_have_a_paid_plan() -> None:
    paid = [
        model_account(number, DAYS[:1], share_percent=100, paid_percent=20, zone="UTC")[0].is_paid
        for number in range(MODEL_ACCOUNTS)
    ]

    assert 170 < sum(paid) < 230


def test_what_is_replayed_adds_up_by_day() -> None:
    rules = some_rules(base=10)

    assert awards_by_day(lived(rules, [0, 24, 48])) == {DAYS[0]: 10, DAYS[1]: 10, DAYS[3]: 10}


@given(left=st.integers(0, 10_000), least=st.integers(1, 500))
def test_a_budget_is_shared_out_whole_and_some_slice_holds_an_award_while_one_fits(
    left: int, least: int
) -> None:
    rooms = shared_out(left, least)

    assert len(rooms) == SLICES
    assert sum(rooms) == left
    assert min(rooms) >= 0
    assert (max(rooms) >= least) is (left >= least)


def test_a_day_has_the_budgets_that_are_set_the_days_first() -> None:
    day = date(2026, 1, 12)
    of_day, of_month = Budget("day:2026-01-12", 5), Budget("month:2026-01", 50)

    assert product_budgets(Budgets(account_day=9), day) == ()
    assert product_budgets(Budgets(day=5, month=50), day) == (of_day, of_month)
    assert product_budgets(Budgets(month=50), day) == (of_month,)
