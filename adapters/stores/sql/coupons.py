"""Coupons and their uses in the database."""

from __future__ import annotations

from attrs import frozen
from sqlalchemy import func, select

from adapters.stores.sql import rows
from adapters.stores.sql.open_transaction import AnyRow, OpenTransaction, Values
from adapters.stores.sql.paging import id_after, page_of
from adapters.stores.sql.tables.promotions import coupons, redemptions
from application.ports.paging import Page, PageRequest
from application.ports.promotions import Coupons
from domain.credits.ids import AccountId
from domain.promotions.coupon import (
    AmountOff,
    Benefit,
    BonusCredits,
    Coupon,
    CouponEffect,
    PercentOff,
    Redemption,
    RedemptionStatus,
)
from domain.promotions.errors import CouponCodeTaken, CouponNotFound
from domain.promotions.ids import CouponId, RedemptionId


@frozen
class SqlCoupons(Coupons):
    """Coupons by id and code, and their uses by order."""

    transaction: OpenTransaction

    async def add(self, coupon: Coupon) -> None:
        if not await rows.add_new(self.transaction, coupons, _coupon_values(coupon), "code"):
            raise CouponCodeTaken(coupon_code=coupon.code)

    async def save(self, coupon: Coupon) -> None:
        await rows.change(self.transaction, coupons, _coupon_values(coupon))

    async def find_code(self, code: str) -> Coupon | None:
        query = select(coupons).where(coupons.c.code == code)
        row = rows.first(await self.transaction.run(query))
        return None if row is None else _coupon(row)

    async def take_code(self, code: str) -> Coupon | None:
        query = self.transaction.locked(select(coupons).where(coupons.c.code == code))
        row = rows.first(await self.transaction.run(query))
        return None if row is None else _coupon(row)

    async def take(self, coupon_id: CouponId) -> Coupon:
        row = await rows.take(self.transaction, coupons, coupon_id)
        if row is None:
            raise CouponNotFound(coupon_id=coupon_id)
        return _coupon(row)

    async def page(self, request: PageRequest) -> Page[Coupon]:
        query = select(coupons).order_by(coupons.c.id.desc()).limit(request.limit + 1)
        if request.after is not None:
            query = query.where(coupons.c.id < id_after(request.after))
        found = [_coupon(row) for row in await self.transaction.run(query)]
        return page_of(found, request.limit, lambda coupon: coupon.id)

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

    async def add_redemption(self, redemption: Redemption) -> None:
        await rows.add(self.transaction, redemptions, _redemption_values(redemption))

    async def redemption_for(self, order_id: str) -> Redemption | None:
        query = select(redemptions).where(redemptions.c.order_id == order_id)
        row = rows.first(await self.transaction.run(query))
        return None if row is None else _redemption(row)

    async def save_redemption(self, redemption: Redemption) -> None:
        await rows.change(self.transaction, redemptions, _redemption_values(redemption))


def _coupon_values(coupon: Coupon) -> Values:
    return {
        "id": coupon.id,
        "code": coupon.code,
        "name": coupon.name,
        **_effect_values(coupon.effect),
        "starts_at": coupon.starts_at,
        "ends_at": coupon.ends_at,
        "redemptions_max": coupon.redemptions_max,
        "redemptions_per_account_max": coupon.redemptions_per_account_max,
        "is_archived": coupon.is_archived,
        "taken": coupon.taken,
        "created_at": coupon.created_at,
    }


def _effect_values(effect: CouponEffect) -> Values:
    nothing: Values = {"percent": None, "amount_minor": None, "currency": None, "credits": None}
    match effect:
        case PercentOff(percent=percent):
            return nothing | {"effect": "percent_off", "percent": percent}
        case AmountOff(amount_minor=amount, currency=currency):
            taken_off = {"amount_minor": amount, "currency": currency}
            return nothing | {"effect": "amount_off"} | taken_off
        case BonusCredits(credits=credits):
            return nothing | {"effect": "bonus_credits", "credits": credits}


def _effect(row: AnyRow) -> CouponEffect:
    match row.effect:
        case "percent_off":
            return PercentOff(percent=row.percent)
        case "amount_off":
            return AmountOff(amount_minor=row.amount_minor, currency=row.currency)
        case "bonus_credits":
            return BonusCredits(credits=row.credits)
        case unknown:
            raise ValueError(f"coupon {row.id} has the unknown effect {unknown}")


def _coupon(row: AnyRow) -> Coupon:
    return Coupon(
        id=CouponId(row.id),
        code=row.code,
        name=row.name,
        effect=_effect(row),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        redemptions_max=row.redemptions_max,
        redemptions_per_account_max=row.redemptions_per_account_max,
        is_archived=row.is_archived,
        taken=row.taken,
        created_at=row.created_at,
    )


def _redemption_values(redemption: Redemption) -> Values:
    return {
        "id": redemption.id,
        "coupon_id": redemption.coupon_id,
        "account_id": redemption.account_id,
        "order_id": redemption.order_id,
        "discount_minor": redemption.benefit.discount_minor,
        "bonus_credits": redemption.benefit.bonus_credits,
        "status": redemption.status.value,
        "reserved_at": redemption.reserved_at,
    }


def _redemption(row: AnyRow) -> Redemption:
    return Redemption(
        id=RedemptionId(row.id),
        coupon_id=CouponId(row.coupon_id),
        account_id=AccountId(row.account_id),
        order_id=row.order_id,
        benefit=Benefit(discount_minor=row.discount_minor, bonus_credits=row.bonus_credits),
        status=RedemptionStatus(row.status),
        reserved_at=row.reserved_at,
    )
