"""Coupons for admins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from aiohttp import web
from attrs import frozen
from msgspec import Meta

from application.promotions.publish_coupon import (
    CreateCoupon,
    CreatingCoupon,
    ListCoupons,
    ListingCoupons,
)
from domain.access.role import Right
from domain.credits.errors import KeyReused
from domain.errors import InvalidField
from domain.promotions.coupon import AmountOff, BonusCredits, Coupon, CouponEffect, PercentOff
from domain.promotions.errors import CouponCodeTaken
from entrypoints.http.currencies import known_currency
from entrypoints.http.endpoint import Endpoint, Idempotency, Shape
from entrypoints.http.idempotency import request_key
from entrypoints.http.paging import CursorQuery
from entrypoints.http.policy import Admin
from entrypoints.http.principal import actor_of
from entrypoints.http.purchase import CouponCode
from entrypoints.http.values import Amount, Currency, Id, Instant
from entrypoints.http.wire import read, read_query, reply, reply_page

Percent = Annotated[
    int, Meta(ge=1, le=100, description="Hundredths of the price; a fraction is dropped.")
]
AmountOffMinor = Annotated[Amount, Meta(description="Money off, in the currency's minor unit.")]
Uses = Annotated[int, Meta(ge=1, le=1_000_000_000, description="How often; null for no limit.")]
CouponName = Annotated[str, Meta(max_length=200, description="For admins; buyers do not see it.")]

_EFFECTS = "percent_off, amount_off, bonus_credits"


@frozen(kw_only=True)
class CouponBody:
    """A new coupon: exactly one of `percent_off`, `amount_off` with `currency`, `bonus_credits`.

    It counts from `starts_at` on and no longer at `ends_at`.
    """

    code: CouponCode
    name: CouponName = ""
    percent_off: Percent | None = None
    amount_off: AmountOffMinor | None = None
    currency: Currency | None = None
    bonus_credits: Amount | None = None
    starts_at: Instant | None = None
    ends_at: Instant | None = None
    max_redemptions: Uses | None = None
    max_redemptions_per_account: Uses | None = 1

    def __attrs_post_init__(self) -> None:
        effects = (self.percent_off, self.amount_off, self.bonus_credits)
        if sum(effect is not None for effect in effects) != 1:
            raise InvalidField(path="percent_off", problem=f"give exactly one of {_EFFECTS}")
        if (self.amount_off is None) != (self.currency is None):
            problem = "is required with amount_off, and goes with nothing else"
            raise InvalidField(path="currency", problem=problem)
        if self.currency is not None:
            known_currency(self.currency)

    @property
    def effect(self) -> CouponEffect:
        """Return what the coupon does."""
        if self.percent_off is not None:
            return PercentOff(percent=self.percent_off)
        if self.amount_off is not None and self.currency is not None:
            return AmountOff(amount_minor=self.amount_off, currency=self.currency)
        assert self.bonus_credits is not None
        return BonusCredits(credits=self.bonus_credits)


@frozen(kw_only=True, slots=False)
class CouponView:
    """A coupon, with how often it has been redeemed, open checkouts included."""

    id: Id
    code: str
    name: CouponName
    percent_off: Percent | None
    amount_off: AmountOffMinor | None
    currency: Currency | None
    bonus_credits: Amount | None
    starts_at: Instant | None
    ends_at: Instant | None
    max_redemptions: Uses | None
    max_redemptions_per_account: Uses | None
    redeemed: int
    archived: bool
    created_at: Instant

    @classmethod
    def of(cls, coupon: Coupon) -> CouponView:
        """Return the coupon as an admin sees it."""
        effect = coupon.effect
        money = effect if isinstance(effect, AmountOff) else None
        return cls(
            id=coupon.id,
            code=coupon.code,
            name=coupon.name,
            percent_off=effect.percent if isinstance(effect, PercentOff) else None,
            amount_off=None if money is None else money.amount_minor,
            currency=None if money is None else money.currency,
            bonus_credits=effect.credits if isinstance(effect, BonusCredits) else None,
            starts_at=coupon.starts_at,
            ends_at=coupon.ends_at,
            max_redemptions=coupon.redemptions_max,
            max_redemptions_per_account=coupon.redemptions_per_account_max,
            redeemed=coupon.taken,
            archived=coupon.is_archived,
            created_at=coupon.created_at,
        )


@frozen(kw_only=True)
class AdminCouponsApi:
    """Coupons, for admins."""

    create_coupon: CreatingCoupon
    list_coupons: ListingCoupons

    def endpoints(self) -> Sequence[Endpoint]:
        """Return the admins' routes about coupons."""
        return (
            Endpoint(
                method="GET",
                path="/admin/billing/coupons",
                handler=self.get_coupons,
                policy=Admin(Right.READ),
                tag="Admin: coupons",
                summary="List coupons, newest first",
                query=CursorQuery,
                response=CouponView,
                shape=Shape.LIST,
            ),
            Endpoint(
                method="POST",
                path="/admin/billing/coupons",
                handler=self.post_coupon,
                policy=Admin(Right.SELL),
                tag="Admin: coupons",
                summary="Create a coupon",
                description="For a subscription a coupon counts for the first period.",
                body=CouponBody,
                response=CouponView,
                status=201,
                refusals=(CouponCodeTaken, KeyReused),
                idempotency=Idempotency.OPTIONAL,
                example={
                    "code": "SPRING25",
                    "name": "A quarter off in spring",
                    "percent_off": 25,
                    "ends_at": "2026-06-01T00:00:00Z",
                    "max_redemptions": 500,
                },
            ),
        )

    async def get_coupons(self, request: web.Request) -> web.Response:
        """Answer a page of coupons."""
        asked = read_query(request, CursorQuery).page()
        return reply_page(await self.list_coupons(ListCoupons(page=asked)), CouponView.of, asked)

    async def post_coupon(self, request: web.Request) -> web.Response:
        """Create the coupon."""
        body = await read(request, CouponBody)
        actor = actor_of(request)
        created = await self.create_coupon(
            CreateCoupon(
                code=body.code,
                name=body.name,
                effect=body.effect,
                starts_at=body.starts_at,
                ends_at=body.ends_at,
                redemptions_max=body.max_redemptions,
                redemptions_per_account_max=body.max_redemptions_per_account,
                actor=actor,
                key=request_key(request, actor.id),
            )
        )
        return reply(CouponView.of(created.coupon), status=201, replayed=created.is_replay)
