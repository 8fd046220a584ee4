"""Counters in memory beside what their rows say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import islice

from attrs import frozen

from adapters.stores.memory.kept_rows import GivenInPeriod
from adapters.stores.memory.promotion_tables import CODE_BY_COUPON, REDEMPTION_TAKEN
from adapters.stores.memory.table import Rows
from application.ports.counters import Counters
from domain.promotions.check_in_rules import CheckInRules
from domain.promotions.coupon import Coupon
from domain.promotions.coupon_code import CouponCode
from domain.promotions.ids import CouponId
from domain.promotions.proof import BudgetCount, CodeCount, CouponCount
from domain.promotions.redemption import Redemption


@frozen
class MemoryCounters(Counters):
    """Each number with a count over its rows."""

    kept_coupons: Rows[Coupon]
    codes: Rows[CouponCode]
    redemptions: Rows[Redemption]
    given: Rows[GivenInPeriod]
    versions: Rows[CheckInRules]

    async def coupons(self, after: CouponId | None, limit: int) -> Sequence[CouponCount]:
        found = self.kept_coupons.ascending(after=None if after is None else (after,))
        return [
            CouponCount(
                coupon_id=coupon.id,
                taken=coupon.taken,
                of_codes=sum(code.taken for code in self._codes_of(coupon.id)),
                uses=self._uses_of(coupon.id).total(),
            )
            for coupon in islice(found, limit)
        ]

    async def miscounted_codes(self, coupon_id: CouponId, limit: int) -> Sequence[CodeCount]:
        uses = self._uses_of(coupon_id)
        wrong = (each for each in self._codes_of(coupon_id) if each.taken != uses[each.code])
        return [
            CodeCount(coupon_id=coupon_id, code=each.code, taken=each.taken, uses=uses[each.code])
            for each in islice(wrong, limit)
        ]

    async def budgets(self, after: str | None, limit: int) -> Sequence[BudgetCount]:
        found = self.given.ascending(after=None if after is None else (after,))
        return [
            BudgetCount(period=each.period, given=each.credits, room=0, total=each.credits)
            for each in islice(found, limit)
        ]

    async def zones(self) -> Mapping[int, str]:
        return {rules.version: rules.zone for rules in self.versions.ascending()}

    def _codes_of(self, coupon_id: CouponId) -> Sequence[CouponCode]:
        return list(self.codes.ascending(CODE_BY_COUPON, prefix=(coupon_id,)))

    def _uses_of(self, coupon_id: CouponId) -> Counter[str]:
        taken = self.redemptions.ascending(REDEMPTION_TAKEN, prefix=(coupon_id,))
        return Counter(use.code for use in taken)
