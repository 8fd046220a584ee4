"""Coupons and their codes in the database."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen
from sqlalchemy import and_, not_, select

from adapters.stores.sql import rows
from adapters.stores.sql.open_transaction import AnyRow, OpenTransaction, Values
from adapters.stores.sql.paging import id_after, page_of
from adapters.stores.sql.promotion_rows import (
    amounts_of,
    json_of,
    json_of_amounts,
    list_of,
    lot_of,
)
from adapters.stores.sql.tables.promotions import coupon_codes, coupons
from application.ports.coupons import CouponCodes, Coupons
from application.ports.paging import Page, PageRequest
from domain.credits.ids import AccountId
from domain.promotions.coupon import Coupon
from domain.promotions.coupon_code import CodeState, CouponCode
from domain.promotions.effect import (
    AmountOff,
    BonusCredits,
    BonusLot,
    BonusPercent,
    CouponEffect,
    PercentOff,
    TrialDays,
)
from domain.promotions.errors import CouponCodeTaken, CouponNotFound
from domain.promotions.ids import CodeId, CouponId
from domain.promotions.terms import CouponTerms

_CODES_AT_ONCE = 500

_USED_UP = and_(
    coupon_codes.c.redemptions_max.is_not(None),
    coupon_codes.c.taken >= coupon_codes.c.redemptions_max,
)
_IN_STATE = {
    CodeState.DISABLED: coupon_codes.c.is_disabled,
    CodeState.USED_UP: and_(not_(coupon_codes.c.is_disabled), _USED_UP),
    CodeState.OPEN: and_(not_(coupon_codes.c.is_disabled), not_(_USED_UP)),
}


@frozen
class SqlCoupons(Coupons):
    """Coupons by id."""

    transaction: OpenTransaction

    async def add(self, coupon: Coupon, first_code: CouponCode) -> None:
        values = _code_values(first_code)
        if not await rows.add_new(self.transaction, coupon_codes, values, "key"):
            raise CouponCodeTaken(coupon_code=coupon.code)
        await rows.add(self.transaction, coupons, _coupon_values(coupon))

    async def save(self, coupon: Coupon) -> None:
        await rows.change(self.transaction, coupons, _coupon_values(coupon))

    async def find(self, coupon_id: CouponId) -> Coupon:
        row = await rows.find(self.transaction, coupons, coupon_id)
        if row is None:
            raise CouponNotFound(coupon_id=coupon_id)
        return _coupon(row)

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


@frozen
class SqlCouponCodes(CouponCodes):
    """Codes by key, and by coupon."""

    transaction: OpenTransaction

    async def add_all(self, codes: Sequence[CouponCode]) -> None:
        for start in range(0, len(codes), _CODES_AT_ONCE):
            values = [_code_values(code) for code in codes[start : start + _CODES_AT_ONCE]]
            await self.transaction.run(self.transaction.insert(coupon_codes).values(values))

    async def find(self, key: str) -> CouponCode | None:
        query = select(coupon_codes).where(coupon_codes.c.key == key)
        row = rows.first(await self.transaction.run(query))
        return None if row is None else _code(row)

    async def save(self, code: CouponCode) -> None:
        await rows.change(self.transaction, coupon_codes, _code_values(code))

    async def page(
        self,
        coupon_id: CouponId,
        request: PageRequest,
        *,
        batch: str | None = None,
        state: CodeState | None = None,
    ) -> Page[CouponCode]:
        query = select(coupon_codes).where(coupon_codes.c.coupon_id == coupon_id)
        if request.after is not None:
            query = query.where(coupon_codes.c.id > id_after(request.after))
        if batch is not None:
            query = query.where(coupon_codes.c.batch == batch)
        if state is not None:
            query = query.where(_IN_STATE[state])
        oldest = query.order_by(coupon_codes.c.id).limit(request.limit + 1)
        found = [_code(row) for row in await self.transaction.run(oldest)]
        return page_of(found, request.limit, lambda code: code.id)


def _coupon_values(coupon: Coupon) -> Values:
    terms = coupon.terms
    return {
        "id": coupon.id,
        "code": coupon.code,
        "name": terms.name,
        **_effect_values(terms.effect),
        "periods": terms.periods,
        "starts_at": terms.starts_at,
        "ends_at": terms.ends_at,
        "redemptions_max": terms.redemptions_max,
        "redemptions_per_account_max": terms.redemptions_per_account_max,
        "is_first_purchase_only": terms.is_first_purchase_only,
        "minimums": json_of_amounts(terms.minimums),
        "item_ids": json_of(terms.item_ids),
        "account_ids": json_of(terms.account_ids),
        "is_archived": coupon.is_archived,
        "taken": coupon.taken,
        "created_at": coupon.created_at,
    }


def _effect_values(effect: CouponEffect) -> Values:
    nothing: Values = {
        "percent": None,
        "amounts": None,
        "credits": None,
        "is_redeemable_alone": False,
        "lifetime_days": None,
        "scope": None,
        "trial_days": None,
    }
    match effect:
        case PercentOff(percent=percent):
            return nothing | {"effect": "percent_off", "percent": percent}
        case AmountOff(amounts=amounts):
            return nothing | {"effect": "amount_off", "amounts": json_of_amounts(amounts)}
        case BonusCredits(credits=credits, lot=lot, is_redeemable_alone=alone):
            given = {"effect": "bonus_credits", "credits": credits, "is_redeemable_alone": alone}
            return nothing | given | _lot_values(lot)
        case BonusPercent(bonus_percent=percent, lot=lot):
            return nothing | {"effect": "bonus_percent", "percent": percent} | _lot_values(lot)
        case TrialDays(days=days):
            return nothing | {"effect": "trial_days", "trial_days": days}


def _lot_values(lot: BonusLot) -> Values:
    return {"lifetime_days": lot.lifetime_days, "scope": json_of(lot.scope.entries)}


def _effect(row: AnyRow) -> CouponEffect:
    lot = lot_of(row.lifetime_days, row.scope)
    match row.effect:
        case "percent_off":
            return PercentOff(percent=row.percent)
        case "amount_off":
            return AmountOff(amounts=amounts_of(row.amounts))
        case "bonus_credits":
            alone = row.is_redeemable_alone
            return BonusCredits(credits=row.credits, lot=lot, is_redeemable_alone=alone)
        case "bonus_percent":
            return BonusPercent(bonus_percent=row.percent, lot=lot)
        case "trial_days":
            return TrialDays(days=row.trial_days)
        case unknown:
            raise ValueError(f"coupon {row.id} has the unknown effect {unknown}")


def _coupon(row: AnyRow) -> Coupon:
    return Coupon(
        id=CouponId(row.id),
        code=row.code,
        terms=CouponTerms(
            name=row.name,
            effect=_effect(row),
            periods=row.periods,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            redemptions_max=row.redemptions_max,
            redemptions_per_account_max=row.redemptions_per_account_max,
            is_first_purchase_only=row.is_first_purchase_only,
            minimums=amounts_of(row.minimums),
            item_ids=tuple(list_of(row.item_ids)),
            account_ids=tuple(AccountId(each) for each in list_of(row.account_ids)),
        ),
        is_archived=row.is_archived,
        taken=row.taken,
        created_at=row.created_at,
    )


def _code_values(code: CouponCode) -> Values:
    return {
        "id": code.id,
        "coupon_id": code.coupon_id,
        "code": code.code,
        "key": code.key,
        "batch": code.batch,
        "redemptions_max": code.redemptions_max,
        "is_disabled": code.is_disabled,
        "taken": code.taken,
        "created_at": code.created_at,
    }


def _code(row: AnyRow) -> CouponCode:
    return CouponCode(
        id=CodeId(row.id),
        coupon_id=CouponId(row.coupon_id),
        code=row.code,
        batch=row.batch,
        redemptions_max=row.redemptions_max,
        is_disabled=row.is_disabled,
        taken=row.taken,
        created_at=row.created_at,
    )
