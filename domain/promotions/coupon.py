"""A coupon, its limits, and what it does to a purchase."""

from __future__ import annotations

import re
from datetime import datetime
from enum import Enum

from attrs import evolve, field, frozen

from domain.amount import positive, within
from domain.credits.ids import AccountId
from domain.errors import InvalidField
from domain.money import Money, currency_code, share
from domain.promotions.errors import CouponRefused
from domain.promotions.ids import CouponId, RedemptionId

_CODE = re.compile(r"[A-Z0-9][A-Z0-9_-]{2,39}")


@frozen(kw_only=True)
class PercentOff:
    """So many hundredths of the price; a fraction of a minor unit is dropped from the discount."""

    percent: int

    def __attrs_post_init__(self) -> None:
        within("percent_off", self.percent, least=1, most=100)


@frozen(kw_only=True)
class AmountOff:
    """A fixed amount of money, in one currency; never more than the price."""

    amount_minor: int = field(validator=positive)
    currency: str = field(validator=currency_code)


@frozen(kw_only=True)
class BonusCredits:
    """Credits on top of what was bought; the price stays."""

    credits: int = field(validator=positive)


CouponEffect = PercentOff | AmountOff | BonusCredits


@frozen(kw_only=True)
class Benefit:
    """What a coupon does to one purchase: money off in minor units, and bonus credits."""

    discount_minor: int = 0
    bonus_credits: int = 0


@frozen(kw_only=True)
class Coupon:
    """A code that makes a purchase cheaper or richer, once per purchase, within its limits.

    Valid from `starts_at`, which belongs to the window, to `ends_at`, which does not. `taken`
    counts slots: a checkout reserves one, payment keeps it, an abandoned checkout gives it back.
    For a subscription the coupon counts for the first period.
    """

    id: CouponId
    code: str
    name: str
    effect: CouponEffect
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    redemptions_max: int | None = None
    redemptions_per_account_max: int | None = 1
    is_archived: bool = False
    taken: int = 0
    created_at: datetime

    def __attrs_post_init__(self) -> None:
        if not _CODE.fullmatch(self.code):
            problem = (
                "must be 3 to 40 characters A-Z, 0-9, - and _, beginning with a letter or digit"
            )
            raise InvalidField(path="code", problem=problem)
        if self.starts_at and self.ends_at and self.ends_at <= self.starts_at:
            raise InvalidField(path="ends_at", problem="must lie after starts_at")
        for path, limit in (
            ("max_redemptions", self.redemptions_max),
            ("max_redemptions_per_account", self.redemptions_per_account_max),
        ):
            if limit is not None:
                within(path, limit, least=1, most=1_000_000_000)

    def benefit(
        self, price: Money, *, taken_by_account: int, held_by_account: int = 0, now: datetime
    ) -> Benefit:
        """Return what the code does to a purchase at this price. Raises CouponRefused.

        `held_by_account` of the slots that the account has taken are held by its own checkouts
        that are not paid yet: they give way to this purchase where they have to.
        """
        reason = self._refusal(taken_by_account, held_by_account, now)
        if reason is not None:
            raise CouponRefused(reason=reason)
        return self.promised(price)

    def promised(self, price: Money) -> Benefit:
        """Return what the code does to a price, whatever its limits. Raises CouponRefused."""
        match self.effect:
            case PercentOff(percent=percent):
                return Benefit(discount_minor=share(price.amount_minor, percent, 100))
            case AmountOff(amount_minor=amount, currency=currency):
                if currency != price.currency:
                    raise CouponRefused(reason="other_currency")
                return Benefit(discount_minor=min(amount, price.amount_minor))
            case BonusCredits(credits=credits):
                return Benefit(bonus_credits=credits)

    def slots_missing(self, taken_by_account: int) -> int:
        """Return how many slots have to be given back before the account can take another."""
        limits = (
            (self.redemptions_max, self.taken),
            (self.redemptions_per_account_max, taken_by_account),
        )
        return max([0, *(taken + 1 - limit for limit, taken in limits if limit is not None)])

    def reserve(self) -> Coupon:
        """Take a slot for an open checkout. Raises CouponRefused when none is left."""
        if self.redemptions_max is not None and self.taken >= self.redemptions_max:
            raise CouponRefused(reason="used_up")
        return evolve(self, taken=self.taken + 1)

    def release(self) -> Coupon:
        """Give the slot of an abandoned checkout back."""
        assert self.taken > 0
        return evolve(self, taken=self.taken - 1)

    def _refusal(self, taken_by_account: int, held_by_account: int, now: datetime) -> str | None:
        per_account = self.redemptions_per_account_max
        if self.is_archived:
            return "archived"
        if self.starts_at is not None and now < self.starts_at:
            return "not_started"
        if self.ends_at is not None and now >= self.ends_at:
            return "ended"
        in_all = self.redemptions_max
        if in_all is not None and self.taken - held_by_account >= in_all:
            return "used_up"
        if per_account is not None and taken_by_account - held_by_account >= per_account:
            return "used_up_by_account"
        return None


def normal_code(typed: str) -> str:
    """Return a code as it is stored: codes are compared without regard to case or outer spaces."""
    return typed.strip().upper()


class RedemptionStatus(Enum):
    """How far the use of a coupon has come."""

    RESERVED = "reserved"
    CONFIRMED = "confirmed"
    RELEASED = "released"


_MOVES: dict[RedemptionStatus, frozenset[RedemptionStatus]] = {
    RedemptionStatus.RESERVED: frozenset({RedemptionStatus.CONFIRMED, RedemptionStatus.RELEASED}),
    # Money that arrives late for an abandoned checkout is honoured as it was promised.
    RedemptionStatus.RELEASED: frozenset({RedemptionStatus.CONFIRMED}),
    RedemptionStatus.CONFIRMED: frozenset(),
}


@frozen(kw_only=True)
class Redemption:
    """One use of a coupon by an account for an order: reserved at checkout, kept by payment."""

    id: RedemptionId
    coupon_id: CouponId
    account_id: AccountId
    order_id: str
    benefit: Benefit
    status: RedemptionStatus = RedemptionStatus.RESERVED
    reserved_at: datetime

    def can_become(self, status: RedemptionStatus) -> bool:
        """Say whether this use may move to the status."""
        return status in _MOVES[self.status]

    def become(self, status: RedemptionStatus) -> Redemption:
        """Move to a status that the table allows; anything else is a programmer's mistake."""
        assert self.can_become(status)
        return evolve(self, status=status)
