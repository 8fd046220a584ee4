"""Promotions: what a coupon would do."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web
from attrs import frozen

from application.promotions.preview_coupon import (
    CouponPreviewed,
    PreviewCoupon,
    PreviewingCoupon,
)
from domain.access.role import Scope
from domain.promotions.errors import CouponRefused
from domain.subscriptions.errors import (
    IntervalNotOffered,
    NotOnSale,
    PackNotFound,
    PlanNotFound,
)
from entrypoints.http.endpoint import Endpoint
from entrypoints.http.policy import AccountHolder
from entrypoints.http.principal import account_of
from entrypoints.http.purchase import CouponCode, PurchaseBody
from entrypoints.http.values import Credits, Currency, PriceMinor
from entrypoints.http.wire import read, reply


@frozen(kw_only=True)
class PreviewBody(PurchaseBody):
    """A purchase, and the code to try on it."""

    coupon_code: CouponCode


@frozen(kw_only=True, slots=False)
class PreviewView:
    """The purchase with the code: money in minor units before tax, and credits on top."""

    coupon_code: str
    subtotal: PriceMinor
    discount: PriceMinor
    total: PriceMinor
    currency: Currency
    credits: Credits
    bonus_credits: Credits

    @classmethod
    def of(cls, previewed: CouponPreviewed) -> PreviewView:
        """Return the preview as it is shown."""
        return cls(
            coupon_code=previewed.coupon_code,
            subtotal=previewed.line.price_minor,
            discount=previewed.discount_minor,
            total=previewed.total_minor,
            currency=previewed.line.currency,
            credits=previewed.line.credits,
            bonus_credits=previewed.bonus_credits,
        )


@frozen(kw_only=True)
class PromotionsApi:
    """Coupons, for accounts and the product's backend."""

    preview_coupon: PreviewingCoupon

    def endpoints(self) -> Sequence[Endpoint]:
        """Return the routes about promotions."""
        return (
            Endpoint(
                method="POST",
                path="/coupons/preview",
                handler=self.post_preview,
                policy=AccountHolder(Scope.CHECKOUT_CREATE),
                tag="Coupons",
                summary="Preview a coupon",
                description=(
                    "Judges the code by the rules of a checkout and reserves nothing. What the "
                    "code cannot do is a `coupon_refused` with its reason."
                ),
                body=PreviewBody,
                response=PreviewView,
                refusals=(
                    CouponRefused,
                    PlanNotFound,
                    PackNotFound,
                    NotOnSale,
                    IntervalNotOffered,
                ),
                example={
                    "coupon_code": "SPRING25",
                    "type": "subscription",
                    "plan_id": "019a8b1c-7d52-7c4e-9a53-0e2f4c6a8b10",
                    "interval": "monthly",
                },
            ),
        )

    async def post_preview(self, request: web.Request) -> web.Response:
        """Answer what the code would do."""
        body = await read(request, PreviewBody)
        previewed = await self.preview_coupon(
            PreviewCoupon(
                account_id=account_of(request, body.account_id),
                coupon_code=body.coupon_code,
                type=body.type,
                item=body.item,
                interval=body.chosen_interval,
            )
        )
        return reply(PreviewView.of(previewed))
