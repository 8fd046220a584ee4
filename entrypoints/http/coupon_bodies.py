"""A coupon on the wire: its terms as they are given, and as they are shown."""

from __future__ import annotations

from enum import Enum
from typing import Annotated

from attrs import frozen
from msgspec import Meta

from domain.credits.scope import Scope
from domain.errors import InvalidField
from domain.money import Money
from domain.period import TRIAL_DAYS_MAX
from domain.promotions.coupon import Coupon
from domain.promotions.effect import (
    BONUS_PERCENT_MAX,
    CURRENCIES_MAX,
    LIFETIME_DAYS_MAX,
    AmountOff,
    BonusCredits,
    BonusLot,
    BonusPercent,
    CouponEffect,
    PercentOff,
    TrialDays,
)
from domain.promotions.terms import (
    ACCOUNTS_MAX,
    ITEMS_MAX,
    NAME_LENGTH_MAX,
    PERIODS_MAX,
    USES_MAX,
    CouponTerms,
)
from entrypoints.http.currencies import known_currency
from entrypoints.http.lots import ScopeEntries
from entrypoints.http.purchase import CouponCode
from entrypoints.http.values import (
    AccountIdText,
    Amount,
    AuditReason,
    Currency,
    Id,
    Instant,
    Reference,
    account_id_of,
)

Percent = Annotated[
    int, Meta(ge=1, le=100, description="Hundredths of the price; a fraction is dropped.")
]
BonusShare = Annotated[
    int,
    Meta(
        ge=1,
        le=BONUS_PERCENT_MAX,
        description="Hundredths of a pack's credits on top of it; a fraction is dropped.",
    ),
]
Uses = Annotated[int, Meta(ge=1, le=USES_MAX, description="How often; null for no limit.")]
Periods = Annotated[
    int,
    Meta(ge=1, le=PERIODS_MAX, description="For how many periods, with duration `periods`."),
]
CreditsDays = Annotated[
    int,
    Meta(
        ge=1,
        le=LIFETIME_DAYS_MAX,
        description="How long bonus credits live, in days; null for ever.",
    ),
]
CouponName = Annotated[
    str, Meta(max_length=NAME_LENGTH_MAX, description="For admins; buyers do not see it.")
]
Items = Annotated[
    tuple[Reference, ...],
    Meta(max_length=ITEMS_MAX, description="The plans and packs it is for; empty for all."),
]
Accounts = Annotated[
    tuple[AccountIdText, ...],
    Meta(max_length=ACCOUNTS_MAX, description="The accounts it is for; empty for all."),
]

TrialLength = Annotated[
    int,
    Meta(
        ge=1,
        le=TRIAL_DAYS_MAX,
        description="Days of trial before the first payment; a plan's own trial may be longer.",
    ),
]

_EFFECTS = "percent_off, amounts_off, bonus_credits, bonus_percent, trial_days"


class Duration(Enum):
    """For how long money comes off a subscription: its first period, so many, or all of them."""

    ONCE = "once"
    PERIODS = "periods"
    FOREVER = "forever"


@frozen(kw_only=True)
class MoneyBody:
    """An amount of money in the currency's minor unit."""

    amount: Amount
    currency: Currency

    def __attrs_post_init__(self) -> None:
        known_currency(self.currency)

    @property
    def money(self) -> Money:
        """Return the amount."""
        return Money(self.amount, self.currency)

    @classmethod
    def of(cls, money: Money) -> MoneyBody:
        """Return an amount as it is shown."""
        return cls(amount=money.amount_minor, currency=money.currency)


Amounts = Annotated[
    tuple[MoneyBody, ...],
    Meta(max_length=CURRENCIES_MAX, description="One amount for each currency."),
]


@frozen(kw_only=True)
class CouponTermsBody:
    """What a coupon gives, and its limits.

    Exactly one of `percent_off`, `amounts_off`, `bonus_credits`, `bonus_percent` and `trial_days`
    says what. It counts from `starts_at` on and no longer at `ends_at`. `credits_days` and
    `credits_scope` are about bonus credits; with `redeemable_alone` they need no purchase.
    """

    name: CouponName = ""
    percent_off: Percent | None = None
    amounts_off: Amounts = ()
    bonus_credits: Amount | None = None
    bonus_percent: BonusShare | None = None
    trial_days: TrialLength | None = None
    duration: Duration = Duration.ONCE
    periods: Periods | None = None
    credits_days: CreditsDays | None = None
    credits_scope: ScopeEntries = ()
    redeemable_alone: bool = False
    starts_at: Instant | None = None
    ends_at: Instant | None = None
    max_redemptions: Uses | None = None
    max_redemptions_per_account: Uses | None = 1
    first_purchase_only: bool = False
    minimum_amounts: Amounts = ()
    item_ids: Items = ()
    account_ids: Accounts = ()

    def __attrs_post_init__(self) -> None:
        money_off = (self.percent_off, self.amounts_off or None)
        others = (self.bonus_credits, self.bonus_percent, self.trial_days)
        if sum(effect is not None for effect in (*money_off, *others)) != 1:
            raise InvalidField(path="percent_off", problem=f"give exactly one of {_EFFECTS}")
        if (self.duration is Duration.PERIODS) != (self.periods is not None):
            problem = "is required with duration periods, and goes with nothing else"
            raise InvalidField(path="periods", problem=problem)
        if self.redeemable_alone and self.bonus_credits is None:
            raise InvalidField(path="redeemable_alone", problem="goes with bonus_credits alone")
        has_lot = self.credits_days is not None or bool(self.credits_scope)
        if has_lot and self.bonus_credits is None and self.bonus_percent is None:
            path = "credits_scope" if self.credits_days is None else "credits_days"
            raise InvalidField(path=path, problem="goes with bonus credits alone")

    @property
    def terms(self) -> CouponTerms:
        """Return the terms in the domain's words. Raises InvalidField."""
        return CouponTerms(
            name=self.name,
            effect=self._effect,
            periods=self._periods,
            starts_at=self.starts_at,
            ends_at=self.ends_at,
            redemptions_max=self.max_redemptions,
            redemptions_per_account_max=self.max_redemptions_per_account,
            is_first_purchase_only=self.first_purchase_only,
            minimums=tuple(each.money for each in self.minimum_amounts),
            item_ids=self.item_ids,
            account_ids=tuple(
                account_id_of(each, f"account_ids[{place}]")
                for place, each in enumerate(self.account_ids)
            ),
        )

    @property
    def _effect(self) -> CouponEffect:
        lot = BonusLot(lifetime_days=self.credits_days, scope=Scope(self.credits_scope))
        if self.percent_off is not None:
            return PercentOff(percent=self.percent_off)
        if self.amounts_off:
            return AmountOff(amounts=tuple(each.money for each in self.amounts_off))
        if self.bonus_percent is not None:
            return BonusPercent(bonus_percent=self.bonus_percent, lot=lot)
        if self.trial_days is not None:
            return TrialDays(days=self.trial_days)
        assert self.bonus_credits is not None
        return BonusCredits(
            credits=self.bonus_credits, lot=lot, is_redeemable_alone=self.redeemable_alone
        )

    @property
    def _periods(self) -> int | None:
        match self.duration:
            case Duration.ONCE:
                return 1
            case Duration.PERIODS:
                return self.periods
            case Duration.FOREVER:
                return None


@frozen(kw_only=True)
class CouponBody(CouponTermsBody):
    """A new coupon: its first code, what it gives, and its limits."""

    code: CouponCode


@frozen(kw_only=True)
class CouponReplacementBody(CouponTermsBody):
    """A coupon's terms as a whole: what is left out takes its default. Its codes stay."""

    reason: AuditReason | None = None


@frozen(kw_only=True, slots=False)
class CouponView:
    """A coupon, with how often it has been redeemed, open checkouts included."""

    id: Id
    code: str
    name: CouponName
    percent_off: Percent | None
    amounts_off: Amounts
    bonus_credits: Amount | None
    bonus_percent: BonusShare | None
    trial_days: TrialLength | None
    duration: Duration
    periods: Periods | None
    credits_days: CreditsDays | None
    credits_scope: ScopeEntries
    redeemable_alone: bool
    starts_at: Instant | None
    ends_at: Instant | None
    max_redemptions: Uses | None
    max_redemptions_per_account: Uses | None
    first_purchase_only: bool
    minimum_amounts: Amounts
    item_ids: Items
    account_ids: Accounts
    redeemed: int
    archived: bool
    created_at: Instant

    @classmethod
    def of(cls, coupon: Coupon) -> CouponView:
        """Return the coupon as an admin sees it."""
        terms, effect = coupon.terms, coupon.terms.effect
        lot = effect.lot if isinstance(effect, BonusCredits | BonusPercent) else BonusLot()
        amounts = effect.amounts if isinstance(effect, AmountOff) else ()
        return cls(
            id=coupon.id,
            code=coupon.code,
            name=terms.name,
            percent_off=effect.percent if isinstance(effect, PercentOff) else None,
            amounts_off=tuple(MoneyBody.of(each) for each in amounts),
            bonus_credits=effect.credits if isinstance(effect, BonusCredits) else None,
            bonus_percent=effect.bonus_percent if isinstance(effect, BonusPercent) else None,
            trial_days=effect.days if isinstance(effect, TrialDays) else None,
            duration=duration_of(terms.periods),
            periods=None if terms.periods == 1 else terms.periods,
            credits_days=lot.lifetime_days,
            credits_scope=lot.scope.entries,
            redeemable_alone=terms.alone is not None,
            starts_at=terms.starts_at,
            ends_at=terms.ends_at,
            max_redemptions=terms.redemptions_max,
            max_redemptions_per_account=terms.redemptions_per_account_max,
            first_purchase_only=terms.is_first_purchase_only,
            minimum_amounts=tuple(MoneyBody.of(each) for each in terms.minimums),
            item_ids=terms.item_ids,
            account_ids=terms.account_ids,
            redeemed=coupon.taken,
            archived=coupon.is_archived,
            created_at=coupon.created_at,
        )


def duration_of(periods: int | None) -> Duration:
    """Return how long money comes off, in the wire's word; None is for ever."""
    if periods is None:
        return Duration.FOREVER
    return Duration.ONCE if periods == 1 else Duration.PERIODS
