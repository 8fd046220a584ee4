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
    *,
    is_to_be_reserved: bool,
) -> Quote:
    """Judge a code for a purchase. The coupon is locked if its slot is to be reserved.

    Raises CouponRefused.
    """
    if coupon_code is None:
        return Quote(benefit=_NOTHING, coupon=None)
    code = normal_code(coupon_code)
    find = work.coupons.take_code if is_to_be_reserved else work.coupons.find_code
    coupon = await find(code)
    if coupon is None:
        raise CouponRefused(reason="unknown")
    taken = await work.coupons.taken_by(coupon.id, account_id)
    price = Money(line.price_minor, line.currency)
    return Quote(benefit=coupon.benefit(price, taken_by_account=taken, now=now), coupon=coupon)
