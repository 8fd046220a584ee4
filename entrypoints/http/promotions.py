"""Promotions: the daily check-in, and what a coupon would do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from aiohttp import web
from attrs import frozen
from msgspec import Meta

from application.access.keep_account import NotingProfile
from application.promotions.check_in import CheckedIn, CheckingIn, CheckInToday
from application.promotions.preview_coupon import (
    CouponPreviewed,
    PreviewCoupon,
    PreviewingCoupon,
)
from application.promotions.read_check_in import CheckInRead, ReadCheckIn, ReadingCheckIn
from domain.access.role import Scope
from domain.credits.errors import BalanceTooLarge, KeyReused
from domain.promotions.errors import AlreadyCheckedIn, CheckInDisabled, CouponRefused
from domain.subscriptions.errors import (
    IntervalNotOffered,
    NotOnSale,
    PackNotFound,
    PlanNotFound,
)
from entrypoints.http.endpoint import Endpoint, Idempotency
from entrypoints.http.idempotency import request_key
from entrypoints.http.policy import AccountHolder
from entrypoints.http.principal import account_of
from entrypoints.http.profile import note_claims
from entrypoints.http.purchase import CouponCode, PurchaseBody
from entrypoints.http.values import (
    AccountIdText,
    Amount,
    Balance,
    Credits,
    Currency,
    Day,
    Id,
    Instant,
    PriceMinor,
)
from entrypoints.http.wire import read, reply

Streak = Annotated[int, Meta(ge=0, description="How many days in a row.")]
ZoneName = Annotated[
    str, Meta(description="The IANA time zone a day is counted in.", examples=["Europe/Berlin"])
]


@frozen(kw_only=True)
class CheckInBody:
    """Nothing at all for a user; a backend names the account."""

    account_id: AccountIdText | None = None


@frozen(kw_only=True, slots=False)
class CheckInView:
    """A check-in: what it earned, and what the next one earns from when on."""

    award: Amount
    streak: Streak
    day: Day
    balance: Balance
    grant_id: Id
    next_at: Instant
    next_award: Amount

    @classmethod
    def of(cls, made: CheckedIn) -> CheckInView:
        """Return the check-in as it is shown."""
        return cls(
            award=made.check_in.award,
            streak=made.check_in.streak,
            day=made.check_in.day,
            balance=made.balance,
            grant_id=made.check_in.grant_id,
            next_at=made.standing.next_at,
            next_award=made.standing.next_award,
        )


@frozen(kw_only=True, slots=False)
class CheckInStatusView:
    """Where an account stands today; `next_at` is now if it can check in."""

    enabled: bool
    checked_in_today: bool
    can_check_in: bool
    streak: Streak
    next_award: Amount
    next_at: Instant
    zone: ZoneName
    day: Day

    @classmethod
    def of(cls, read: CheckInRead) -> CheckInStatusView:
        """Return the standing as it is shown."""
        return cls(
            enabled=read.is_enabled,
            checked_in_today=read.is_done_today,
            can_check_in=read.is_enabled and read.standing.is_open,
            streak=read.standing.streak,
            next_award=read.standing.next_award,
            next_at=read.standing.next_at,
            zone=read.zone,
            day=read.standing.day,
        )


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
    """Check-ins and coupons, for accounts and the product's backend."""

    check_in: CheckingIn
    read_check_in: ReadingCheckIn
    preview_coupon: PreviewingCoupon
    note_profile: NotingProfile

    def endpoints(self) -> Sequence[Endpoint]:
        """Return the routes about promotions."""
        return (
            Endpoint(
                method="POST",
                path="/checkin",
                handler=self.post_check_in,
                policy=AccountHolder(Scope.CHECKIN_CREATE),
                tag="Check-in",
                summary="Check in today",
                description=(
                    "Awards the day's credits, once an account and local day. The day begins by "
                    "the account's own zone, else by the configured one."
                ),
                body=CheckInBody,
                response=CheckInView,
                refusals=(AlreadyCheckedIn, CheckInDisabled, BalanceTooLarge, KeyReused),
                idempotency=Idempotency.OPTIONAL,
                example={},
            ),
            Endpoint(
                method="GET",
                path="/checkin/status",
                handler=self.get_status,
                policy=AccountHolder(Scope.CHECKIN_CREATE),
                tag="Check-in",
                summary="Read where the check-in stands",
                response=CheckInStatusView,
            ),
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

    async def post_check_in(self, request: web.Request) -> web.Response:
        """Check the account in."""
        body = await read(request, CheckInBody)
        account_id = account_of(request, body.account_id)
        key = request_key(request, account_id)
        await note_claims(request, self.note_profile)
        made = await self.check_in(CheckInToday(account_id=account_id, key=key))
        return reply(CheckInView.of(made), replayed=made.is_replay)

    async def get_status(self, request: web.Request) -> web.Response:
        """Answer whether the account can check in, and when else."""
        standing = await self.read_check_in(ReadCheckIn(account_id=account_of(request)))
        return reply(CheckInStatusView.of(standing))

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
