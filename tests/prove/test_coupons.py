"""Two million uses of coupons drawn by chance, against rules written down a second time."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from attrs import define

from domain.amount import AMOUNT_MAX
from domain.money import Money
from domain.promotions.coupon import Coupon
from domain.promotions.coupon_code import CouponCode
from domain.promotions.effect import (
    AmountOff,
    Benefit,
    BonusCredits,
    BonusPercent,
    CouponEffect,
    PercentOff,
    Purchase,
    TrialDays,
)
from domain.promotions.errors import CouponRefused
from domain.promotions.terms import Asker
from tests.prove.conftest import Say
from tests.races.seeds import seeds
from tests.support.builders.credits import SOMEBODY
from tests.support.builders.promotions import a_code, a_coupon
from tests.support.clock import NOON

CASES = 2_000_000
USES_A_COUPON = 200
_CURRENCIES = ("USD", "EUR", "JPY")
_ITEMS = ("plan", "pack", "other")
_TICK = timedelta(microseconds=1)


@define(kw_only=True)
class Tried:
    """How many uses were tried and granted, and what was wrong."""

    cases: int = 0
    granted: int = 0

    def __str__(self) -> str:
        return f"{self.cases} uses tried, {self.granted} granted"


@pytest.mark.parametrize("seed", seeds())
def test_a_use_is_granted_exactly_within_the_limits_and_never_takes_more_than_the_price(
    seed: int, say: Say
) -> None:
    chance, tried = random.Random(seed), Tried()
    while tried.cases < CASES // len(seeds()):
        coupon, limits = _a_coupon(chance)
        code = a_code(coupon, redemptions_max=chance.choice([None, 1, 2]), taken=0)
        for _ in range(USES_A_COUPON):
            _try(chance, coupon, limits, code, tried)

    say(tried)
    assert tried.granted > tried.cases // 20


def _try(
    chance: random.Random, coupon: Coupon, limits: dict[str, Any], code: CouponCode, tried: Tried
) -> None:
    purchase, asker, now = _a_purchase(chance), _an_asker(chance), _near(chance, coupon)
    try:
        benefit: Benefit | None = coupon.benefit(code, purchase, asker, now)
    except CouponRefused:
        benefit = None
    tried.cases += 1
    case = (coupon, purchase, asker, now)
    assert (benefit is not None) is _may(coupon, limits, purchase, asker, now), case
    if benefit is None:
        return
    tried.granted += 1
    assert 0 <= benefit.discount_minor <= purchase.price.amount_minor, case
    assert 0 <= benefit.bonus_credits <= AMOUNT_MAX, case
    gives = (benefit.discount_minor, benefit.bonus_credits, benefit.trial_days)
    assert sum(each > 0 for each in gives) <= 1, case
    if benefit.discount_minor == purchase.price.amount_minor > 0:
        assert benefit.discount_periods == 1, case


def _may(
    coupon: Coupon, limits: dict[str, Any], purchase: Purchase, asker: Asker, now: datetime
) -> bool:
    """Say whether a use counts, limit by limit, as the documentation tells it."""
    starts_at, ends_at = limits["starts_at"], limits["ends_at"]
    in_window = (starts_at is None or starts_at <= now) and (ends_at is None or now < ends_at)
    effect, price = limits["effect"], purchase.price.amount_minor
    currency = purchase.price.currency
    amounts = {each.currency for each in getattr(effect, "amounts", ())}
    minimums = {each.currency: each.amount_minor for each in limits["minimums"]}
    most, most_of_account = limits["redemptions_max"], limits["redemptions_per_account_max"]
    return (
        in_window
        and (not limits["item_ids"] or purchase.item_id in limits["item_ids"])
        and not (limits["is_first_purchase_only"] and asker.has_bought)
        and (not isinstance(effect, AmountOff) or currency in amounts)
        and (not isinstance(effect, BonusPercent) or purchase.is_pack)
        and (not isinstance(effect, TrialDays) or (not purchase.is_pack and price > 0))
        and (not minimums or minimums.get(currency, AMOUNT_MAX + 1) <= price)
        and (most is None or coupon.taken - asker.held < most)
        and (most_of_account is None or asker.taken - asker.held < most_of_account)
    )


def _a_coupon(chance: random.Random) -> tuple[Coupon, dict[str, Any]]:
    effect = _an_effect(chance)
    starts_at = chance.choice([None, NOON + chance.randint(-3, 3) * _TICK])
    ends_at = chance.choice([None, (starts_at or NOON) + chance.randint(1, 5) * _TICK])
    is_whole = isinstance(effect, PercentOff) and effect.percent == 100
    is_money = isinstance(effect, PercentOff | AmountOff) and not is_whole
    limits: dict[str, Any] = {
        "effect": effect,
        "periods": chance.choice([1, 3, None]) if is_money else 1,
        "starts_at": starts_at,
        "ends_at": ends_at,
        "redemptions_max": chance.choice([None, None, 2, 3]),
        "redemptions_per_account_max": chance.choice([None, 1, 2]),
        "is_first_purchase_only": chance.random() < 0.2,
        "minimums": _amounts(chance) if chance.random() < 0.2 else (),
        "item_ids": tuple(chance.sample(_ITEMS, 2)) if chance.random() < 0.3 else (),
    }
    return a_coupon(taken=2 if limits["redemptions_max"] == 2 else 1, **limits), limits


def _an_effect(chance: random.Random) -> CouponEffect:
    match chance.randrange(5):
        case 0:
            return PercentOff(percent=chance.randint(1, 100))
        case 1:
            return AmountOff(amounts=_amounts(chance))
        case 2:
            return BonusCredits(credits=_an_amount(chance))
        case 3:
            return TrialDays(days=chance.randint(1, 365))
        case _:
            return BonusPercent(bonus_percent=chance.randint(1, 1000))


def _amounts(chance: random.Random) -> tuple[Money, ...]:
    currencies: Sequence[str] = chance.sample(_CURRENCIES, chance.randint(1, 3))
    return tuple(Money(_an_amount(chance), currency) for currency in currencies)


def _an_amount(chance: random.Random) -> int:
    return chance.choice([1, 2, chance.randint(1, 2000), AMOUNT_MAX])


def _a_purchase(chance: random.Random) -> Purchase:
    price = chance.choice([0, 1, 99, 100, chance.randint(0, 5000), AMOUNT_MAX])
    return Purchase(
        item_id=chance.choice(_ITEMS),
        price=Money(price, chance.choice(_CURRENCIES)),
        credits=chance.choice([0, 1, 107, AMOUNT_MAX]),
        is_pack=chance.random() < 0.5,
    )


def _an_asker(chance: random.Random) -> Asker:
    taken = chance.choice([0, 0, 1, 2])
    return Asker(
        account_id=SOMEBODY,
        taken=taken,
        held=min(taken, chance.choice([0, 0, 1])),
        has_bought=chance.random() < 0.5,
    )


def _near(chance: random.Random, coupon: Coupon) -> datetime:
    """Return an instant at the edges of a coupon's window, or around noon."""
    terms = coupon.terms
    edges = [at for at in (terms.starts_at, terms.ends_at, NOON) if at is not None]
    return chance.choice(edges) + chance.choice([-_TICK, timedelta(0), _TICK])
