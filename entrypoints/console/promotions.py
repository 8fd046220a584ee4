"""Coupons: what they do, and creating one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aiohttp import web
from attrs import frozen

from application.promotions.publish_coupon import (
    CreateCoupon,
    CreatingCoupon,
    ListCoupons,
    ListingCoupons,
)
from domain.access.role import Right
from domain.errors import BillingError, InvalidField
from entrypoints.console.forms import Filled, Given, Reading, refused
from entrypoints.console.lists import page_of
from entrypoints.console.page import Page, Visit
from entrypoints.http.admin_coupons import CouponBody, CouponView

_COUPON = (
    "code",
    "name",
    "effect",
    "percent_off",
    "amount_off",
    "currency",
    "bonus_credits",
    "starts_at",
    "ends_at",
    "max_redemptions",
    "max_redemptions_per_account",
)
_EFFECTS = ("percent_off", "amount_off", "bonus_credits")


@frozen(kw_only=True)
class CouponPages:
    """Coupons; `currency_default` is what a new one's form begins with."""

    list_coupons: ListingCoupons
    create_coupon: CreatingCoupon
    currency_default: str

    def pages(self) -> Sequence[Page]:
        """Return the list and the form."""
        new = "/coupon/new"
        return (
            Page(method="GET", path="/coupons", handler=self.get_coupons, right=Right.READ),
            Page(method="GET", path=new, handler=self.get_new, right=Right.SELL),
            Page(method="POST", path=new, handler=self.post_new, right=Right.SELL),
        )

    async def get_coupons(self, visit: Visit) -> web.Response:
        """Show the coupons, newest first."""
        page = await self.list_coupons(ListCoupons(page=page_of(visit)))
        coupons = [CouponView.of(coupon) for coupon in page.items]
        may_sell = visit.may(Right.SELL)
        return visit.shown("coupons.html", page=page, coupons=coupons, may_sell=may_sell)

    async def get_new(self, visit: Visit) -> web.Response:
        """Ask what the new coupon is to do."""
        begin = {
            "effect": "percent_off",
            "currency": self.currency_default,
            "max_redemptions_per_account": "1",
        }
        return self._form(visit, Filled(values=begin))

    async def post_new(self, visit: Visit) -> web.Response:
        """Create the coupon."""
        given = await visit.given()
        try:
            body = _coupon_body(given)
            await self.create_coupon(
                CreateCoupon(
                    code=body.code,
                    name=body.name,
                    effect=body.effect,
                    starts_at=body.starts_at,
                    ends_at=body.ends_at,
                    redemptions_max=body.max_redemptions,
                    redemptions_per_account_max=body.max_redemptions_per_account,
                    actor=visit.actor,
                    key=visit.key(given),
                )
            )
        except BillingError as refusal:
            return self._form(visit, refused(given, refusal, fields=_COUPON), 400)
        return visit.go("/coupons", notice="coupon-created")

    def _form(self, visit: Visit, form: Filled, status: int = 200) -> web.Response:
        return visit.shown("coupon.html", status=status, form=form)


def _coupon_body(given: Given) -> CouponBody:
    reading, effect = Reading(given), given.text("effect")
    if effect not in _EFFECTS:
        raise InvalidField(path="effect", problem="choose what the coupon does")
    currency = reading.text("currency") if effect == "amount_off" else None
    amounts: Mapping[str, object] = {
        "percent_off": reading.whole("percent_off"),
        "amount_off": reading.minor("amount_off", currency),
        "bonus_credits": reading.whole("bonus_credits"),
    }
    if amounts[effect] is None and effect not in {each.path for each in reading.problems}:
        raise InvalidField(path=effect, problem="is required")
    return reading.body(
        CouponBody,
        {
            "code": reading.text("code"),
            "name": reading.text("name"),
            effect: amounts[effect],
            "currency": None if currency is None else currency.upper(),
            "starts_at": reading.instant("starts_at"),
            "ends_at": reading.instant("ends_at"),
            "max_redemptions": reading.whole("max_redemptions"),
        },
        nullable={
            "max_redemptions_per_account": reading.whole("max_redemptions_per_account"),
        },
    )
