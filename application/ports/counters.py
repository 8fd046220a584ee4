"""Numbers that are kept beside the rows they count, for the proof that both say the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from domain.promotions.ids import CouponId
from domain.promotions.proof import BudgetCount, CodeCount, CouponCount


class Counters(Protocol):
    """Counters with what their rows say, both as of the unit's snapshot."""

    async def coupons(self, after: CouponId | None, limit: int) -> Sequence[CouponCount]:
        """Return the next coupons, in the order of their ids, archived ones included."""
        ...

    async def miscounted_codes(self, coupon_id: CouponId, limit: int) -> Sequence[CodeCount]:
        """Return codes of a coupon that count other than its uses under them are, by id."""
        ...

    async def budgets(self, after: str | None, limit: int) -> Sequence[BudgetCount]:
        """Return the next periods whose budgets were drawn on, in the order of their names.

        A store that keeps no room has none to tell: its total is what was given.
        """
        ...

    async def zones(self) -> Mapping[int, str]:
        """Return the zone of every version of the check-in rules, by version."""
        ...
