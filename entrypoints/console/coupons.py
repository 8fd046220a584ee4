"""Coupons: listed, created, changed, put aside, and who has used them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from aiohttp import web
from attrs import frozen

from application.ports.system import Clock
from application.promotions.publish_coupon import (
    ArchiveCoupon,
    ArchivingCoupon,
    ChangeCoupon,
    ChangingCoupon,
    CreateCoupon,
    CreatingCoupon,
)
from application.promotions.read_coupons import (
    ListCoupons,
    ListingCoupons,
    ListingRedemptions,
    ListRedemptions,
    ReadCoupon,
    ReadingCoupon,
)
from domain.access.role import Right
from domain.errors import BillingError
from domain.promotions.coupon import Coupon
from domain.promotions.errors import CouponNotFound
from domain.promotions.ids import CouponId
from entrypoints.console.coupon_form import CHOICES, FIELDS, ITEMS, NEW, body_of, values_of
from entrypoints.console.forms import Filled, reason_of, refused
from entrypoints.console.ids import id_of
from entrypoints.console.lists import page_of
from entrypoints.console.page import Page, Visit
from entrypoints.console.shelf import Shelf
from entrypoints.http.coupon_bodies import CouponBody, CouponReplacementBody, CouponView


@frozen(kw_only=True)
class CouponPages:
    """Coupons and their uses."""

    list_coupons: ListingCoupons
    read_coupon: ReadingCoupon
    create_coupon: CreatingCoupon
    change_coupon: ChangingCoupon
    archive_coupon: ArchivingCoupon
    list_redemptions: ListingRedemptions
    shelf: Shelf
    clock: Clock

    def pages(self) -> Sequence[Page]:
        """Return the list, one coupon with its uses, and its forms."""
        one, new, edit = "/coupon", "/coupon/new", "/coupon/edit"
        return (
            Page(method="GET", path="/coupons", handler=self.get_coupons, right=Right.READ),
            Page(method="GET", path=new, handler=self.get_new, right=Right.SELL),
            Page(method="POST", path=new, handler=self.post_new, right=Right.SELL),
            Page(method="GET", path=one, handler=self.get_coupon, right=Right.READ),
            Page(method="POST", path=one, handler=self.post_archive, right=Right.SELL),
            Page(method="GET", path=edit, handler=self.get_edit, right=Right.SELL),
            Page(method="POST", path=edit, handler=self.post_edit, right=Right.SELL),
        )

    async def get_coupons(self, visit: Visit) -> web.Response:
        """Show the coupons, newest first."""
        page = await self.list_coupons(ListCoupons(page=page_of(visit)))
        now = self.clock()
        coupons = [(CouponView.of(each), standing_of(each, now)) for each in page.items]
        may_sell = visit.may(Right.SELL)
        return visit.shown("coupons.html", page=page, coupons=coupons, may_sell=may_sell)

    async def get_coupon(self, visit: Visit) -> web.Response:
        """Show one coupon with its uses."""
        return await self._coupon(visit, await self._found(visit), Filled(values={}))

    async def get_new(self, visit: Visit) -> web.Response:
        """Ask what the new coupon is to do."""
        return await self._form(visit, Filled(values=NEW), None)

    async def post_new(self, visit: Visit) -> web.Response:
        """Create the coupon."""
        given = await visit.given()
        try:
            body = body_of(CouponBody, given, ("code",))
            command = CreateCoupon(
                code=body.code, terms=body.terms, actor=visit.actor, key=visit.key(given)
            )
            created = await self.create_coupon(command)
        except BillingError as refusal:
            return await self._form(visit, refused(given, refusal, fields=FIELDS), None, 400)
        return visit.go("/coupon", notice="coupon-created", id=created.coupon.id)

    async def get_edit(self, visit: Visit) -> web.Response:
        """Show the terms in their form."""
        coupon = await self._found(visit)
        chosen = {ITEMS: coupon.terms.item_ids}
        return await self._form(visit, Filled(values=values_of(coupon), chosen=chosen), coupon)

    async def post_edit(self, visit: Visit) -> web.Response:
        """Replace the terms."""
        given, coupon = await visit.given(), await self._found(visit)
        try:
            body = body_of(CouponReplacementBody, given, ("reason",))
            await self.change_coupon(
                ChangeCoupon(
                    coupon_id=coupon.id,
                    terms=body.terms,
                    actor=visit.actor,
                    reason=body.reason or "",
                )
            )
        except BillingError as refusal:
            return await self._form(visit, refused(given, refusal, fields=FIELDS), coupon, 400)
        return visit.go("/coupon", notice="coupon-saved", id=coupon.id)

    async def post_archive(self, visit: Visit) -> web.Response:
        """Put the coupon aside, or take it up again: whichever the button says."""
        given, coupon = await visit.given(), await self._found(visit)
        is_archived = given.text("archived") == "yes"
        try:
            await self.archive_coupon(
                ArchiveCoupon(
                    coupon_id=coupon.id,
                    is_archived=is_archived,
                    actor=visit.actor,
                    reason=reason_of(given),
                )
            )
        except BillingError as refusal:
            form = refused(given, refusal, fields=("reason",))
            return await self._coupon(visit, coupon, form, 400)
        notice = "coupon-archived" if is_archived else "coupon-unarchived"
        return visit.go("/coupon", notice=notice, id=coupon.id)

    async def _found(self, visit: Visit) -> Coupon:
        return await self.read_coupon(ReadCoupon(coupon_id=coupon_id_of(visit)))

    async def _form(
        self, visit: Visit, form: Filled, coupon: Coupon | None, status: int = 200
    ) -> web.Response:
        return visit.shown(
            "coupon-form.html",
            status=status,
            form=form,
            coupon=coupon,
            choices=CHOICES,
            items=await self.shelf.items(form.chosen.get(ITEMS, ())),
        )

    async def _coupon(
        self, visit: Visit, coupon: Coupon, form: Filled, status: int = 200
    ) -> web.Response:
        uses = await self.list_redemptions(
            ListRedemptions(coupon_id=coupon.id, page=page_of(visit))
        )
        items = {item.id: item for item in await self.shelf.items(coupon.terms.item_ids)}
        return visit.shown(
            "coupon.html",
            status=status,
            coupon=CouponView.of(coupon),
            standing=standing_of(coupon, self.clock()),
            items=[items[each] for each in coupon.terms.item_ids],
            uses=uses,
            form=form,
            may_sell=visit.may(Right.SELL),
        )


def standing_of(coupon: Coupon, now: datetime) -> str:
    """Say why nobody can use a coupon at an instant, in a word, or nothing where they may."""
    terms = coupon.terms
    if coupon.is_archived:
        return "Archived"
    if terms.ends_at is not None and terms.ends_at <= now:
        return "Ended"
    if terms.redemptions_max is not None and coupon.taken >= terms.redemptions_max:
        return "Used up"
    if terms.starts_at is not None and now < terms.starts_at:
        return "Not begun"
    return ""


def coupon_id_of(visit: Visit) -> CouponId:
    """Return the coupon that the address names. Raises CouponNotFound."""
    return CouponId(id_of(visit, lambda given: CouponNotFound(coupon_id=CouponId(given))))
