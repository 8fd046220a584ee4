"""Proration: exact, in bounds, monotone, and never worth a detour."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.period import Period
from domain.subscriptions.proration import (
    Left,
    Rates,
    difference,
    fraction_left,
    fresh_start,
    halves,
    left_at,
)
from tests.domain.subscriptions.proration_properties import (
    CREDITS_MAX,
    PRICE_MAX,
    WHOLE,
    Visit,
    check_bounds,
    check_fresh_start,
    check_halves,
    check_journey,
    check_monotone,
    check_reckoning,
)

APRIL = Period(datetime(2026, 4, 1, tzinfo=UTC), datetime(2026, 5, 1, tzinfo=UTC))
YEAR = Period(datetime(2026, 4, 1, tzinfo=UTC), datetime(2027, 4, 1, tzinfo=UTC))
STARTER = Rates(price_minor=990, credits=1000)
PRO = Rates(price_minor=2990, credits=5000)

fractions = st.integers(0, WHOLE).map(lambda parts: Fraction(parts, WHOLE))
rates = st.builds(Rates, price_minor=st.integers(0, PRICE_MAX), credits=st.integers(0, CREDITS_MAX))
visits = st.lists(st.tuples(rates, st.integers(0, WHOLE)), max_size=12)


@given(rates, rates, fractions, st.booleans())
def test_the_two_sides_of_a_change_are_what_it_costs_and_brings(
    before: Rates, after: Rates, left: Fraction, begins_period: bool
) -> None:
    check_reckoning(before, after, left, begins_period=begins_period)


def of(fraction: Fraction) -> Left:
    return Left(of_money=fraction, of_credits=fraction)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (APRIL.start_at - timedelta(days=1), Fraction(1)),
        (APRIL.start_at, Fraction(1)),
        (APRIL.start_at + timedelta(days=10), Fraction(2, 3)),
        (APRIL.end_at - timedelta(microseconds=1), Fraction(1, 30 * 24 * 3600 * 10**6)),
        (APRIL.end_at, Fraction(0)),
        (APRIL.end_at + timedelta(days=1), Fraction(0)),
    ],
)
def test_what_is_left_of_a_period_is_an_exact_fraction(at: datetime, expected: Fraction) -> None:
    assert fraction_left(APRIL, at) == expected


def test_of_a_year_money_goes_by_the_year_and_credits_by_the_month_that_runs() -> None:
    at = datetime(2026, 4, 16, tzinfo=UTC)

    left = left_at(YEAR, APRIL, at)

    assert left == Left(of_money=Fraction(350, 365), of_credits=Fraction(1, 2))


def test_a_dearer_plan_costs_the_share_of_the_difference_and_brings_no_second_month() -> None:
    made = difference(STARTER, PRO, of(Fraction(1, 2)))

    assert (made.due_minor, made.credits) == (1000, 2000)


def test_a_cheaper_plan_gives_the_same_share_back() -> None:
    made = difference(PRO, STARTER, of(Fraction(1, 2)))

    assert (made.due_minor, made.credits) == (-1000, -2000)


def test_money_is_rounded_up_and_credits_down_whichever_way_they_go() -> None:
    third = of(Fraction(1, 3))

    up = difference(STARTER, PRO, third)
    down = difference(PRO, STARTER, third)

    assert (up.due_minor, up.credits) == (667, 1333)
    assert (down.due_minor, down.credits) == (-666, -1334)


def test_a_period_that_begins_costs_its_price_less_the_rest_of_the_old_one() -> None:
    yearly = Rates(price_minor=9900, credits=1000)

    made = fresh_start(STARTER, yearly, of(Fraction(1, 3)))

    assert (made.due_minor, made.credits) == (9900 - 330, 1000 - 334)


@given(amount=st.integers(0, PRICE_MAX), left=fractions)
def test_the_halves_add_up(amount: int, left: Fraction) -> None:
    check_halves(amount, left)


def test_half_a_cent_belongs_to_the_time_that_was_used() -> None:
    parts = halves(999, Fraction(1, 2))

    assert (parts.used, parts.left) == (500, 499)


@given(before=rates, after=rates, left=fractions)
def test_a_change_costs_between_nothing_and_the_whole_difference(
    before: Rates, after: Rates, left: Fraction
) -> None:
    check_bounds(before, after, left)
    check_fresh_start(before, after, left)


@given(before=rates, after=rates, marks=st.tuples(fractions, fractions))
def test_a_later_change_costs_no_more_and_brings_no_more(
    before: Rates, after: Rates, marks: tuple[Fraction, Fraction]
) -> None:
    later, left = sorted(marks)

    check_monotone(before, after, left, later)


@given(first=rates, way=visits)
def test_no_way_between_plans_is_worth_more_than_the_time_in_each(
    first: Rates, way: list[Visit]
) -> None:
    in_time = sorted(way, key=lambda visit: -visit[1])

    check_journey(first, in_time)
