"""The codes of a coupon: made up in bulk, listed, sent as a file, switched off."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web
from attrs import frozen

from application.promotions.make_codes import (
    DisableCode,
    DisablingCode,
    MakeCodes,
    MakingCodes,
)
from application.promotions.read_coupons import (
    ListCodes,
    ListingCodes,
    ReadCoupon,
    ReadingCoupon,
)
from domain.access.role import Right
from domain.errors import BillingError
from domain.promotions.coupon import Coupon
from domain.promotions.coupon_code import CodeState
from entrypoints.console.coupons import coupon_id_of
from entrypoints.console.forms import Filled, Reading, refused
from entrypoints.console.lists import choice_of, filters_of, page_of
from entrypoints.console.page import Page, Visit
from entrypoints.http.admin_coupon_codes import MakeCodesBody
from entrypoints.http.coupon_codes_file import CouponCodesFile

_FILTERS = ("id", "state", "batch")
_FIELDS = ("count", "prefix", "max_redemptions")
_NEW = Filled(values={"count": "100", "max_redemptions": "1"})


@frozen(kw_only=True)
class CouponCodePages:
    """The codes of one coupon."""

    read_coupon: ReadingCoupon
    list_codes: ListingCodes
    make_codes: MakingCodes
    disable_code: DisablingCode
    codes_file: CouponCodesFile

    def pages(self) -> Sequence[Page]:
        """Return the list with its form, the file, and the switch."""
        every = "/coupon/codes"
        return (
            Page(method="GET", path=every, handler=self.get_codes, right=Right.READ),
            Page(method="POST", path=every, handler=self.post_codes, right=Right.SELL),
            Page(method="GET", path="/coupon/file", handler=self.get_file, right=Right.READ),
            Page(method="POST", path="/coupon/code", handler=self.post_switch, right=Right.SELL),
        )

    async def get_codes(self, visit: Visit) -> web.Response:
        """Show a page of codes, and the form that makes more."""
        return await self._codes(visit, await self._found(visit), _NEW)

    async def post_codes(self, visit: Visit) -> web.Response:
        """Make the codes up."""
        given, coupon = await visit.given(), await self._found(visit)
        reading = Reading(given)
        try:
            values = {"count": reading.whole("count"), "prefix": reading.text("prefix")}
            most = reading.whole("max_redemptions")
            body = reading.body(MakeCodesBody, values, nullable={"max_redemptions": most})
            made = await self.make_codes(
                MakeCodes(
                    coupon_id=coupon.id,
                    count=body.count,
                    prefix=body.prefix,
                    redemptions_max=body.max_redemptions,
                    actor=visit.actor,
                    key=visit.key(given),
                )
            )
        except BillingError as refusal:
            form = refused(given, refusal, fields=_FIELDS)
            return await self._codes(visit, coupon, form, 400)
        return visit.go("/coupon/codes", notice="codes-made", id=coupon.id, batch=made.batch)

    async def get_file(self, visit: Visit) -> web.StreamResponse:
        """Send every code, or those of a batch or state, as the list shows them."""
        return await self.codes_file.send(
            visit.request,
            coupon_id_of(visit),
            batch=visit.query.get("batch") or None,
            state=choice_of(visit, "state", CodeState),
        )

    async def post_switch(self, visit: Visit) -> web.Response:
        """Switch a code off, or on again: whichever the button says."""
        given, coupon = await visit.given(), await self._found(visit)
        is_disabled = given.text("disabled") == "yes"
        await self.disable_code(
            DisableCode(
                coupon_id=coupon.id,
                code=given.text("code"),
                is_disabled=is_disabled,
                actor=visit.actor,
            )
        )
        notice = "code-off" if is_disabled else "code-on"
        return visit.go("/coupon/codes", notice=notice, id=coupon.id)

    async def _found(self, visit: Visit) -> Coupon:
        return await self.read_coupon(ReadCoupon(coupon_id=coupon_id_of(visit)))

    async def _codes(
        self, visit: Visit, coupon: Coupon, form: Filled, status: int = 200
    ) -> web.Response:
        page = await self.list_codes(
            ListCodes(
                coupon_id=coupon.id,
                page=page_of(visit),
                batch=visit.query.get("batch") or None,
                state=choice_of(visit, "state", CodeState),
            )
        )
        return visit.shown(
            "coupon-codes.html",
            status=status,
            coupon=coupon,
            page=page,
            form=form,
            filters=filters_of(visit, *_FILTERS),
            states=CodeState,
            may_sell=visit.may(Right.SELL),
        )
