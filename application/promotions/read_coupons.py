"""Coupons for admins: listed, read, with their codes and their uses."""

from __future__ import annotations

from attrs import frozen

from application.ports.paging import Page, PageRequest
from application.ports.unit_of_work import BeginRead
from domain.promotions.coupon import Coupon
from domain.promotions.coupon_code import CodeState, CouponCode
from domain.promotions.ids import CouponId
from domain.promotions.redemption import Redemption


@frozen(kw_only=True)
class ListCoupons:
    """Ask for a page of coupons, newest first."""

    page: PageRequest


@frozen(kw_only=True)
class ListingCoupons:
    """Read coupons with the number of uses taken."""

    read: BeginRead

    async def __call__(self, command: ListCoupons) -> Page[Coupon]:
        async with self.read() as work:
            return await work.coupons.page(command.page)


@frozen(kw_only=True)
class ReadCoupon:
    """Ask for one coupon."""

    coupon_id: CouponId


@frozen(kw_only=True)
class ReadingCoupon:
    """Read a coupon as it is now. Refusals: CouponNotFound."""

    read: BeginRead

    async def __call__(self, command: ReadCoupon) -> Coupon:
        async with self.read() as work:
            return await work.coupons.find(command.coupon_id)


@frozen(kw_only=True)
class ListCodes:
    """Ask for a page of a coupon's codes, in the order they were made."""

    coupon_id: CouponId
    page: PageRequest
    batch: str | None = None
    state: CodeState | None = None


@frozen(kw_only=True)
class ListingCodes:
    """Read codes with the number of uses taken of each. Refusals: CouponNotFound."""

    read: BeginRead

    async def __call__(self, command: ListCodes) -> Page[CouponCode]:
        async with self.read() as work:
            await work.coupons.find(command.coupon_id)
            return await work.coupon_codes.page(
                command.coupon_id, command.page, batch=command.batch, state=command.state
            )


@frozen(kw_only=True)
class ListRedemptions:
    """Ask for a page of a coupon's uses, newest first."""

    coupon_id: CouponId
    page: PageRequest


@frozen(kw_only=True)
class ListingRedemptions:
    """Read who used a coupon for what, whatever became of it. Refusals: CouponNotFound."""

    read: BeginRead

    async def __call__(self, command: ListRedemptions) -> Page[Redemption]:
        async with self.read() as work:
            await work.coupons.find(command.coupon_id)
            return await work.redemptions.page(command.coupon_id, command.page)
