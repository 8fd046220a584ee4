"""Coupons and check-ins."""

from datetime import date, datetime

from domain.credits.ids import AccountId, GrantId
from domain.money import Money
from domain.promotions.check_in import CheckIn
from domain.promotions.check_in_rules import (
    Budgets,
    CheckInRules,
    Eligibility,
    Freezes,
    Milestone,
)
from domain.promotions.coupon import Coupon
from domain.promotions.coupon_code import CouponCode
from domain.promotions.effect import Benefit, CouponEffect, PercentOff, Purchase
from domain.promotions.ids import CodeId, CouponId, RedemptionId
from domain.promotions.redemption import Redemption, RedemptionStatus
from domain.promotions.terms import Asker, CouponTerms
from tests.support.builders.credits import SOMEBODY
from tests.support.clock import NOON, fresh_id


def a_coupon(
    *,
    id: str | None = None,
    code: str | None = None,
    effect: CouponEffect | None = None,
    periods: int | None = 1,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    redemptions_max: int | None = None,
    redemptions_per_account_max: int | None = 1,
    is_first_purchase_only: bool = False,
    minimums: tuple[Money, ...] = (),
    item_ids: tuple[str, ...] = (),
    account_ids: tuple[AccountId, ...] = (),
    is_archived: bool = False,
    taken: int = 0,
    created_at: datetime = NOON,
) -> Coupon:
    """Return a coupon for ten per cent, good for everything, once an account."""
    coupon_id = id or fresh_id()
    return Coupon(
        id=CouponId(coupon_id),
        code=code or f"C{coupon_id[-12:]}".upper(),
        terms=CouponTerms(
            name="Ten per cent",
            effect=effect or PercentOff(percent=10),
            periods=periods,
            starts_at=starts_at,
            ends_at=ends_at,
            redemptions_max=redemptions_max,
            redemptions_per_account_max=redemptions_per_account_max,
            is_first_purchase_only=is_first_purchase_only,
            minimums=minimums,
            item_ids=item_ids,
            account_ids=account_ids,
        ),
        is_archived=is_archived,
        taken=taken,
        created_at=created_at,
    )


def a_code(
    coupon: Coupon,
    *,
    code: str | None = None,
    batch: str | None = None,
    redemptions_max: int | None = None,
    is_disabled: bool = False,
    taken: int | None = None,
) -> CouponCode:
    """Return a code of a coupon: the first, as often used as the coupon, unless said otherwise."""
    return CouponCode(
        id=CodeId(fresh_id()),
        coupon_id=coupon.id,
        code=code or coupon.code,
        batch=batch,
        redemptions_max=redemptions_max,
        is_disabled=is_disabled,
        taken=coupon.taken if taken is None else taken,
        created_at=coupon.created_at,
    )


def a_purchase(
    price: Money | None = None,
    *,
    item_id: str = "item",
    credits: int = 1000,
    is_pack: bool = False,
) -> Purchase:
    """Return what a coupon is judged by: a plan at ten dollars unless said otherwise."""
    return Purchase(
        item_id=item_id, price=price or Money(1000, "USD"), credits=credits, is_pack=is_pack
    )


def an_asker(
    account_id: AccountId = SOMEBODY,
    *,
    taken: int = 0,
    held: int = 0,
    code_held: int = 0,
    has_bought: bool = False,
    has_used_code: bool = False,
) -> Asker:
    """Return somebody who has never used the coupon, nor bought anything."""
    return Asker(
        account_id=account_id,
        taken=taken,
        held=held,
        code_held=code_held,
        has_bought=has_bought,
        has_used_code=has_used_code,
    )


def a_redemption(
    *,
    coupon_id: str | None = None,
    code: str = "CODE",
    account_id: AccountId = SOMEBODY,
    order_id: str | None = None,
    is_alone: bool = False,
    benefit: Benefit | None = None,
    is_first_purchase: bool = False,
    status: RedemptionStatus = RedemptionStatus.RESERVED,
) -> Redemption:
    """Return the use of a coupon, for an order unless it is to stand alone."""
    return Redemption(
        id=RedemptionId(fresh_id()),
        coupon_id=CouponId(coupon_id or fresh_id()),
        code=code,
        account_id=account_id,
        order_id=None if is_alone else order_id or fresh_id(),
        benefit=benefit or Benefit(discount_minor=100),
        currency=None if is_alone else "USD",
        is_first_purchase=is_first_purchase,
        status=status,
        reserved_at=NOON,
    )


def some_rules(
    *,
    version: int = 1,
    is_enabled: bool = True,
    base: int = 10,
    week: tuple[int, ...] | None = None,
    zone: str = "UTC",
    award_days: int | None = None,
    milestones: tuple[Milestone, ...] = (),
    freezes: Freezes | None = None,
    grace_hours: int = 0,
    budgets: Budgets | None = None,
    eligibility: Eligibility | None = None,
) -> CheckInRules:
    """Return check-in rules: ten credits a day, kept for ever, by the calendar of UTC."""
    return CheckInRules(
        version=version,
        is_enabled=is_enabled,
        base=base,
        week=week,
        zone=zone,
        award_days=award_days,
        milestones=milestones,
        freezes=freezes or Freezes(),
        grace_hours=grace_hours,
        budgets=budgets or Budgets(),
        eligibility=eligibility or Eligibility(),
        changed_at=NOON,
    )


def a_check_in(
    *,
    account_id: AccountId = SOMEBODY,
    day: date | None = None,
    zone: str = "UTC",
    at: datetime = NOON,
    streak: int = 1,
    best: int | None = None,
    award: int = 10,
    freezes: int = 0,
) -> CheckIn:
    """Return a check-in, on the day of its instant unless said otherwise."""
    return CheckIn(
        account_id=account_id,
        day=day or at.date(),
        zone=zone,
        at=at,
        streak=streak,
        best=best or streak,
        award=award,
        freezes=freezes,
        rules_version=1,
        grant_id=GrantId(fresh_id()) if award else None,
    )
