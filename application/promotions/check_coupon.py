"""Say to an admin exactly what a coupon would do for an account, or why it does nothing."""

from __future__ import annotations

from attrs import frozen

from application.ports.system import Clock
from application.ports.unit_of_work import BeginRead, UnitOfWork
from application.pricing import NamedCoupon, asker_of
from domain.credits.ids import AccountId
from domain.payments.order import OrderLine
from domain.period import Interval
from domain.promotions.coupon_code import code_key
from domain.promotions.effect import Benefit
from domain.promotions.errors import CouponCodeNotFound, CouponReason, CouponRefused
from domain.promotions.ids import CouponId
from domain.subscriptions.ids import PackId, PlanId


@frozen(kw_only=True)
class CheckCoupon:
    """A coupon, an account, and what it would buy: a plan, a pack, or nothing.

    `code` is one of the coupon's codes; None means the first.
    """

    coupon_id: CouponId
    account_id: AccountId
    code: str | None = None
    plan_id: PlanId | None = None
    pack_id: PackId | None = None
    interval: Interval = Interval.MONTHLY


@frozen(kw_only=True)
class CouponChecked:
    """What it would do, or the exact reason why it does nothing."""

    code: str
    benefit: Benefit | None
    reason: CouponReason | None


@frozen(kw_only=True)
class CheckingCoupon:
    """Judge by the same rules as a checkout, and reserve nothing.

    Refusals: CouponNotFound, CouponCodeNotFound, PlanNotFound, PackNotFound, NotOnSale,
    IntervalNotOffered.
    """

    read: BeginRead
    clock: Clock

    async def __call__(self, command: CheckCoupon) -> CouponChecked:
        async with self.read() as work:
            coupon = await work.coupons.find(command.coupon_id)
            code = await work.coupon_codes.find(code_key(command.code or coupon.code))
            if code is None or code.coupon_id != coupon.id:
                raise CouponCodeNotFound(coupon_id=coupon.id)
            line = await _line(work, command)
            named = NamedCoupon(coupon=coupon, code=code)
            asker = await asker_of(work, named, command.account_id)
        purchase = None if line is None else line.purchase
        try:
            benefit = coupon.benefit(code, purchase, asker, self.clock())
        except CouponRefused as refused:
            return CouponChecked(code=code.code, benefit=None, reason=refused.reason)
        return CouponChecked(code=code.code, benefit=benefit, reason=None)


async def _line(work: UnitOfWork, command: CheckCoupon) -> OrderLine | None:
    if command.plan_id is not None:
        return (await work.plans.get(command.plan_id)).line(command.interval)
    if command.pack_id is not None:
        return (await work.packs.get(command.pack_id)).line()
    return None
