"""What a coupon gives: a closed set of kinds, and what each does to one purchase."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from attrs import field, frozen

from domain.amount import AMOUNT_MAX, not_negative, positive, within
from domain.credits.scope import NO_SCOPE, Scope
from domain.errors import InvalidField
from domain.money import Money, share
from domain.period import TRIAL_DAYS_MAX
from domain.promotions.errors import CouponReason, CouponRefused

CURRENCIES_MAX = 20
BONUS_PERCENT_MAX = 1000
LIFETIME_DAYS_MAX = 3650


@frozen(kw_only=True)
class BonusLot:
    """How long bonus credits live, in days from the grant (None: for ever), and what they pay."""

    lifetime_days: int | None = None
    scope: Scope = NO_SCOPE

    def __attrs_post_init__(self) -> None:
        if self.lifetime_days is not None:
            within("credits_days", self.lifetime_days, least=1, most=LIFETIME_DAYS_MAX)

    def expires_at(self, granted_at: datetime) -> datetime | None:
        """Return when credits that are granted then expire; None for never."""
        days = self.lifetime_days
        return None if days is None else granted_at + timedelta(days=days)


ANY_USE_FOR_EVER = BonusLot()


@frozen(kw_only=True)
class PercentOff:
    """So many hundredths of the price; a fraction of a minor unit is dropped from the discount."""

    percent: int

    def __attrs_post_init__(self) -> None:
        within("percent_off", self.percent, least=1, most=100)


@frozen(kw_only=True)
class AmountOff:
    """A fixed amount of money, one for each currency it is good for; never more than the price."""

    amounts: tuple[Money, ...]

    def __attrs_post_init__(self) -> None:
        check_amounts("amounts_off", self.amounts)
        if not self.amounts:
            raise InvalidField(path="amounts_off", problem="must name at least one amount")

    def in_currency(self, currency: str) -> int | None:
        """Return the amount in minor units of a currency, or None where there is none."""
        return amount_in(self.amounts, currency)


@frozen(kw_only=True)
class BonusCredits:
    """So many credits: on top of a purchase, or by themselves where that is allowed."""

    credits: int = field(validator=positive)
    lot: BonusLot = ANY_USE_FOR_EVER
    is_redeemable_alone: bool = False


@frozen(kw_only=True)
class BonusPercent:
    """So many hundredths of a pack's credits on top of it; a fraction of a credit is dropped."""

    bonus_percent: int
    lot: BonusLot = ANY_USE_FOR_EVER

    def __attrs_post_init__(self) -> None:
        within("bonus_percent", self.bonus_percent, least=1, most=BONUS_PERCENT_MAX)


@frozen(kw_only=True)
class TrialDays:
    """So many days of trial of a plan that costs something, before its first payment."""

    days: int

    def __attrs_post_init__(self) -> None:
        within("trial_days", self.days, least=1, most=TRIAL_DAYS_MAX)


CouponEffect = PercentOff | AmountOff | BonusCredits | BonusPercent | TrialDays
MONEY_OFF = (PercentOff, AmountOff)
CREDITS_ON_TOP = (BonusCredits, BonusPercent)


@frozen(kw_only=True)
class Purchase:
    """What a code is to be used for: an item at its price, and the credits it brings in all."""

    item_id: str
    price: Money
    credits: int
    is_pack: bool


@frozen(kw_only=True)
class Benefit:
    """What a coupon does once: money off in minor units, for how many periods; credits; a trial.

    `discount_periods` counts the period that is bought; None means every period there will be.
    `trial_days` are how long the trial lasts at least: a plan's own may be longer.
    """

    discount_minor: int = field(default=0, validator=not_negative)
    discount_periods: int | None = 1
    bonus_credits: int = field(default=0, validator=not_negative)
    lot: BonusLot = ANY_USE_FOR_EVER
    trial_days: int = field(default=0, validator=not_negative)


def benefit_of(effect: CouponEffect, periods: int | None, purchase: Purchase) -> Benefit:
    """Return what an effect does to a purchase, whatever limits there are. Raises CouponRefused.

    A purchase that costs nothing any more counts for one period: it is made without a provider, so
    that nobody would collect what comes after. A thing bought once has one period.
    """
    match effect:
        case PercentOff(percent=percent):
            off = share(purchase.price.amount_minor, percent, 100)
            return _money_off(off, periods, purchase)
        case AmountOff():
            amount = effect.in_currency(purchase.price.currency)
            if amount is None:
                raise CouponRefused(reason=CouponReason.OTHER_CURRENCY)
            return _money_off(min(amount, purchase.price.amount_minor), periods, purchase)
        case BonusCredits(credits=credits, lot=lot):
            return Benefit(bonus_credits=credits, lot=lot)
        case BonusPercent(bonus_percent=percent, lot=lot):
            if not purchase.is_pack:
                raise CouponRefused(reason=CouponReason.OTHER_ITEM)
            bonus = min(purchase.credits * percent // 100, AMOUNT_MAX)
            return Benefit(bonus_credits=bonus, lot=lot)
        case TrialDays(days=days):
            if purchase.is_pack or purchase.price.amount_minor == 0:
                raise CouponRefused(reason=CouponReason.OTHER_ITEM)
            return Benefit(trial_days=days)


def _money_off(off: int, periods: int | None, purchase: Purchase) -> Benefit:
    is_once = purchase.is_pack or off == purchase.price.amount_minor
    return Benefit(discount_minor=off, discount_periods=1 if is_once else periods)


def check_amounts(path: str, amounts: Sequence[Money]) -> None:
    """Refuse amounts of nothing, and two in one currency. Raises InvalidField."""
    if len(amounts) > CURRENCIES_MAX:
        raise InvalidField(path=path, problem=f"may have at most {CURRENCIES_MAX} currencies")
    for place, amount in enumerate(amounts):
        within(f"{path}[{place}].amount", amount.amount_minor, least=1, most=AMOUNT_MAX)
    if len({amount.currency for amount in amounts}) < len(amounts):
        raise InvalidField(path=path, problem="must name each currency once")


def amount_in(amounts: Sequence[Money], currency: str) -> int | None:
    """Return the amount in minor units of a currency, or None where there is none."""
    return next((each.amount_minor for each in amounts if each.currency == currency), None)
