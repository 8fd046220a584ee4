"""Coupons and check-ins in memory."""

from __future__ import annotations

from datetime import timedelta

from attrs import frozen

from adapters.stores.memory.paging import id_after, page_of
from adapters.stores.memory.table import Rows
from adapters.stores.memory.tables import COUPON_BY_CODE, REDEMPTION_BY_ORDER, REDEMPTION_TAKEN
from application.ports.credits import WriteRefused
from application.ports.paging import Page, PageRequest
from application.ports.promotions import CheckIns, Coupons
from domain.credits.ids import AccountId
from domain.period import day_starts_at, zone_named
from domain.promotions.check_in import CheckIn, CheckInRules
from domain.promotions.coupon import Coupon, Redemption
from domain.promotions.errors import (
    AlreadyCheckedIn,
    CouponCodeTaken,
    CouponNotFound,
    RulesChangedMeanwhile,
)
from domain.promotions.ids import CouponId


@frozen
class MemoryCoupons(Coupons):
    """Coupons, and their uses by order."""

    coupons: Rows[Coupon]
    redemptions: Rows[Redemption]

    async def add(self, coupon: Coupon) -> None:
        if self.coupons.find_by(COUPON_BY_CODE, coupon.code) is not None:
            raise CouponCodeTaken(coupon_code=coupon.code)
        self.coupons.add(coupon)

    async def save(self, coupon: Coupon) -> None:
        self.coupons.change(coupon)

    async def find_code(self, code: str) -> Coupon | None:
        return self.coupons.find_by(COUPON_BY_CODE, code)

    async def take_code(self, code: str) -> Coupon | None:
        return self.coupons.take_by(COUPON_BY_CODE, code)

    async def take(self, coupon_id: CouponId) -> Coupon:
        found = self.coupons.take(coupon_id)
        if found is None:
            raise CouponNotFound(coupon_id=coupon_id)
        return found

    async def page(self, request: PageRequest) -> Page[Coupon]:
        before = id_after(request.after)
        return page_of(self.coupons.descending(before=before), request.limit, lambda c: c.id)

    async def taken_by(self, coupon_id: CouponId, account_id: AccountId) -> int:
        taken = self.redemptions.ascending(REDEMPTION_TAKEN, prefix=(coupon_id, account_id))
        return sum(1 for _ in taken)

    async def add_redemption(self, redemption: Redemption) -> None:
        if self.coupons.find(redemption.coupon_id) is None:
            raise WriteRefused(f"redemptions: there is no coupon {redemption.coupon_id}")
        self.redemptions.add(redemption)

    async def redemption_for(self, order_id: str) -> Redemption | None:
        return self.redemptions.find_by(REDEMPTION_BY_ORDER, order_id)

    async def save_redemption(self, redemption: Redemption) -> None:
        self.redemptions.change(redemption)


@frozen
class MemoryCheckIns(CheckIns):
    """Check-ins by account and day, and every version of their rules."""

    check_ins: Rows[CheckIn]
    versions: Rows[CheckInRules]

    async def last(self, account_id: AccountId) -> CheckIn | None:
        return next(self.check_ins.descending(prefix=(account_id,)), None)

    async def add(self, check_in: CheckIn) -> None:
        if self.check_ins.find(check_in.account_id, check_in.day) is not None:
            tomorrow = check_in.day + timedelta(days=1)
            raise AlreadyCheckedIn(next_at=day_starts_at(tomorrow, zone_named(check_in.zone)))
        self.check_ins.add(check_in)

    async def rules(self) -> CheckInRules | None:
        return next(self.versions.descending(), None)

    async def add_rules(self, rules: CheckInRules) -> None:
        if self.versions.find(rules.version) is not None:
            newest = next(self.versions.descending())
            raise RulesChangedMeanwhile(version=newest.version)
        self.versions.add(rules)
