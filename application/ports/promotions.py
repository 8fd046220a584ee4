"""The collections of the promotions area."""

from __future__ import annotations

from typing import Protocol

from application.ports.paging import Page, PageRequest
from domain.credits.ids import AccountId
from domain.promotions.check_in import CheckIn, CheckInRules
from domain.promotions.coupon import Coupon, Redemption
from domain.promotions.ids import CouponId


class Coupons(Protocol):
    """Coupons and their uses."""

    async def add(self, coupon: Coupon) -> None:
        """Keep a new coupon. Raises CouponCodeTaken."""
        ...

    async def save(self, coupon: Coupon) -> None:
        """Keep a coupon that was taken in this unit of work."""
        ...

    async def find_code(self, code: str) -> Coupon | None:
        """Return the coupon with this normal code, unlocked."""
        ...

    async def take_code(self, code: str) -> Coupon | None:
        """Return the coupon with this normal code, locked until the unit ends."""
        ...

    async def take(self, coupon_id: CouponId) -> Coupon:
        """Return the coupon, locked until the unit ends. Raises CouponNotFound."""
        ...

    async def page(self, request: PageRequest) -> Page[Coupon]:
        """Return coupons, newest first."""
        ...

    async def taken_by(self, coupon_id: CouponId, account_id: AccountId) -> int:
        """Count the account's uses that are reserved or confirmed."""
        ...

    async def add_redemption(self, redemption: Redemption) -> None:
        """Keep a new use. There is at most one for an order."""
        ...

    async def redemption_for(self, order_id: str) -> Redemption | None:
        """Return the use that belongs to an order."""
        ...

    async def save_redemption(self, redemption: Redemption) -> None:
        """Keep a use in its new status."""
        ...


class CheckIns(Protocol):
    """Check-ins and the rules they are judged by."""

    async def last(self, account_id: AccountId) -> CheckIn | None:
        """Return the account's check-in with the latest day."""
        ...

    async def add(self, check_in: CheckIn) -> None:
        """Keep a check-in; one for an account and day exists at most once (AlreadyCheckedIn)."""
        ...

    async def rules(self) -> CheckInRules | None:
        """Return the rules in force, or None if none were ever set."""
        ...

    async def add_rules(self, rules: CheckInRules) -> None:
        """Keep a new version of the rules. Raises RulesChangedMeanwhile if that version exists."""
        ...
