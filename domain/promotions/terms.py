"""The terms of a coupon: what it gives, for how long, and to whom, when and on what it counts."""

from __future__ import annotations

from datetime import datetime

from attrs import frozen

from domain.amount import within
from domain.credits.ids import AccountId
from domain.errors import InvalidField
from domain.money import Money
from domain.promotions.effect import (
    CREDITS_ON_TOP,
    MONEY_OFF,
    Benefit,
    BonusCredits,
    CouponEffect,
    PercentOff,
    Purchase,
    TrialDays,
    amount_in,
    benefit_of,
    check_amounts,
)
from domain.promotions.errors import CouponReason

NAME_LENGTH_MAX = 200
USES_MAX = 1_000_000_000
PERIODS_MAX = 120
ITEMS_MAX = 100
ACCOUNTS_MAX = 1000


@frozen(kw_only=True)
class Asker:
    """Who wants to use a code, and what of its coupon the account has had.

    Of the `taken` slots `held` are held by its own checkouts that are not paid yet, and so are
    `code_held` of the code's own: they give way to a new purchase where they have to.
    `has_bought` says that it has paid for an order, or has had what a first purchase brings,
    `has_used_code` that it has used the coupon under this very code, for good.
    """

    account_id: AccountId
    taken: int = 0
    held: int = 0
    code_held: int = 0
    has_bought: bool = False
    has_used_code: bool = False


@frozen(kw_only=True)
class CouponTerms:
    """What a coupon gives, and its limits. Whatever is left out does not limit it.

    It counts from `starts_at`, which belongs to the window, to `ends_at`, which does not.
    `periods` says for how many periods of a subscription money comes off, the first included; None
    means for ever. `minimums` are the least prices, one a currency: a purchase in any other is
    refused. `item_ids` are plans and packs.
    """

    name: str = ""
    effect: CouponEffect
    periods: int | None = 1
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    redemptions_max: int | None = None
    redemptions_per_account_max: int | None = 1
    is_first_purchase_only: bool = False
    minimums: tuple[Money, ...] = ()
    item_ids: tuple[str, ...] = ()
    account_ids: tuple[AccountId, ...] = ()

    def __attrs_post_init__(self) -> None:
        if len(self.name) > NAME_LENGTH_MAX:
            raise InvalidField(path="name", problem=f"may have {NAME_LENGTH_MAX} characters")
        if self.starts_at and self.ends_at and self.ends_at <= self.starts_at:
            raise InvalidField(path="ends_at", problem="must lie after starts_at")
        check_limit("max_redemptions", self.redemptions_max)
        check_limit("max_redemptions_per_account", self.redemptions_per_account_max)
        check_amounts("minimum_amounts", self.minimums)
        for path, ids, most in (
            ("item_ids", self.item_ids, ITEMS_MAX),
            ("account_ids", self.account_ids, ACCOUNTS_MAX),
        ):
            if len(ids) > most:
                raise InvalidField(path=path, problem=f"may name at most {most}")
        self._check_duration()
        self._check_alone()

    def promised(self, purchase: Purchase) -> Benefit:
        """Return what the coupon does to a purchase, whatever its limits. Raises CouponRefused."""
        return benefit_of(self.effect, self.periods, purchase)

    @property
    def takes_money_off(self) -> bool:
        """Say whether it changes the price: of such coupons a purchase takes one."""
        return isinstance(self.effect, MONEY_OFF)

    @property
    def gives_credits(self) -> bool:
        """Say whether it leaves the price as it is, so that it may count beside another code."""
        return isinstance(self.effect, CREDITS_ON_TOP)

    @property
    def gives_trial(self) -> bool:
        """Say whether a purchase begins with a trial by it."""
        return isinstance(self.effect, TrialDays)

    @property
    def alone(self) -> BonusCredits | None:
        """What it gives by itself, without any purchase; None where it gives nothing so."""
        effect = self.effect
        is_alone = isinstance(effect, BonusCredits) and effect.is_redeemable_alone
        return effect if isinstance(effect, BonusCredits) and is_alone else None

    def ineligible(
        self, purchase: Purchase | None, asker: Asker, now: datetime
    ) -> CouponReason | None:
        """Return why the coupon does not count for such a use, slots apart; None if it does."""
        if self.starts_at is not None and now < self.starts_at:
            return CouponReason.NOT_STARTED
        if self.ends_at is not None and now >= self.ends_at:
            return CouponReason.ENDED
        if self.account_ids and asker.account_id not in self.account_ids:
            return CouponReason.OTHER_ACCOUNT
        if self.is_first_purchase_only and asker.has_bought:
            return CouponReason.NOT_FIRST_PURCHASE
        if purchase is None:
            return None if self.alone is not None else CouponReason.NEEDS_PURCHASE
        return self._not_for(purchase)

    def _not_for(self, purchase: Purchase) -> CouponReason | None:
        if self.item_ids and purchase.item_id not in self.item_ids:
            return CouponReason.OTHER_ITEM
        if self.minimums:
            least = amount_in(self.minimums, purchase.price.currency)
            if least is None:
                return CouponReason.OTHER_CURRENCY
            if purchase.price.amount_minor < least:
                return CouponReason.BELOW_MINIMUM
        return None

    def _check_duration(self) -> None:
        if self.periods is not None:
            within("periods", self.periods, least=1, most=PERIODS_MAX)
        if self.periods == 1:
            return
        if not self.takes_money_off:
            raise InvalidField(path="duration", problem="must be once: only money comes off again")
        if isinstance(self.effect, PercentOff) and self.effect.percent == 100:
            problem = "must be once for 100 %: nobody would collect what comes after"
            raise InvalidField(path="duration", problem=problem)

    def _check_alone(self) -> None:
        if self.alone is not None and (self.minimums or self.item_ids):
            problem = "does not go with limits on what is bought"
            raise InvalidField(path="redeemable_alone", problem=problem)


def check_limit(path: str, limit: int | None) -> None:
    """Refuse a limit that allows nothing. Raises InvalidField."""
    if limit is not None:
        within(path, limit, least=1, most=USES_MAX)
