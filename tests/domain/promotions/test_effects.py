"""What each kind of benefit does to a purchase."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.amount import AMOUNT_MAX
from domain.credits.scope import Scope
from domain.errors import InvalidField
from domain.money import Money
from domain.promotions.effect import (
    AmountOff,
    Benefit,
    BonusCredits,
    BonusLot,
    BonusPercent,
    CouponEffect,
    PercentOff,
    TrialDays,
    benefit_of,
)
from domain.promotions.errors import CouponReason, CouponRefused
from tests.support.builders.promotions import a_purchase

LOT = BonusLot(lifetime_days=30, scope=Scope(("model:gpt-4*",)))
prices = st.integers(min_value=0, max_value=AMOUNT_MAX)
effects: st.SearchStrategy[CouponEffect] = st.one_of(
    st.integers(1, 100).map(lambda percent: PercentOff(percent=percent)),
    st.integers(1, AMOUNT_MAX).map(lambda minor: AmountOff(amounts=(Money(minor, "USD"),))),
    st.integers(1, AMOUNT_MAX).map(lambda amount: BonusCredits(credits=amount)),
    st.integers(1, 1000).map(lambda percent: BonusPercent(bonus_percent=percent)),
)


@pytest.mark.parametrize("percent", [0, -1, 101, True, 10.0], ids=repr)
def test_a_percentage_outside_1_to_100_is_refused(percent: int) -> None:
    with pytest.raises(InvalidField):
        PercentOff(percent=percent)


@pytest.mark.parametrize("percent", [0, -1, 1001, True, 10.0], ids=repr)
def test_a_bonus_percentage_outside_1_to_1000_is_refused(percent: int) -> None:
    with pytest.raises(InvalidField):
        BonusPercent(bonus_percent=percent)


@pytest.mark.parametrize("amount", [0, -1, AMOUNT_MAX + 1, True, 1.0], ids=repr)
def test_an_amount_off_or_a_bonus_that_is_no_amount_is_refused(amount: int) -> None:
    with pytest.raises(InvalidField):
        AmountOff(amounts=(Money(amount, "USD"),))
    with pytest.raises(InvalidField):
        BonusCredits(credits=amount)


@pytest.mark.parametrize("amounts", [(), (Money(1, "USD"), Money(2, "USD"))])
def test_an_amount_off_names_each_of_its_currencies_once(amounts: tuple[Money, ...]) -> None:
    with pytest.raises(InvalidField) as refusal:
        AmountOff(amounts=amounts)

    assert refusal.value.path == "amounts_off"


@pytest.mark.parametrize("days", [0, 3651, True], ids=repr)
def test_a_lifetime_that_is_none_is_refused(days: int) -> None:
    with pytest.raises(InvalidField):
        BonusLot(lifetime_days=days)


@pytest.mark.parametrize(
    ("effect", "price", "expected"),
    [
        (PercentOff(percent=10), 999, Benefit(discount_minor=99)),
        (PercentOff(percent=1), 99, Benefit()),
        (PercentOff(percent=33), 100, Benefit(discount_minor=33)),
        (PercentOff(percent=100), 999, Benefit(discount_minor=999)),
        (PercentOff(percent=50), 0, Benefit()),
        (AmountOff(amounts=(Money(300, "USD"),)), 999, Benefit(discount_minor=300)),
        (AmountOff(amounts=(Money(1000, "USD"),)), 999, Benefit(discount_minor=999)),
        (BonusCredits(credits=250, lot=LOT), 999, Benefit(bonus_credits=250, lot=LOT)),
        (BonusPercent(bonus_percent=25, lot=LOT), 999, Benefit(bonus_credits=26, lot=LOT)),
    ],
)
def test_an_effect_gives_exactly_this(effect: CouponEffect, price: int, expected: Benefit) -> None:
    pack = a_purchase(Money(price, "USD"), credits=107, is_pack=True)

    assert benefit_of(effect, 1, pack) == expected


@pytest.mark.parametrize("days", [0, -1, 366, True, 14.0], ids=repr)
def test_a_trial_outside_1_to_365_days_is_refused(days: int) -> None:
    with pytest.raises(InvalidField) as refusal:
        TrialDays(days=days)

    assert refusal.value.path == "trial_days"


@given(
    days=st.integers(1, 365),
    price=st.integers(1, AMOUNT_MAX),
    periods=st.one_of(st.none(), st.integers(1, 120)),
)
def test_a_trial_leaves_price_and_credits_as_they_are(
    days: int, price: int, periods: int | None
) -> None:
    plan = a_purchase(Money(price, "USD"))

    assert benefit_of(TrialDays(days=days), periods, plan) == Benefit(trial_days=days)


@pytest.mark.parametrize(("price", "is_pack"), [(999, True), (0, False)])
def test_a_trial_is_for_plans_that_cost_something(price: int, *, is_pack: bool) -> None:
    with pytest.raises(CouponRefused) as refusal:
        benefit_of(TrialDays(days=14), 1, a_purchase(Money(price, "USD"), is_pack=is_pack))

    assert refusal.value.reason is CouponReason.OTHER_ITEM


def test_a_share_on_top_is_for_packs() -> None:
    with pytest.raises(CouponRefused) as refusal:
        benefit_of(BonusPercent(bonus_percent=10), 1, a_purchase())

    assert refusal.value.reason is CouponReason.OTHER_ITEM


@pytest.mark.parametrize(
    ("off", "is_pack", "periods", "counts_for"),
    [
        (300, False, 3, 3),
        (300, False, None, None),
        (300, True, None, 1),
        # Nobody would collect what comes after a period that cost nothing.
        (1000, False, 3, 1),
        (2000, False, None, 1),
    ],
)
def test_money_comes_off_for_as_many_periods_as_there_are_to_collect(
    off: int, *, is_pack: bool, periods: int | None, counts_for: int | None
) -> None:
    effect = AmountOff(amounts=(Money(off, "USD"),))

    benefit = benefit_of(effect, periods, a_purchase(is_pack=is_pack))

    assert benefit.discount_periods == counts_for


@given(effect=effects, price=prices, credits=st.integers(0, AMOUNT_MAX))
def test_a_discount_is_never_more_than_the_price(
    effect: CouponEffect, price: int, credits: int
) -> None:
    pack = a_purchase(Money(price, "USD"), credits=credits, is_pack=True)

    benefit = benefit_of(effect, 1, pack)

    assert 0 <= benefit.discount_minor <= price
    assert 0 <= benefit.bonus_credits <= AMOUNT_MAX
    assert benefit.bonus_credits == 0 or benefit.discount_minor == 0
