"""What a purchase costs an account, with the coupon codes it names.

Stacking: of the codes of a purchase the first may do anything; beside it count codes that give
credits, any number of them up to a bound, each of another coupon. Beside a trial nothing counts:
credits on top would be given before anything is paid.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from attrs import frozen

from application.ports.unit_of_work import UnitOfWork
from domain.credits.ids import AccountId
from domain.payments.order import OrderLine
from domain.promotions.coupon import Coupon
from domain.promotions.coupon_code import CouponCode, code_key
from domain.promotions.effect import Benefit
from domain.promotions.errors import CouponReason, CouponRefused
from domain.promotions.redemption import RedemptionStatus
from domain.promotions.terms import Asker

OWN_UNPAID_MAX = 100
"""How many of a buyer's own unpaid orders are looked through."""

CREDIT_CODES_MAX = 10
"""How many codes that give credits a purchase may name beside its first code."""


@frozen(kw_only=True)
class NamedCoupon:
    """A coupon, and the code under which somebody asks for it."""

    coupon: Coupon
    code: CouponCode


@frozen(kw_only=True)
class Quote:
    """What the codes of a purchase do to it, together."""

    benefits: tuple[Benefit, ...] = ()

    @property
    def discount_minor(self) -> int:
        """The money that comes off, in minor units: of one coupon at most."""
        return sum(each.discount_minor for each in self.benefits)

    @property
    def discount_periods(self) -> int | None:
        """For how many periods money comes off; None means for ever."""
        return self.benefits[0].discount_periods if self.benefits else 1

    @property
    def trial_days(self) -> int:
        """How long the trial lasts at least with which the purchase begins; 0 for none."""
        return max((each.trial_days for each in self.benefits), default=0)

    @property
    def bonus_credits(self) -> int:
        """The credits that come on top."""
        return sum(each.bonus_credits for each in self.benefits)


async def quote(
    work: UnitOfWork,
    account_id: AccountId,
    line: OrderLine,
    named: Sequence[NamedCoupon],
    now: datetime,
) -> Quote:
    """Judge codes for a purchase as a checkout would, reserving nothing. Raises CouponRefused."""
    return Quote(
        benefits=tuple(
            [
                each.coupon.benefit(
                    each.code, line.purchase, await asker_of(work, each, account_id), now
                )
                for each in named
            ]
        )
    )


async def asker_of(work: UnitOfWork, named: NamedCoupon, account_id: AccountId) -> Asker:
    """Return what a coupon's limits are judged by, as to an account."""
    coupon_id, terms = named.coupon.id, named.coupon.terms
    code = named.code.code
    taken = await work.redemptions.taken_by(coupon_id, account_id)
    reserved = await work.redemptions.reserved_by(coupon_id, account_id, OWN_UNPAID_MAX)
    return Asker(
        account_id=account_id,
        taken=taken,
        held=len(reserved),
        code_held=sum(use.code == code for use in reserved),
        has_bought=terms.is_first_purchase_only and await _has_bought(work, account_id),
        has_used_code=taken > len(reserved)
        and await work.redemptions.has_used(coupon_id, account_id, code),
    )


async def _has_bought(work: UnitOfWork, account_id: AccountId) -> bool:
    """Say whether what is promised to a first purchase comes too late for the account.

    A purchase that such a code made free, or a trial, was the first, though nothing was paid.
    """
    had = await work.redemptions.of_first_purchase(account_id, OWN_UNPAID_MAX)
    if any(use.status is RedemptionStatus.CONFIRMED for use in had):
        return True
    return await work.orders.has_bought(account_id)


async def coupons_named(
    work: UnitOfWork, coupon_code: str | None, credit_codes: Sequence[str] = ()
) -> tuple[NamedCoupon, ...]:
    """Return the coupons a buyer has named, unlocked. Raises CouponRefused.

    That is so for a code that nobody knows, one of no credits beside another, a coupon named twice,
    and any code beside one that gives a trial.
    """
    first = () if coupon_code is None else (await coupon_named(work, coupon_code),)
    others = tuple([await coupon_named(work, code) for code in credit_codes])
    if not all(each.coupon.terms.gives_credits for each in others):
        raise CouponRefused(reason=CouponReason.NO_CREDIT_CODE)
    if others and any(each.coupon.terms.gives_trial for each in first):
        raise CouponRefused(reason=CouponReason.STANDS_ALONE)
    named = (*first, *others)
    if len({each.coupon.id for each in named}) < len(named):
        raise CouponRefused(reason=CouponReason.NAMED_TWICE)
    return named


async def coupon_named(work: UnitOfWork, typed: str) -> NamedCoupon:
    """Return the coupon with such a code, unlocked. Raises CouponRefused if there is none."""
    code = await work.coupon_codes.find(code_key(typed))
    if code is None:
        raise CouponRefused(reason=CouponReason.UNKNOWN)
    return NamedCoupon(coupon=await work.coupons.find(code.coupon_id), code=code)
