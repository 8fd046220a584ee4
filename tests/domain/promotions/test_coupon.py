"""Coupons: for whom, when and on what a code counts, and how its slots are counted."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidField
from domain.money import Money
from domain.promotions.effect import AmountOff, Benefit, BonusCredits, BonusLot, PercentOff
from domain.promotions.errors import WHY, CouponReason, CouponRefused
from domain.promotions.terms import ACCOUNTS_MAX, ITEMS_MAX
from tests.support.builders.credits import SOMEBODY, SOMEBODY_ELSE
from tests.support.builders.promotions import a_code, a_coupon, a_purchase, an_asker
from tests.support.clock import NOON

TICK = timedelta(microseconds=1)
ALONE = BonusCredits(credits=7, is_redeemable_alone=True)
DOLLARS = a_purchase(Money(1000, "USD"))
YEN = a_purchase(Money(1000, "JPY"))


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
    with pytest.raises(InvalidField):
        a_coupon(periods=limit)


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"effect": PercentOff(percent=100), "periods": 2}, "duration"),
        ({"effect": PercentOff(percent=100), "periods": None}, "duration"),
        ({"effect": BonusCredits(credits=1), "periods": 2}, "duration"),
        ({"periods": 121}, "periods"),
        ({"effect": ALONE, "item_ids": ("plan",)}, "redeemable_alone"),
        ({"effect": ALONE, "minimums": (Money(1, "USD"),)}, "redeemable_alone"),
        ({"minimums": (Money(0, "USD"),)}, "minimum_amounts[0].amount"),
        ({"minimums": (Money(1, "USD"), Money(2, "USD"))}, "minimum_amounts"),
        ({"item_ids": tuple(str(number) for number in range(ITEMS_MAX + 1))}, "item_ids"),
        ({"account_ids": tuple(str(number) for number in range(ACCOUNTS_MAX + 1))}, "account_ids"),
    ],
)
def test_terms_that_contradict_each_other_are_refused(fields: dict[str, Any], path: str) -> None:
    with pytest.raises(InvalidField) as refusal:
        a_coupon(**fields)

    assert refusal.value.path == path


@pytest.mark.parametrize(
    ("changes", "asking", "purchase", "now", "reason"),
    [
        ({"is_archived": True}, {}, DOLLARS, NOON, "archived"),
        ({"starts_at": NOON}, {}, DOLLARS, NOON - TICK, "not_started"),
        ({"ends_at": NOON}, {}, DOLLARS, NOON, "ended"),
        ({"ends_at": NOON}, {}, DOLLARS, NOON + TICK, "ended"),
        ({"account_ids": (SOMEBODY_ELSE,)}, {}, DOLLARS, NOON, "other_account"),
        (
            {"is_first_purchase_only": True},
            {"has_bought": True},
            DOLLARS,
            NOON,
            "not_first_purchase",
        ),
        ({}, {}, None, NOON, "needs_purchase"),
        ({"effect": BonusCredits(credits=1)}, {}, None, NOON, "needs_purchase"),
        ({"item_ids": ("other",)}, {}, DOLLARS, NOON, "other_item"),
        ({"effect": AmountOff(amounts=(Money(1, "EUR"),))}, {}, DOLLARS, NOON, "other_currency"),
        ({"minimums": (Money(1, "EUR"),)}, {}, DOLLARS, NOON, "other_currency"),
        ({"minimums": (Money(1001, "USD"),)}, {}, DOLLARS, NOON, "below_minimum"),
        ({"redemptions_max": 3, "taken": 3}, {}, DOLLARS, NOON, "used_up"),
        ({}, {"taken": 1}, DOLLARS, NOON, "used_up_by_account"),
        ({"redemptions_per_account_max": 2}, {"taken": 2}, DOLLARS, NOON, "used_up_by_account"),
        ({"effect": ALONE}, {"taken": 1}, None, NOON, "used_up_by_account"),
        ({}, {"taken": 1, "has_used_code": True}, DOLLARS, NOON, "already_used"),
        (
            {"redemptions_max": 3, "taken": 3},
            {"taken": 1, "has_used_code": True},
            DOLLARS,
            NOON,
            "already_used",
        ),
        # Of several reasons the one that time or an admin set comes first.
        ({"is_archived": True, "ends_at": NOON}, {"taken": 1}, DOLLARS, NOON, "archived"),
    ],
)
def test_a_code_that_does_nothing_says_why(
    changes: dict[str, Any], asking: dict[str, Any], purchase: Any, now: datetime, reason: str
) -> None:
    coupon = a_coupon(**changes)

    with pytest.raises(CouponRefused) as refusal:
        coupon.benefit(a_code(coupon), purchase, an_asker(**asking), now)

    assert refusal.value.reason == reason


def test_every_reason_has_a_sentence() -> None:
    assert set(WHY) == set(CouponReason)
    assert all(str(CouponRefused(reason=reason)) for reason in CouponReason)


@pytest.mark.parametrize(
    ("of_code", "reason"),
    [
        ({"is_disabled": True}, "disabled"),
        ({"redemptions_max": 2, "taken": 2}, "code_used_up"),
    ],
)
def test_a_code_has_limits_of_its_own(of_code: dict[str, Any], reason: str) -> None:
    coupon = a_coupon(redemptions_max=9, taken=2)

    with pytest.raises(CouponRefused) as refusal:
        coupon.benefit(a_code(coupon, **of_code), DOLLARS, an_asker(), NOON)

    assert refusal.value.reason == reason


@pytest.mark.parametrize(
    ("changes", "asking", "now"),
    [
        ({"starts_at": NOON}, {}, NOON),
        ({"ends_at": NOON}, {}, NOON - TICK),
        ({"redemptions_max": 3, "taken": 2}, {}, NOON),
        ({"redemptions_max": 3, "taken": 3}, {"taken": 1, "held": 1}, NOON),
        ({}, {"taken": 1, "held": 1}, NOON),
        ({"redemptions_per_account_max": None}, {"taken": 999}, NOON),
        ({"account_ids": (SOMEBODY, SOMEBODY_ELSE)}, {}, NOON),
        ({"item_ids": ("item", "other")}, {}, NOON),
        ({"minimums": (Money(1000, "USD"),)}, {}, NOON),
        ({"is_first_purchase_only": True}, {}, NOON),
    ],
)
def test_a_code_counts_within_its_limits(
    changes: dict[str, Any], asking: dict[str, Any], now: datetime
) -> None:
    coupon = a_coupon(**changes)

    benefit = coupon.benefit(a_code(coupon), DOLLARS, an_asker(**asking), now)

    assert benefit == Benefit(discount_minor=100)


@given(
    start=st.integers(-5, 5), length=st.integers(1, 5), now=st.integers(-20, 20), step=st.just(TICK)
)
def test_a_code_counts_from_its_start_until_just_before_its_end(
    start: int, length: int, now: int, step: timedelta
) -> None:
    starts_at = NOON + start * step
    coupon = a_coupon(starts_at=starts_at, ends_at=starts_at + length * step)
    at = NOON + now * step

    reason = coupon.terms.ineligible(DOLLARS, an_asker(), at)

    assert (reason is None) is (start <= now < start + length)


def test_a_code_for_several_currencies_counts_in_each() -> None:
    coupon = a_coupon(effect=AmountOff(amounts=(Money(300, "USD"), Money(450, "JPY"))))
    code = a_code(coupon)

    off = [coupon.benefit(code, each, an_asker(), NOON).discount_minor for each in (DOLLARS, YEN)]

    assert off == [300, 450]


def test_credits_that_may_stand_alone_come_with_a_purchase_and_without_one() -> None:
    lot = BonusLot(lifetime_days=30)
    effect = BonusCredits(credits=7, lot=lot, is_redeemable_alone=True)
    coupon = a_coupon(effect=effect)

    given_with = coupon.benefit(a_code(coupon), DOLLARS, an_asker(), NOON)
    given_alone = coupon.benefit(a_code(coupon), None, an_asker(), NOON)

    assert given_with == given_alone == Benefit(bonus_credits=7, lot=lot)


@given(moves=st.lists(st.booleans(), max_size=40), limit=st.integers(1, 5))
def test_slots_are_never_more_than_the_limit_and_never_less_than_none(
    moves: list[bool], limit: int
) -> None:
    coupon = a_coupon(redemptions_max=limit)
    code = a_code(coupon, redemptions_max=limit)
    open_checkouts = 0
    for is_reserving in moves:
        if is_reserving and open_checkouts == limit:
            with pytest.raises(CouponRefused):
                coupon.reserve()
            with pytest.raises(CouponRefused):
                code.reserve()
        elif is_reserving:
            coupon, code, open_checkouts = coupon.reserve(), code.reserve(), open_checkouts + 1
        elif open_checkouts:
            coupon, code, open_checkouts = coupon.release(), code.release(), open_checkouts - 1

        assert coupon.taken == code.taken == open_checkouts <= limit


def test_a_slot_that_was_never_taken_cannot_be_given_back() -> None:
    coupon = a_coupon()

    with pytest.raises(AssertionError):
        coupon.release()
    with pytest.raises(AssertionError):
        a_code(coupon).release()


def test_a_limit_cannot_fall_below_what_is_taken() -> None:
    coupon = a_coupon(redemptions_max=5, taken=3)

    with pytest.raises(InvalidField) as refusal:
        coupon.changed(a_coupon(redemptions_max=2).terms)

    assert refusal.value.path == "max_redemptions"
    assert coupon.changed(a_coupon(redemptions_max=3).terms).terms.redemptions_max == 3
