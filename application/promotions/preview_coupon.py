"""Say what a code would do to a purchase, or why it does nothing."""

from __future__ import annotations

from attrs import field, frozen

from application.payments.steps.pricing import coupons_named, quote
from application.ports.system import Clock
from application.ports.unit_of_work import BeginRead
from application.subscriptions.steps.trials import trial_by_code
from domain.credits.ids import AccountId
from domain.payments.order import OrderLine, OrderType
from domain.period import Interval
from domain.subscriptions.ids import PackId, PlanId


@frozen(kw_only=True)
class PreviewCoupon:
    """A code, and what it is to be used for."""

    account_id: AccountId
    coupon_code: str
    credit_codes: tuple[str, ...] = ()
    type: OrderType
    item: PlanId | PackId
    interval: Interval = Interval.MONTHLY


@frozen(kw_only=True)
class CouponPreviewed:
    """The purchase as it would be sold: amounts in minor units, before tax.

    Where it begins with a trial of `trial_days`, the total is that of the first payment after it.
    """

    line: OrderLine
    coupon_code: str
    credit_codes: tuple[str, ...]
    discount_minor: int
    discount_periods: int | None
    total_minor: int
    bonus_credits: int
    trial_days: int


@frozen(kw_only=True)
class PreviewingCoupon:
    """Judge by the same rules as a checkout, and reserve nothing.

    Refusals: CouponRefused, PlanNotFound, PackNotFound, NotOnSale, IntervalNotOffered.
    """

    read: BeginRead
    clock: Clock
    trial_key: str = field(default="", repr=False)

    async def __call__(self, command: PreviewCoupon) -> CouponPreviewed:
        now, plan = self.clock(), None
        async with self.read() as work:
            if command.type is OrderType.SUBSCRIPTION:
                plan = await work.plans.get(PlanId(command.item))
                line = plan.line(command.interval)
            else:
                pack = await work.packs.get(PackId(command.item))
                line = pack.line()
            named = await coupons_named(work, command.coupon_code, command.credit_codes)
            priced = await quote(work, command.account_id, line, named, now)
            trial_days = await trial_by_code(
                work, plan, command.account_id, self.trial_key, now, priced.trial_days
            )
        first, *others = (each.code.code for each in named)
        return CouponPreviewed(
            line=line,
            coupon_code=first,
            credit_codes=tuple(others),
            discount_minor=priced.discount_minor,
            discount_periods=priced.discount_periods,
            total_minor=line.price_minor - priced.discount_minor,
            bonus_credits=priced.bonus_credits,
            trial_days=trial_days,
        )
