"""Create coupons, and list them for admins."""

from __future__ import annotations

from datetime import datetime

from attrs import frozen

from application.audit_steps import entry
from application.ports.idempotency import RequestKey
from application.ports.paging import Page, PageRequest
from application.ports.system import Clock, NewId
from application.ports.unit_of_work import BeginRead, BeginWork
from domain.access.audit import Actor
from domain.promotions.coupon import Coupon, CouponEffect, normal_code
from domain.promotions.ids import CouponId


@frozen(kw_only=True)
class CreateCoupon:
    """A new coupon; its code is kept in upper case."""

    code: str
    name: str
    effect: CouponEffect
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    redemptions_max: int | None = None
    redemptions_per_account_max: int | None = 1
    actor: Actor
    key: RequestKey | None = None


@frozen(kw_only=True)
class CouponCreated:
    """The coupon as it was first created."""

    coupon: Coupon
    is_replay: bool = False


@frozen(kw_only=True)
class CreatingCoupon:
    """Keep a coupon under its code. Refusals: InvalidField, CouponCodeTaken."""

    begin: BeginWork
    clock: Clock
    new_id: NewId

    async def __call__(self, command: CreateCoupon) -> CouponCreated:
        now = self.clock()
        coupon = Coupon(
            id=CouponId(self.new_id()),
            code=normal_code(command.code),
            name=command.name,
            effect=command.effect,
            starts_at=command.starts_at,
            ends_at=command.ends_at,
            redemptions_max=command.redemptions_max,
            redemptions_per_account_max=command.redemptions_per_account_max,
            created_at=now,
        )
        async with self.begin() as work:
            if command.key is not None:
                first = await work.answers.claim(command.key, Coupon)
                if first is not None:
                    return CouponCreated(coupon=first, is_replay=True)
                await work.answers.keep(command.key, coupon)
            await work.coupons.add(coupon)
            await work.audit_log.add(
                entry(
                    self.new_id,
                    now,
                    command.actor,
                    "coupon.create",
                    f"coupon:{coupon.id}",
                    after=coupon,
                )
            )
            await work.commit()
        return CouponCreated(coupon=coupon)


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
