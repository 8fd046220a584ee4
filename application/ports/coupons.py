"""Coupons, their codes and their uses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from application.ports.paging import Page, PageRequest
from domain.credits.ids import AccountId
from domain.promotions.coupon import Coupon
from domain.promotions.coupon_code import CodeState, CouponCode
from domain.promotions.ids import CouponId, RedemptionId
from domain.promotions.redemption import Redemption


class Coupons(Protocol):
    """Coupons."""

    async def add(self, coupon: Coupon, first_code: CouponCode) -> None:
        """Keep a new coupon and the first of its codes. Raises CouponCodeTaken."""
        ...

    async def save(self, coupon: Coupon) -> None:
        """Keep a coupon that was taken in this unit of work."""
        ...

    async def find(self, coupon_id: CouponId) -> Coupon:
        """Return the coupon, unlocked. Raises CouponNotFound."""
        ...

    async def take(self, coupon_id: CouponId) -> Coupon:
        """Return the coupon, locked until the unit ends. Raises CouponNotFound.

        The lock is one for all of its codes and uses.
        """
        ...

    async def page(self, request: PageRequest) -> Page[Coupon]:
        """Return coupons, newest first."""
        ...


class CouponCodes(Protocol):
    """The codes of coupons, each found by its key whatever coupon it belongs to."""

    async def add_all(self, codes: Sequence[CouponCode]) -> None:
        """Keep new codes. Raises WriteRefused if there is one among them already."""
        ...

    async def find(self, key: str) -> CouponCode | None:
        """Return the code with this key, or None. Whoever changes it takes its coupon before."""
        ...

    async def save(self, code: CouponCode) -> None:
        """Keep a code whose coupon was taken in this unit of work."""
        ...

    async def page(
        self,
        coupon_id: CouponId,
        request: PageRequest,
        *,
        batch: str | None = None,
        state: CodeState | None = None,
    ) -> Page[CouponCode]:
        """Return a coupon's codes in the order they were made, of a batch or state if named."""
        ...


class Redemptions(Protocol):
    """The uses of coupons."""

    async def add(self, redemption: Redemption) -> None:
        """Keep a new use. There is at most one of a coupon for an order (WriteRefused)."""
        ...

    async def save(self, redemption: Redemption) -> None:
        """Keep a use in its new status."""
        ...

    async def find(self, redemption_id: RedemptionId) -> Redemption:
        """Return a use that was kept: none is ever removed."""
        ...

    async def of_order(self, order_id: str) -> Sequence[Redemption]:
        """Return the uses that belong to an order, in the order of their coupons' ids."""
        ...

    async def taken_by(self, coupon_id: CouponId, account_id: AccountId) -> int:
        """Count the account's uses that are reserved or confirmed."""
        ...

    async def has_used(self, coupon_id: CouponId, account_id: AccountId, code: str) -> bool:
        """Say whether a use of the account's under this code, as it is spelt, is confirmed."""
        ...

    async def reserved_by(
        self, coupon_id: CouponId, account_id: AccountId, limit: int
    ) -> Sequence[Redemption]:
        """Return the account's uses that wait for a payment, the oldest first."""
        ...

    async def of_first_purchase(self, account_id: AccountId, limit: int) -> Sequence[Redemption]:
        """Return the uses promised to an account's first purchase and not released, oldest first.

        Whoever promises another holds the account's wallet.
        """
        ...

    async def page(self, coupon_id: CouponId, request: PageRequest) -> Page[Redemption]:
        """Return a coupon's uses, newest first, whatever became of them."""
        ...

    async def of_account(self, account_id: AccountId, request: PageRequest) -> Page[Redemption]:
        """Return an account's uses of all coupons, newest first."""
        ...
