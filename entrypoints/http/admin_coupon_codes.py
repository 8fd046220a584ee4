"""The codes of coupons, for admins: made up in bulk, listed, switched off."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from aiohttp import web
from attrs import frozen
from msgspec import Meta

from application.promotions.make_codes import (
    CodesMade,
    DisableCode,
    DisablingCode,
    MakeCodes,
    MakingCodes,
)
from application.promotions.read_coupons import ListCodes, ListingCodes
from domain.access.role import Right
from domain.credits.errors import KeyReused
from domain.promotions.coupon_code import (
    CODES_AT_ONCE_MAX,
    PREFIX_LENGTH_MAX,
    CodeState,
    CouponCode,
)
from domain.promotions.errors import CouponCodeNotFound, CouponNotFound
from domain.promotions.ids import CouponId
from entrypoints.http.admin_coupons import TAG, coupon_of
from entrypoints.http.coupon_bodies import Uses
from entrypoints.http.coupon_codes_file import COLUMNS, CouponCodesFile
from entrypoints.http.endpoint import Endpoint, Idempotency, Shape
from entrypoints.http.idempotency import request_key
from entrypoints.http.paging import CursorQuery
from entrypoints.http.policy import Admin
from entrypoints.http.principal import actor_of
from entrypoints.http.values import AuditReason, Id, Instant, Reference
from entrypoints.http.wire import read, read_query, reply, reply_page

Count = Annotated[int, Meta(ge=1, le=CODES_AT_ONCE_MAX, description="How many codes.")]
Prefix = Annotated[
    str,
    Meta(
        max_length=PREFIX_LENGTH_MAX,
        description="How every code begins: A-Z, 0-9, - and _; empty for nothing.",
        examples=["VIP"],
    ),
]


@frozen(kw_only=True)
class MakeCodesBody:
    """How many codes are to be made up, how they begin, and how often each may be used."""

    count: Count
    prefix: Prefix = ""
    max_redemptions: Uses | None = 1


@frozen(kw_only=True, slots=False)
class CodesMadeView:
    """The codes are listed, and sent as a file, under their `batch`."""

    batch: Id
    prefix: str
    count: int

    @classmethod
    def of(cls, made: CodesMade) -> CodesMadeView:
        """Return what was made as an admin sees it."""
        return cls(batch=made.batch, prefix=made.prefix, count=made.count)


@frozen(kw_only=True)
class CodesQuery(CursorQuery):
    """Which codes of a coupon."""

    batch: Reference | None = None
    state: CodeState | None = None


@frozen(kw_only=True)
class CodesFileQuery:
    """Which codes of a coupon the file has: all of them, unless said."""

    batch: Reference | None = None
    state: CodeState | None = None


@frozen(kw_only=True)
class DisableBody:
    """Which code, and why."""

    code: Annotated[str, Meta(min_length=1, max_length=64)]
    reason: AuditReason | None = None


@frozen(kw_only=True, slots=False)
class CodeView:
    """A code, with how often it has been used, open checkouts included."""

    code: str
    state: CodeState
    redeemed: int
    max_redemptions: Uses | None
    batch: Id | None
    created_at: Instant

    @classmethod
    def of(cls, code: CouponCode) -> CodeView:
        """Return the code as an admin sees it."""
        return cls(
            code=code.code,
            state=code.state,
            redeemed=code.taken,
            max_redemptions=code.redemptions_max,
            batch=code.batch,
            created_at=code.created_at,
        )


@frozen(kw_only=True)
class AdminCouponCodesApi:
    """The codes of coupons, for admins."""

    make_codes: MakingCodes
    disable_code: DisablingCode
    list_codes: ListingCodes
    codes_file: CouponCodesFile

    def endpoints(self) -> Sequence[Endpoint]:
        """Return the admins' routes about codes."""
        return (*self._making(), self._file(), *self._switching())

    def _making(self) -> Sequence[Endpoint]:
        return (
            Endpoint(
                method="POST",
                path="/admin/billing/coupons/{id}/codes",
                handler=self.post_codes,
                policy=Admin(Right.SELL),
                tag=TAG,
                summary="Make up codes for a coupon",
                description=(
                    "All of them or none. Each ends in 16 characters of chance (79 bits), none of "
                    "which is mistaken for another; case, spaces and dashes do not matter when it "
                    "is typed."
                ),
                body=MakeCodesBody,
                response=CodesMadeView,
                status=201,
                refusals=(CouponNotFound, KeyReused),
                idempotency=Idempotency.OPTIONAL,
                example={"count": 500, "prefix": "VIP"},
            ),
            Endpoint(
                method="GET",
                path="/admin/billing/coupons/{id}/codes",
                handler=self.get_codes,
                policy=Admin(Right.READ),
                tag=TAG,
                summary="List the codes of a coupon, in the order they were made",
                query=CodesQuery,
                response=CodeView,
                shape=Shape.LIST,
                refusals=(CouponNotFound,),
            ),
        )

    def _file(self) -> Endpoint:
        return Endpoint(
            method="GET",
            path="/admin/billing/coupons/{id}/codes.csv",
            handler=self.get_file,
            policy=Admin(Right.READ),
            tag=TAG,
            summary="Read the codes of a coupon as a CSV file",
            description=(
                "However many there are, in the order they were made: the rows are sent as they "
                f"are read. Its columns are {', '.join(COLUMNS)}."
            ),
            query=CodesFileQuery,
            shape=Shape.CSV,
            refusals=(CouponNotFound,),
        )

    def _switching(self) -> Sequence[Endpoint]:
        return (
            Endpoint(
                method="POST",
                path="/admin/billing/coupons/{id}/codes/disable",
                handler=self.post_disable,
                policy=Admin(Right.SELL),
                tag=TAG,
                summary="Switch a code off",
                description="It counts for nothing new; what was promised stays promised.",
                body=DisableBody,
                response=CodeView,
                refusals=(CouponNotFound, CouponCodeNotFound),
                example={"code": "VIP-VDVF-Z4TY-8CM6-XV4J", "reason": "It was posted in public"},
            ),
            Endpoint(
                method="POST",
                path="/admin/billing/coupons/{id}/codes/enable",
                handler=self.post_enable,
                policy=Admin(Right.SELL),
                tag=TAG,
                summary="Switch a code on again",
                body=DisableBody,
                response=CodeView,
                refusals=(CouponNotFound, CouponCodeNotFound),
                example={"code": "VIP-VDVF-Z4TY-8CM6-XV4J"},
            ),
        )

    async def post_codes(self, request: web.Request) -> web.Response:
        """Make the codes up."""
        coupon_id = coupon_of(request)
        body = await read(request, MakeCodesBody)
        actor = actor_of(request)
        made = await self.make_codes(
            MakeCodes(
                coupon_id=coupon_id,
                count=body.count,
                prefix=body.prefix,
                redemptions_max=body.max_redemptions,
                actor=actor,
                key=request_key(request, actor.id),
            )
        )
        return reply(CodesMadeView.of(made), status=201, replayed=made.is_replay)

    async def get_codes(self, request: web.Request) -> web.Response:
        """Answer a page of codes."""
        coupon_id = coupon_of(request)
        query = read_query(request, CodesQuery)
        asked = query.page()
        wish = ListCodes(coupon_id=coupon_id, page=asked, batch=query.batch, state=query.state)
        return reply_page(await self.list_codes(wish), CodeView.of, asked)

    async def get_file(self, request: web.Request) -> web.StreamResponse:
        """Send the codes as a file."""
        coupon_id = coupon_of(request)
        query = read_query(request, CodesFileQuery)
        return await self.codes_file.send(request, coupon_id, batch=query.batch, state=query.state)

    async def post_disable(self, request: web.Request) -> web.Response:
        """Switch the code off."""
        return await self._switched(request, is_disabled=True)

    async def post_enable(self, request: web.Request) -> web.Response:
        """Switch the code on."""
        return await self._switched(request, is_disabled=False)

    async def _switched(self, request: web.Request, *, is_disabled: bool) -> web.Response:
        coupon_id: CouponId = coupon_of(request)
        body = await read(request, DisableBody)
        code = await self.disable_code(
            DisableCode(
                coupon_id=coupon_id,
                code=body.code,
                is_disabled=is_disabled,
                actor=actor_of(request),
                reason=body.reason or "",
            )
        )
        return reply(CodeView.of(code))
