"""Counters in the database beside what their rows say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import frozen
from sqlalchemy import and_, func, select

from adapters.stores.sql.open_transaction import OpenTransaction
from adapters.stores.sql.tables.promotions import (
    check_in_budgets,
    check_in_rules,
    coupon_codes,
    coupons,
    redemptions,
)
from application.ports.counters import Counters
from domain.promotions.ids import CouponId
from domain.promotions.proof import BudgetCount, CodeCount, CouponCount
from domain.promotions.redemption import RedemptionStatus

_TAKES_SLOT = redemptions.c.status != RedemptionStatus.RELEASED.value


@frozen
class SqlCounters(Counters):
    """Each number with a count over the index by coupon."""

    transaction: OpenTransaction

    async def coupons(self, after: CouponId | None, limit: int) -> Sequence[CouponCount]:
        uses = (
            select(func.count())
            .where(redemptions.c.coupon_id == coupons.c.id, _TAKES_SLOT)
            .scalar_subquery()
        )
        of_codes = (
            select(func.coalesce(func.sum(coupon_codes.c.taken), 0))
            .where(coupon_codes.c.coupon_id == coupons.c.id)
            .scalar_subquery()
        )
        query = select(
            coupons.c.id, coupons.c.taken, of_codes.label("of_codes"), uses.label("uses")
        )
        if after is not None:
            query = query.where(coupons.c.id > after)
        found = await self.transaction.run(query.order_by(coupons.c.id).limit(limit))
        return [
            CouponCount(
                coupon_id=CouponId(row.id),
                taken=row.taken,
                of_codes=int(row.of_codes),
                uses=row.uses,
            )
            for row in found
        ]

    async def miscounted_codes(self, coupon_id: CouponId, limit: int) -> Sequence[CodeCount]:
        used = (
            select(redemptions.c.code, func.count().label("uses"))
            .where(redemptions.c.coupon_id == coupon_id, _TAKES_SLOT)
            .group_by(redemptions.c.code)
            .subquery()
        )
        uses = func.coalesce(used.c.uses, 0)
        query = (
            select(coupon_codes.c.code, coupon_codes.c.taken, uses.label("uses"))
            .select_from(coupon_codes.outerjoin(used, used.c.code == coupon_codes.c.code))
            .where(and_(coupon_codes.c.coupon_id == coupon_id, coupon_codes.c.taken != uses))
        )
        found = await self.transaction.run(query.order_by(coupon_codes.c.id).limit(limit))
        return [
            CodeCount(coupon_id=coupon_id, code=row.code, taken=row.taken, uses=row.uses)
            for row in found
        ]

    async def budgets(self, after: str | None, limit: int) -> Sequence[BudgetCount]:
        kept = check_in_budgets.c
        query = select(
            kept.period,
            func.sum(kept.given).label("given"),
            func.sum(kept.room).label("room"),
            func.max(kept.total).label("total"),
        ).group_by(kept.period)
        if after is not None:
            query = query.where(kept.period > after)
        found = await self.transaction.run(query.order_by(kept.period).limit(limit))
        return [
            BudgetCount(
                period=row.period, given=int(row.given), room=int(row.room), total=row.total
            )
            for row in found
        ]

    async def zones(self) -> Mapping[int, str]:
        found = await self.transaction.run(select(check_in_rules.c.version, check_in_rules.c.zone))
        return {row.version: row.zone for row in found}
