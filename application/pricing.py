"""What a purchase costs an account, with the coupon it names."""

from __future__ import annotations

from datetime import datetime

from attrs import frozen

from application.ports.unit_of_work import UnitOfWork
from domain.credits.ids import AccountId
from domain.money import Money
from domain.payments.order import OrderLine
from domain.promotions.coupon import Benefit, Coupon, normal_code
from domain.promotions.errors import CouponRefused

OWN_UNPAID_MAX = 100
"""How many of a buyer's own unpaid orders are looked through, newest first."""

_NOTHING = Benefit()


@frozen(kw_only=True)
class Quote:
    """What a coupon, if there is one, does to a line."""

    benefit: Benefit
    coupon: Coupon | None


async def quote(
    work: UnitOfWork,
    account_id: AccountId,
    line: OrderLine,
    coupon_code: str | None,
    now: datetime,
) -> Quote:
    """Judge a code for a purchase as a checkout would, reserving nothing. Raises CouponRefused."""
    coupon = await coupon_named(work, coupon_code)
    if coupon is None:
        return Quote(benefit=_NOTHING, coupon=None)
    taken = await work.coupons.taken_by(coupon.id, account_id)
    unpaid = await work.orders.unpaid_of(account_id, OWN_UNPAID_MAX)
    benefit = coupon.benefit(
        Money(line.price_minor, line.currency),
        taken_by_account=taken,
        held_by_account=sum(order.coupon_code == coupon.code for order in unpaid),
        now=now,
    )
    return Quote(benefit=benefit, coupon=coupon)


async def coupon_named(work: UnitOfWork, code: str | None) -> Coupon | None:
    """Return the coupon a buyer has named, unlocked. Raises CouponRefused if there is none."""
    if code is None:
        return None
    coupon = await work.coupons.find_code(normal_code(code))
    if coupon is None:
        raise CouponRefused(reason="unknown")
    return coupon
