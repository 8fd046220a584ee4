"""Coupons, their codes and their uses in memory."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from attrs import frozen

from adapters.stores.memory.paging import id_after, page_of
from adapters.stores.memory.promotion_tables import (
    CODE_BY_COUPON,
    CODE_BY_KEY,
    REDEMPTION_BY_ACCOUNT,
    REDEMPTION_BY_COUPON,
    REDEMPTION_BY_ORDER,
    REDEMPTION_TAKEN,
)
from adapters.stores.memory.table import Rows
from application.ports.coupons import CouponCodes, Coupons, Redemptions
from application.ports.credits import WriteRefused
from application.ports.paging import Page, PageRequest
from domain.credits.ids import AccountId
from domain.promotions.coupon import Coupon
from domain.promotions.coupon_code import CodeState, CouponCode
from domain.promotions.errors import CouponCodeTaken, CouponNotFound
from domain.promotions.ids import CouponId, RedemptionId
from domain.promotions.redemption import Redemption, RedemptionStatus


@frozen
class MemoryCoupons(Coupons):
    """Coupons by id."""

    coupons: Rows[Coupon]
    codes: Rows[CouponCode]

    async def add(self, coupon: Coupon, first_code: CouponCode) -> None:
        if self.codes.find_by(CODE_BY_KEY, first_code.key) is not None:
            raise CouponCodeTaken(coupon_code=coupon.code)
        self.coupons.add(coupon)
        self.codes.add(first_code)

    async def save(self, coupon: Coupon) -> None:
        self.coupons.change(coupon)

    async def find(self, coupon_id: CouponId) -> Coupon:
        found = self.coupons.find(coupon_id)
        if found is None:
            raise CouponNotFound(coupon_id=coupon_id)
        return found

    async def take(self, coupon_id: CouponId) -> Coupon:
        found = self.coupons.take(coupon_id)
        if found is None:
            raise CouponNotFound(coupon_id=coupon_id)
        return found

    async def page(self, request: PageRequest) -> Page[Coupon]:
        before = id_after(request.after)
        return page_of(self.coupons.descending(before=before), request.limit, lambda c: c.id)


@frozen
class MemoryCouponCodes(CouponCodes):
    """Codes by key, and by coupon."""

    codes: Rows[CouponCode]
    coupons: Rows[Coupon]

    async def add_all(self, codes: Sequence[CouponCode]) -> None:
        for code in codes:
            if self.coupons.find(code.coupon_id) is None:
                raise WriteRefused(f"coupon_codes: there is no coupon {code.coupon_id}")
            self.codes.add(code)

    async def find(self, key: str) -> CouponCode | None:
        return self.codes.find_by(CODE_BY_KEY, key)

    async def save(self, code: CouponCode) -> None:
        self.codes.change(code)

    async def page(
        self,
        coupon_id: CouponId,
        request: PageRequest,
        *,
        batch: str | None = None,
        state: CodeState | None = None,
    ) -> Page[CouponCode]:
        cursor = id_after(request.after)
        after = None if cursor is None else (coupon_id, *cursor)
        every = self.codes.ascending(CODE_BY_COUPON, prefix=(coupon_id,), after=after)
        asked = (
            code
            for code in every
            if (batch is None or code.batch == batch) and (state is None or code.state is state)
        )
        return page_of(asked, request.limit, lambda code: code.id)


@frozen
class MemoryRedemptions(Redemptions):
    """Uses by order, and by coupon."""

    redemptions: Rows[Redemption]
    coupons: Rows[Coupon]

    async def add(self, redemption: Redemption) -> None:
        if self.coupons.find(redemption.coupon_id) is None:
            raise WriteRefused(f"redemptions: there is no coupon {redemption.coupon_id}")
        self.redemptions.add(redemption)

    async def save(self, redemption: Redemption) -> None:
        self.redemptions.change(redemption)

    async def find(self, redemption_id: RedemptionId) -> Redemption:
        found = self.redemptions.find(redemption_id)
        assert found is not None, "a use is never removed"
        return found

    async def of_order(self, order_id: str) -> Sequence[Redemption]:
        return list(self.redemptions.ascending(REDEMPTION_BY_ORDER, prefix=(order_id,)))

    async def taken_by(self, coupon_id: CouponId, account_id: AccountId) -> int:
        taken = self.redemptions.ascending(REDEMPTION_TAKEN, prefix=(coupon_id, account_id))
        return sum(1 for _ in taken)

    async def has_used(self, coupon_id: CouponId, account_id: AccountId, code: str) -> bool:
        taken = self.redemptions.ascending(REDEMPTION_TAKEN, prefix=(coupon_id, account_id))
        confirmed = (each for each in taken if each.status is RedemptionStatus.CONFIRMED)
        return any(each.code == code for each in confirmed)

    async def reserved_by(
        self, coupon_id: CouponId, account_id: AccountId, limit: int
    ) -> Sequence[Redemption]:
        taken = self.redemptions.ascending(REDEMPTION_TAKEN, prefix=(coupon_id, account_id))
        waiting = (each for each in taken if each.status is RedemptionStatus.RESERVED)
        return list(islice(waiting, limit))

    async def of_first_purchase(self, account_id: AccountId, limit: int) -> Sequence[Redemption]:
        own = self.redemptions.ascending(REDEMPTION_BY_ACCOUNT, prefix=(account_id,))
        promised = (each for each in own if each.is_first_purchase and each.takes_slot)
        return list(islice(promised, limit))

    async def page(self, coupon_id: CouponId, request: PageRequest) -> Page[Redemption]:
        cursor = id_after(request.after)
        before = None if cursor is None else (coupon_id, *cursor)
        newest = self.redemptions.descending(
            REDEMPTION_BY_COUPON, prefix=(coupon_id,), before=before
        )
        return page_of(newest, request.limit, lambda use: use.id)

    async def of_account(self, account_id: AccountId, request: PageRequest) -> Page[Redemption]:
        cursor = id_after(request.after)
        before = None if cursor is None else (account_id, *cursor)
        newest = self.redemptions.descending(
            REDEMPTION_BY_ACCOUNT, prefix=(account_id,), before=before
        )
        return page_of(newest, request.limit, lambda use: use.id)
