"""Counters and periods: named where they differ from their rows, and only there."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.promotions.check_in_budget import days_of, periods_of
from domain.promotions.ids import CouponId
from domain.promotions.proof import BudgetCount, CodeCount, CouponCount

counts = st.integers(0, 5)
_ID = CouponId("coupon")


@given(day=st.dates(date(1970, 1, 1), date(2200, 12, 31)))
def test_the_periods_of_a_day_begin_and_end_around_it(day: date) -> None:
    only, month = periods_of(day)

    assert days_of(only) == (day, day)
    first, last = days_of(month)
    assert first <= day <= last
    assert (first.day, (last + timedelta(days=1)).day) == (1, 1)
    assert {periods_of(each)[1] for each in (first, last)} == {month}


@given(taken=counts, of_codes=counts, uses=counts)
def test_a_coupon_is_named_for_each_number_that_is_not_its_uses(
    taken: int, of_codes: int, uses: int
) -> None:
    count = CouponCount(coupon_id=_ID, taken=taken, of_codes=of_codes, uses=uses)

    assert len(list(count.miscounts())) == (taken != uses) + (of_codes != uses)


@given(taken=counts, uses=counts)
def test_a_code_is_named_when_its_number_is_not_its_uses(taken: int, uses: int) -> None:
    count = CodeCount(coupon_id=_ID, code="CODE", taken=taken, uses=uses)

    assert bool(list(count.miscounts())) is (taken != uses)


@given(given_out=counts, room=counts, total=counts, awarded=counts)
def test_a_budget_is_named_when_it_does_not_add_up_or_gave_what_nobody_got(
    given_out: int, room: int, total: int, awarded: int
) -> None:
    count = BudgetCount(period="day:2026-01-12", given=given_out, room=room, total=total)

    broken = len(list(count.miscounts(awarded)))

    assert broken == (given_out + room != total) + (given_out > awarded)
