"""Say what a code would do to a purchase, or why it does nothing."""

from __future__ import annotations

from attrs import frozen

from application.ports.system import Clock
from application.ports.unit_of_work import BeginRead
from application.pricing import quote
from domain.credits.ids import AccountId
from domain.payments.order import OrderLine, OrderType
from domain.period import Interval
from domain.subscriptions.ids import PackId, PlanId


@frozen(kw_only=True)
class PreviewCoupon:
    """A code, and what it is to be used for."""

    account_id: AccountId
    coupon_code: str
    type: OrderType
    item: PlanId | PackId
    interval: Interval = Interval.MONTHLY


@frozen(kw_only=True)
class CouponPreviewed:
    """The purchase as it would be sold: amounts in minor units, before tax."""

    line: OrderLine
    coupon_code: str
    discount_minor: int
    total_minor: int
    bonus_credits: int


@frozen(kw_only=True)
class PreviewingCoupon:
    """Judge by the same rules as a checkout, and reserve nothing.

    Refusals: CouponRefused, PlanNotFound, PackNotFound, NotOnSale, IntervalNotOffered.
    """

    read: BeginRead
    clock: Clock

    async def __call__(self, command: PreviewCoupon) -> CouponPreviewed:
        async with self.read() as work:
            if command.type is OrderType.SUBSCRIPTION:
                plan = await work.plans.get(PlanId(command.item))
                line = plan.line(command.interval)
            else:
                pack = await work.packs.get(PackId(command.item))
                line = pack.line()
            priced = await quote(work, command.account_id, line, command.coupon_code, self.clock())
        assert priced.coupon is not None
        return CouponPreviewed(
            line=line,
            coupon_code=priced.coupon.code,
            discount_minor=priced.benefit.discount_minor,
            total_minor=line.price_minor - priced.benefit.discount_minor,
            bonus_credits=priced.benefit.bonus_credits,
        )
