"""Say to an admin exactly what a coupon would do for an account, or why it does nothing."""

from __future__ import annotations

from attrs import evolve, field, frozen

from application.payments.steps.pricing import NamedCoupon, asker_of
from application.ports.system import Clock
from application.ports.unit_of_work import BeginRead, UnitOfWork
from application.subscriptions.steps.trials import trial_by_code
from domain.credits.ids import AccountId
from domain.payments.order import OrderLine
from domain.period import Interval
from domain.promotions.coupon_code import code_key
from domain.promotions.effect import Benefit
from domain.promotions.errors import CouponCodeNotFound, CouponReason, CouponRefused
from domain.promotions.ids import CouponId
from domain.subscriptions.catalogue import Plan
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
    trial_key: str = field(default="", repr=False)

    async def __call__(self, command: CheckCoupon) -> CouponChecked:
        async with self.read() as work:
            coupon = await work.coupons.find(command.coupon_id)
            code = await work.coupon_codes.find(code_key(command.code or coupon.code))
            if code is None or code.coupon_id != coupon.id:
                raise CouponCodeNotFound(coupon_id=coupon.id)
            plan = None if command.plan_id is None else await work.plans.get(command.plan_id)
            line = await _line(work, command, plan)
            named = NamedCoupon(coupon=coupon, code=code)
            try:
                benefit = await self._benefit(work, command, named, line, plan)
            except CouponRefused as refused:
                return CouponChecked(code=code.code, benefit=None, reason=refused.reason)
        return CouponChecked(code=code.code, benefit=benefit, reason=None)

    async def _benefit(
        self,
        work: UnitOfWork,
        command: CheckCoupon,
        named: NamedCoupon,
        line: OrderLine | None,
        plan: Plan | None,
    ) -> Benefit:
        asker, now = await asker_of(work, named, command.account_id), self.clock()
        purchase = None if line is None else line.purchase
        benefit = named.coupon.benefit(named.code, purchase, asker, now)
        trial_days = await trial_by_code(
            work, plan, command.account_id, self.trial_key, now, benefit.trial_days
        )
        return evolve(benefit, trial_days=trial_days)


async def _line(work: UnitOfWork, command: CheckCoupon, plan: Plan | None) -> OrderLine | None:
    if plan is not None:
        return plan.line(command.interval)
    if command.pack_id is not None:
        return (await work.packs.get(command.pack_id)).line()
    return None
