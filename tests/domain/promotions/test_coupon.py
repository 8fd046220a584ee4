"""Coupons: when a code counts, what it gives, and how its slots are counted."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.amount import AMOUNT_MAX
from domain.errors import InvalidField
from domain.money import Money
from domain.promotions.coupon import (
    AmountOff,
    Benefit,
    BonusCredits,
    CouponEffect,
    PercentOff,
    RedemptionStatus,
    normal_code,
)
from domain.promotions.errors import CouponRefused
from tests.support.builders.promotions import a_coupon, a_redemption
from tests.support.clock import NOON

TEN_DOLLARS = Money(1000, "USD")
TICK = timedelta(microseconds=1)
prices = st.integers(min_value=0, max_value=AMOUNT_MAX)
effects: st.SearchStrategy[CouponEffect] = st.one_of(
    st.integers(1, 100).map(lambda percent: PercentOff(percent=percent)),
    st.integers(1, AMOUNT_MAX).map(lambda minor: AmountOff(amount_minor=minor, currency="USD")),
    st.integers(1, AMOUNT_MAX).map(lambda amount: BonusCredits(credits=amount)),
)


@pytest.mark.parametrize(
    "code",
    ["", "AB", "abc", "A" * 41, "-ABC", "_ABC", "A B", "ABC\n", "ÄBC", "A.B", "ABC/", "A\0BC"],
)
def test_a_malformed_code_is_refused(code: str) -> None:
    with pytest.raises(InvalidField) as refusal:
        a_coupon(id="1", code=code or " ")

    assert refusal.value.path == "code"


@pytest.mark.parametrize("percent", [0, -1, 101, True, 10.0], ids=repr)
def test_a_percentage_outside_1_to_100_is_refused(percent: int) -> None:
    with pytest.raises(InvalidField):
        PercentOff(percent=percent)


@pytest.mark.parametrize("amount", [0, -1, AMOUNT_MAX + 1, True, 1.0], ids=repr)
def test_an_amount_off_or_a_bonus_that_is_no_amount_is_refused(amount: int) -> None:
    with pytest.raises(InvalidField):
        AmountOff(amount_minor=amount, currency="USD")
    with pytest.raises(InvalidField):
        BonusCredits(credits=amount)


def test_an_amount_off_needs_a_currency() -> None:
    with pytest.raises(InvalidField):
        AmountOff(amount_minor=1, currency="usd")


@pytest.mark.parametrize("length", [timedelta(0), -TICK])
def test_a_window_that_ends_before_it_starts_is_refused(length: timedelta) -> None:
    with pytest.raises(InvalidField) as refusal:
        a_coupon(starts_at=NOON, ends_at=NOON + length)

    assert refusal.value.path == "ends_at"


@pytest.mark.parametrize("limit", [0, -1, 1_000_000_001, True], ids=repr)
def test_a_limit_that_allows_nothing_is_refused(limit: int) -> None:
    with pytest.raises(InvalidField):
        a_coupon(redemptions_max=limit)
    with pytest.raises(InvalidField):
        a_coupon(redemptions_per_account_max=limit)


@pytest.mark.parametrize(
    ("changes", "taken_by_account", "now", "reason"),
    [
        ({"is_archived": True}, 0, NOON, "archived"),
        ({"starts_at": NOON}, 0, NOON - TICK, "not_started"),
        ({"ends_at": NOON}, 0, NOON, "ended"),
        ({"ends_at": NOON}, 0, NOON + TICK, "ended"),
        (
            {"effect": AmountOff(amount_minor=1, currency="EUR")},
            0,
            NOON,
            "other_currency",
        ),
        ({"redemptions_max": 3, "taken": 3}, 0, NOON, "used_up"),
        ({}, 1, NOON, "used_up_by_account"),
        ({"redemptions_per_account_max": 2}, 2, NOON, "used_up_by_account"),
        # Of several reasons the one that time or an admin set comes first.
        ({"is_archived": True, "ends_at": NOON}, 1, NOON, "archived"),
    ],
)
def test_a_code_that_does_nothing_says_why(
    changes: dict[str, object], taken_by_account: int, now: datetime, reason: str
) -> None:
    coupon = a_coupon(**changes)  # type: ignore[arg-type]

    with pytest.raises(CouponRefused) as refusal:
        coupon.benefit(TEN_DOLLARS, taken_by_account=taken_by_account, now=now)

    assert refusal.value.reason == reason
    assert str(refusal.value)


@pytest.mark.parametrize(
    ("changes", "now"),
    [
        ({"starts_at": NOON}, NOON),
        ({"ends_at": NOON}, NOON - TICK),
        ({"redemptions_max": 3, "taken": 2}, NOON),
        ({"redemptions_per_account_max": None}, NOON),
    ],
)
def test_a_code_counts_from_its_start_until_just_before_its_end(
    changes: dict[str, object], now: datetime
) -> None:
    coupon = a_coupon(**changes)  # type: ignore[arg-type]

    benefit = coupon.benefit(TEN_DOLLARS, taken_by_account=0, now=now)

    assert benefit == Benefit(discount_minor=100)


def test_without_a_limit_an_account_may_use_a_code_again_and_again() -> None:
    coupon = a_coupon(redemptions_per_account_max=None)

    benefit = coupon.benefit(TEN_DOLLARS, taken_by_account=999, now=NOON)

    assert benefit.discount_minor == 100


@pytest.mark.parametrize(
    ("effect", "price", "expected"),
    [
        (PercentOff(percent=10), 999, Benefit(discount_minor=99)),
        (PercentOff(percent=1), 99, Benefit()),
        (PercentOff(percent=33), 100, Benefit(discount_minor=33)),
        (PercentOff(percent=100), 999, Benefit(discount_minor=999)),
        (PercentOff(percent=50), 0, Benefit()),
        (AmountOff(amount_minor=300, currency="USD"), 999, Benefit(discount_minor=300)),
        (AmountOff(amount_minor=1000, currency="USD"), 999, Benefit(discount_minor=999)),
        (BonusCredits(credits=250), 999, Benefit(bonus_credits=250)),
    ],
)
def test_an_effect_gives_exactly_this(effect: CouponEffect, price: int, expected: Benefit) -> None:
    coupon = a_coupon(effect=effect)

    assert coupon.benefit(Money(price, "USD"), taken_by_account=0, now=NOON) == expected


@given(effect=effects, price=prices)
def test_a_discount_is_never_more_than_the_price(effect: CouponEffect, price: int) -> None:
    benefit = a_coupon(effect=effect).benefit(Money(price, "USD"), taken_by_account=0, now=NOON)

    assert 0 <= benefit.discount_minor <= price
    assert benefit.bonus_credits == 0 or benefit.discount_minor == 0


@given(moves=st.lists(st.booleans(), max_size=40), limit=st.integers(1, 5))
def test_slots_are_never_more_than_the_limit_and_never_less_than_none(
    moves: list[bool], limit: int
) -> None:
    coupon = a_coupon(redemptions_max=limit)
    open_checkouts = 0
    for is_reserving in moves:
        if is_reserving and open_checkouts == limit:
            with pytest.raises(CouponRefused):
                coupon.reserve()
        elif is_reserving:
            coupon, open_checkouts = coupon.reserve(), open_checkouts + 1
        elif open_checkouts:
            coupon, open_checkouts = coupon.release(), open_checkouts - 1

        assert coupon.taken == open_checkouts <= limit


def test_a_slot_that_was_never_taken_cannot_be_given_back() -> None:
    with pytest.raises(AssertionError):
        a_coupon().release()


@pytest.mark.parametrize(
    ("typed", "code"), [("  welcome10 ", "WELCOME10"), ("Welcome-10", "WELCOME-10"), ("\tA\n", "A")]
)
def test_codes_are_compared_without_case_or_outer_spaces(typed: str, code: str) -> None:
    assert normal_code(typed) == code


MOVES = {
    (RedemptionStatus.RESERVED, RedemptionStatus.CONFIRMED),
    (RedemptionStatus.RESERVED, RedemptionStatus.RELEASED),
    (RedemptionStatus.RELEASED, RedemptionStatus.CONFIRMED),
}


@pytest.mark.parametrize("before", RedemptionStatus)
@pytest.mark.parametrize("after", RedemptionStatus)
def test_a_use_moves_only_as_the_table_says(
    before: RedemptionStatus, after: RedemptionStatus
) -> None:
    use = a_redemption(status=before)

    assert use.can_become(after) is ((before, after) in MOVES)
    if use.can_become(after):
        assert use.become(after).status is after
    else:
        with pytest.raises(AssertionError):
            use.become(after)
