"""The uses of coupons in the database."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen
from sqlalchemy import ColumnElement, func, select

from adapters.stores.sql import rows
from adapters.stores.sql.open_transaction import AnyRow, OpenTransaction, Values
from adapters.stores.sql.paging import id_after, page_of
from adapters.stores.sql.promotion_rows import json_of, lot_of
from adapters.stores.sql.tables.promotions import redemptions
from application.ports.coupons import Redemptions
from application.ports.paging import Page, PageRequest
from domain.credits.ids import AccountId
from domain.promotions.effect import Benefit
from domain.promotions.ids import CouponId, RedemptionId
from domain.promotions.redemption import Redemption, RedemptionStatus


@frozen
class SqlRedemptions(Redemptions):
    """Uses by order, and by coupon."""

    transaction: OpenTransaction

    async def add(self, redemption: Redemption) -> None:
        await rows.add(self.transaction, redemptions, _values(redemption))

    async def save(self, redemption: Redemption) -> None:
        await rows.change(self.transaction, redemptions, _values(redemption))

    async def find(self, redemption_id: RedemptionId) -> Redemption:
        row = await rows.find(self.transaction, redemptions, redemption_id)
        assert row is not None, "a use is never removed"
        return _redemption(row)

    async def of_order(self, order_id: str) -> Sequence[Redemption]:
        query = select(redemptions).where(redemptions.c.order_id == order_id)
        found = await self.transaction.run(query.order_by(redemptions.c.coupon_id))
        return [_redemption(row) for row in found]

    async def taken_by(self, coupon_id: CouponId, account_id: AccountId) -> int:
        query = (
            select(func.count())
            .select_from(redemptions)
            .where(
                redemptions.c.coupon_id == coupon_id,
                redemptions.c.account_id == account_id,
                redemptions.c.status != RedemptionStatus.RELEASED.value,
            )
        )
        counted: int = (await self.transaction.run(query))[0][0]
        return counted

    async def has_used(self, coupon_id: CouponId, account_id: AccountId, code: str) -> bool:
        query = select(redemptions.c.id).where(
            redemptions.c.coupon_id == coupon_id,
            redemptions.c.account_id == account_id,
            redemptions.c.code == code,
            redemptions.c.status == RedemptionStatus.CONFIRMED.value,
        )
        return bool(await self.transaction.run(query.limit(1)))

    async def reserved_by(
        self, coupon_id: CouponId, account_id: AccountId, limit: int
    ) -> Sequence[Redemption]:
        query = select(redemptions).where(
            redemptions.c.coupon_id == coupon_id,
            redemptions.c.account_id == account_id,
            redemptions.c.status == RedemptionStatus.RESERVED.value,
        )
        oldest = query.order_by(redemptions.c.id).limit(limit)
        return [_redemption(row) for row in await self.transaction.run(oldest)]

    async def of_first_purchase(self, account_id: AccountId, limit: int) -> Sequence[Redemption]:
        query = select(redemptions).where(
            redemptions.c.account_id == account_id,
            redemptions.c.is_first_purchase,
            redemptions.c.status != RedemptionStatus.RELEASED.value,
        )
        oldest = query.order_by(redemptions.c.id).limit(limit)
        return [_redemption(row) for row in await self.transaction.run(oldest)]

    async def page(self, coupon_id: CouponId, request: PageRequest) -> Page[Redemption]:
        return await self._page(redemptions.c.coupon_id == coupon_id, request)

    async def of_account(self, account_id: AccountId, request: PageRequest) -> Page[Redemption]:
        return await self._page(redemptions.c.account_id == account_id, request)

    async def _page(self, those: ColumnElement[bool], request: PageRequest) -> Page[Redemption]:
        query = select(redemptions).where(those)
        if request.after is not None:
            query = query.where(redemptions.c.id < id_after(request.after))
        newest = query.order_by(redemptions.c.id.desc()).limit(request.limit + 1)
        found = [_redemption(row) for row in await self.transaction.run(newest)]
        return page_of(found, request.limit, lambda use: use.id)


def _values(redemption: Redemption) -> Values:
    benefit = redemption.benefit
    return {
        "id": redemption.id,
        "coupon_id": redemption.coupon_id,
        "code": redemption.code,
        "account_id": redemption.account_id,
        "order_id": redemption.order_id,
        "discount_minor": benefit.discount_minor,
        "discount_periods": benefit.discount_periods,
        "currency": redemption.currency,
        "bonus_credits": benefit.bonus_credits,
        "lifetime_days": benefit.lot.lifetime_days,
        "scope": json_of(benefit.lot.scope.entries),
        "trial_days": benefit.trial_days,
        "is_first_purchase": redemption.is_first_purchase,
        "status": redemption.status.value,
        "reserved_at": redemption.reserved_at,
        "settled_at": redemption.settled_at,
    }


def _redemption(row: AnyRow) -> Redemption:
    return Redemption(
        id=RedemptionId(row.id),
        coupon_id=CouponId(row.coupon_id),
        code=row.code,
        account_id=AccountId(row.account_id),
        order_id=row.order_id,
        benefit=Benefit(
            discount_minor=row.discount_minor,
            discount_periods=row.discount_periods,
            bonus_credits=row.bonus_credits,
            lot=lot_of(row.lifetime_days, row.scope),
            trial_days=row.trial_days,
        ),
        currency=row.currency,
        is_first_purchase=row.is_first_purchase,
        status=RedemptionStatus(row.status),
        reserved_at=row.reserved_at,
        settled_at=row.settled_at,
    )
