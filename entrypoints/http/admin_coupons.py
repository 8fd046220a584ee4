"""Coupons for admins."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web
from attrs import frozen

from application.promotions.check_coupon import CheckCoupon, CheckingCoupon, CouponChecked
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
from domain.credits.errors import KeyReused
from domain.errors import InvalidField
from domain.period import Interval
from domain.promotions.errors import (
    WHY,
    CouponCodeNotFound,
    CouponCodeTaken,
    CouponNotFound,
    CouponReason,
)
from domain.promotions.ids import CouponId
from domain.promotions.redemption import Redemption, RedemptionStatus
from domain.subscriptions.errors import IntervalNotOffered, NotOnSale, PackNotFound, PlanNotFound
from domain.subscriptions.ids import PackId, PlanId
from entrypoints.http.coupon_bodies import CouponBody, CouponReplacementBody, CouponView
from entrypoints.http.endpoint import Endpoint, Idempotency, Shape
from entrypoints.http.idempotency import request_key
from entrypoints.http.paging import CursorQuery
from entrypoints.http.policy import Admin
from entrypoints.http.principal import actor_of
from entrypoints.http.purchase import CouponCode
from entrypoints.http.values import (
    AccountIdText,
    AuditReason,
    Credits,
    Currency,
    Id,
    Instant,
    PriceMinor,
    Reference,
    account_id_of,
)
from entrypoints.http.wire import path_id, read, read_query, reply, reply_page

TAG = "Admin: coupons"


@frozen(kw_only=True)
class ArchiveBody:
    """Why a coupon is put aside or taken up again, if there is anything to say."""

    reason: AuditReason | None = None


@frozen(kw_only=True)
class CheckBody:
    """Whom a coupon is to be tried for, and on what: a plan, a pack, or nothing at all.

    `code` is one of its codes, the first unless named.
    """

    account_id: AccountIdText
    code: CouponCode | None = None
    plan_id: Reference | None = None
    pack_id: Reference | None = None
    interval: Interval = Interval.MONTHLY

    def __attrs_post_init__(self) -> None:
        if self.plan_id is not None and self.pack_id is not None:
            raise InvalidField(path="pack_id", problem="does not go with plan_id")


@frozen(kw_only=True, slots=False)
class CheckView:
    """What the coupon would do, or the exact reason why it does nothing.

    `discount_periods` is null where money comes off for ever. `trial_days` is how long the trial
    would last, the plan's own considered.
    """

    code: str
    accepted: bool
    reason: CouponReason | None
    message: str | None
    discount: PriceMinor
    discount_periods: int | None
    bonus_credits: Credits
    trial_days: int

    @classmethod
    def of(cls, checked: CouponChecked) -> CheckView:
        """Return the verdict as an admin sees it."""
        benefit = checked.benefit
        return cls(
            code=checked.code,
            accepted=benefit is not None,
            reason=checked.reason,
            message=None if checked.reason is None else WHY[checked.reason],
            discount=0 if benefit is None else benefit.discount_minor,
            discount_periods=0 if benefit is None else benefit.discount_periods,
            bonus_credits=0 if benefit is None else benefit.bonus_credits,
            trial_days=0 if benefit is None else benefit.trial_days,
        )


@frozen(kw_only=True, slots=False)
class RedemptionView:
    """One use of a coupon; without an order it stood alone. Money is in minor units."""

    id: Id
    code: str
    account_id: AccountIdText
    order_id: Id | None
    status: RedemptionStatus
    discount: PriceMinor
    currency: Currency | None
    bonus_credits: Credits
    trial_days: int
    reserved_at: Instant
    settled_at: Instant | None

    @classmethod
    def of(cls, use: Redemption) -> RedemptionView:
        """Return the use as an admin sees it."""
        return cls(
            id=use.id,
            code=use.code,
            account_id=use.account_id,
            order_id=use.order_id,
            status=use.status,
            discount=use.benefit.discount_minor,
            currency=use.currency,
            bonus_credits=use.benefit.bonus_credits,
            trial_days=use.benefit.trial_days,
            reserved_at=use.reserved_at,
            settled_at=use.settled_at,
        )


@frozen(kw_only=True)
class AdminCouponsApi:
    """Coupons, for admins."""

    create_coupon: CreatingCoupon
    change_coupon: ChangingCoupon
    archive_coupon: ArchivingCoupon
    check_coupon: CheckingCoupon
    list_coupons: ListingCoupons
    read_coupon: ReadingCoupon
    list_redemptions: ListingRedemptions

    def endpoints(self) -> Sequence[Endpoint]:
        """Return the admins' routes about coupons."""
        return (*self._reading(), *self._writing(), *self._switching())

    def _reading(self) -> Sequence[Endpoint]:
        return (
            Endpoint(
                method="GET",
                path="/admin/billing/coupons",
                handler=self.get_coupons,
                policy=Admin(Right.READ),
                tag=TAG,
                summary="List coupons, newest first",
                query=CursorQuery,
                response=CouponView,
                shape=Shape.LIST,
            ),
            Endpoint(
                method="GET",
                path="/admin/billing/coupons/{id}",
                handler=self.get_coupon,
                policy=Admin(Right.READ),
                tag=TAG,
                summary="Read a coupon",
                response=CouponView,
                refusals=(CouponNotFound,),
            ),
            Endpoint(
                method="GET",
                path="/admin/billing/coupons/{id}/redemptions",
                handler=self.get_redemptions,
                policy=Admin(Right.READ),
                tag=TAG,
                summary="List the uses of a coupon, newest first",
                description="Those that were given back are listed, too.",
                query=CursorQuery,
                response=RedemptionView,
                shape=Shape.LIST,
                refusals=(CouponNotFound,),
            ),
            Endpoint(
                method="POST",
                path="/admin/billing/coupons/{id}/check",
                handler=self.post_check,
                policy=Admin(Right.READ),
                tag=TAG,
                summary="Say what a coupon would do for an account, or exactly why it does nothing",
                description="Judges by the rules of a checkout and reserves nothing.",
                body=CheckBody,
                response=CheckView,
                refusals=(
                    CouponNotFound,
                    CouponCodeNotFound,
                    PlanNotFound,
                    PackNotFound,
                    NotOnSale,
                    IntervalNotOffered,
                ),
                example={
                    "account_id": "user-1042",
                    "plan_id": "019a8b1c-7d52-7c4e-9a53-0e2f4c6a8b10",
                },
            ),
        )

    def _writing(self) -> Sequence[Endpoint]:
        return (
            Endpoint(
                method="POST",
                path="/admin/billing/coupons",
                handler=self.post_coupon,
                policy=Admin(Right.SELL),
                tag=TAG,
                summary="Create a coupon",
                description="Its code is the first of its codes; more can be made up later.",
                body=CouponBody,
                response=CouponView,
                status=201,
                refusals=(CouponCodeTaken, KeyReused),
                idempotency=Idempotency.OPTIONAL,
                example={"code": "SPRING25", **_EXAMPLE},
            ),
            Endpoint(
                method="PUT",
                path="/admin/billing/coupons/{id}",
                handler=self.put_coupon,
                policy=Admin(Right.SELL),
                tag=TAG,
                summary="Replace a coupon's terms",
                description=(
                    "Replaces the whole; what is left out takes its default. Its codes stay, and "
                    "checkouts that are open keep what they were promised. `max_redemptions` "
                    "cannot fall below what is taken."
                ),
                body=CouponReplacementBody,
                response=CouponView,
                refusals=(CouponNotFound,),
                example={**_EXAMPLE, "max_redemptions": 800, "reason": "It sells well"},
            ),
        )

    def _switching(self) -> Sequence[Endpoint]:
        return (
            Endpoint(
                method="POST",
                path="/admin/billing/coupons/{id}/archive",
                handler=self.post_archive,
                policy=Admin(Right.SELL),
                tag=TAG,
                summary="Put a coupon aside",
                description="It counts for nothing new; what was promised stays promised.",
                body=ArchiveBody,
                response=CouponView,
                refusals=(CouponNotFound,),
                example={"reason": "The campaign is over"},
            ),
            Endpoint(
                method="POST",
                path="/admin/billing/coupons/{id}/unarchive",
                handler=self.post_unarchive,
                policy=Admin(Right.SELL),
                tag=TAG,
                summary="Take up a coupon again",
                body=ArchiveBody,
                response=CouponView,
                refusals=(CouponNotFound,),
                example={"reason": "The campaign goes on"},
            ),
        )

    async def get_coupons(self, request: web.Request) -> web.Response:
        """Answer a page of coupons."""
        asked = read_query(request, CursorQuery).page()
        return reply_page(await self.list_coupons(ListCoupons(page=asked)), CouponView.of, asked)

    async def get_coupon(self, request: web.Request) -> web.Response:
        """Answer a coupon."""
        coupon = await self.read_coupon(ReadCoupon(coupon_id=coupon_of(request)))
        return reply(CouponView.of(coupon))

    async def get_redemptions(self, request: web.Request) -> web.Response:
        """Answer a page of a coupon's uses."""
        asked = read_query(request, CursorQuery).page()
        wish = ListRedemptions(coupon_id=coupon_of(request), page=asked)
        return reply_page(await self.list_redemptions(wish), RedemptionView.of, asked)

    async def post_check(self, request: web.Request) -> web.Response:
        """Answer what the coupon would do."""
        coupon_id = coupon_of(request)
        body = await read(request, CheckBody)
        checked = await self.check_coupon(
            CheckCoupon(
                coupon_id=coupon_id,
                account_id=account_id_of(body.account_id),
                code=body.code,
                plan_id=None if body.plan_id is None else PlanId(body.plan_id),
                pack_id=None if body.pack_id is None else PackId(body.pack_id),
                interval=body.interval,
            )
        )
        return reply(CheckView.of(checked))

    async def post_coupon(self, request: web.Request) -> web.Response:
        """Create the coupon."""
        body = await read(request, CouponBody)
        actor = actor_of(request)
        created = await self.create_coupon(
            CreateCoupon(
                code=body.code,
                terms=body.terms,
                actor=actor,
                key=request_key(request, actor.id),
            )
        )
        return reply(CouponView.of(created.coupon), status=201, replayed=created.is_replay)

    async def put_coupon(self, request: web.Request) -> web.Response:
        """Replace the terms."""
        coupon_id = coupon_of(request)
        body = await read(request, CouponReplacementBody)
        changed = await self.change_coupon(
            ChangeCoupon(
                coupon_id=coupon_id,
                terms=body.terms,
                actor=actor_of(request),
                reason=body.reason or "",
            )
        )
        return reply(CouponView.of(changed))

    async def post_archive(self, request: web.Request) -> web.Response:
        """Put the coupon aside."""
        return await self._archived(request, is_archived=True)

    async def post_unarchive(self, request: web.Request) -> web.Response:
        """Take the coupon up again."""
        return await self._archived(request, is_archived=False)

    async def _archived(self, request: web.Request, *, is_archived: bool) -> web.Response:
        coupon_id = coupon_of(request)
        body = await read(request, ArchiveBody)
        coupon = await self.archive_coupon(
            ArchiveCoupon(
                coupon_id=coupon_id,
                is_archived=is_archived,
                actor=actor_of(request),
                reason=body.reason or "",
            )
        )
        return reply(CouponView.of(coupon))


def coupon_of(request: web.Request) -> CouponId:
    """Return the coupon that a path names. Raises CouponNotFound for what cannot be an id."""
    return CouponId(path_id(request, lambda given: CouponNotFound(coupon_id=CouponId(given))))


_EXAMPLE = {
    "name": "A quarter off in spring",
    "percent_off": 25,
    "duration": "periods",
    "periods": 3,
    "ends_at": "2026-06-01T00:00:00Z",
    "max_redemptions": 500,
    "minimum_amounts": [{"amount": 500, "currency": "USD"}],
}
