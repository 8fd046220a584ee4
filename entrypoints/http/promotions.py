"""Promotions: what a coupon would do, and codes that give credits by themselves."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web
from attrs import frozen

from application.promotions.preview_coupon import (
    CouponPreviewed,
    PreviewCoupon,
    PreviewingCoupon,
)
from application.promotions.redeem_code import RedeemCode, RedeemingCode
from domain.access.role import Scope
from domain.credits.errors import BalanceTooLarge, KeyReused
from domain.promotions.errors import CouponRefused
from domain.promotions.redemption import Redemption
from domain.subscriptions.errors import (
    IntervalNotOffered,
    NotOnSale,
    PackNotFound,
    PlanNotFound,
)
from entrypoints.http.endpoint import Endpoint, Idempotency
from entrypoints.http.guesses import Guesses
from entrypoints.http.idempotency import request_key
from entrypoints.http.lots import ScopeEntries
from entrypoints.http.policy import AccountHolder
from entrypoints.http.principal import account_of
from entrypoints.http.purchase import CouponCode, CreditCodes, PurchaseBody
from entrypoints.http.refusals import TooManyGuesses
from entrypoints.http.values import AccountIdText, Credits, Currency, Id, Instant, PriceMinor
from entrypoints.http.wire import read, reply


@frozen(kw_only=True)
class PreviewBody(PurchaseBody):
    """A purchase, and the code to try on it."""

    coupon_code: CouponCode
    credit_codes: CreditCodes = ()


@frozen(kw_only=True, slots=False)
class PreviewView:
    """The purchase with the codes: money in minor units before tax, and credits on top.

    `discount_periods` says for how many periods the discount counts, null for ever. With
    `trial_days` nothing is collected before these are over: `total` is the first payment then.
    """

    coupon_code: str
    credit_codes: tuple[str, ...]
    subtotal: PriceMinor
    discount: PriceMinor
    discount_periods: int | None
    total: PriceMinor
    currency: Currency
    credits: Credits
    bonus_credits: Credits
    trial_days: int

    @classmethod
    def of(cls, previewed: CouponPreviewed) -> PreviewView:
        """Return the preview as it is shown."""
        return cls(
            coupon_code=previewed.coupon_code,
            credit_codes=previewed.credit_codes,
            subtotal=previewed.line.price_minor,
            discount=previewed.discount_minor,
            discount_periods=previewed.discount_periods,
            total=previewed.total_minor,
            currency=previewed.line.currency,
            credits=previewed.line.credits,
            bonus_credits=previewed.bonus_credits,
            trial_days=previewed.trial_days,
        )


@frozen(kw_only=True)
class RedeemBody:
    """The code. Backends name the account."""

    account_id: AccountIdText | None = None
    code: CouponCode


@frozen(kw_only=True, slots=False)
class RedeemedView:
    """The use of the code, and the credits it has brought; they expire then, or never."""

    id: Id
    code: str
    credits: Credits
    expires_at: Instant | None
    scope: ScopeEntries

    @classmethod
    def of(cls, use: Redemption) -> RedeemedView:
        """Return the use as its account sees it."""
        return cls(
            id=use.id,
            code=use.code,
            credits=use.benefit.bonus_credits,
            expires_at=use.benefit.lot.expires_at(use.reserved_at),
            scope=use.benefit.lot.scope.entries,
        )


@frozen(kw_only=True)
class PromotionsApi:
    """Coupons, for accounts and the product's backend."""

    preview_coupon: PreviewingCoupon
    redeem_code: RedeemingCode
    guesses: Guesses

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
                    "Judges the code by the rules of a checkout and reserves nothing. A code that "
                    "does nothing is a `coupon_refused`, whatever the reason, so that none can be "
                    "guessed; admins are told the reason by a check of the coupon."
                ),
                body=PreviewBody,
                response=PreviewView,
                refusals=(
                    CouponRefused,
                    TooManyGuesses,
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
            Endpoint(
                method="POST",
                path="/coupons/redeem",
                handler=self.post_redeem,
                policy=AccountHolder(Scope.CHECKOUT_CREATE),
                tag="Coupons",
                summary="Redeem a code that gives credits by itself",
                description=(
                    "Grants the coupon's credits at once, for as long and for such usage as it "
                    "says. An account may do so once unless the coupon says otherwise."
                ),
                body=RedeemBody,
                response=RedeemedView,
                status=201,
                refusals=(CouponRefused, TooManyGuesses, BalanceTooLarge, KeyReused),
                idempotency=Idempotency.OPTIONAL,
                example={"code": "WELCOME-500"},
            ),
        )

    async def post_preview(self, request: web.Request) -> web.Response:
        """Answer what the code would do."""
        body = await read(request, PreviewBody)
        account_id = account_of(request, body.account_id)
        with self.guesses.by(request, account_id):
            previewed = await self.preview_coupon(
                PreviewCoupon(
                    account_id=account_id,
                    coupon_code=body.coupon_code,
                    credit_codes=body.credit_codes,
                    type=body.type,
                    item=body.item,
                    interval=body.chosen_interval,
                )
            )
        return reply(PreviewView.of(previewed))

    async def post_redeem(self, request: web.Request) -> web.Response:
        """Grant what the code gives."""
        body = await read(request, RedeemBody)
        account_id = account_of(request, body.account_id)
        key = request_key(request, account_id)
        with self.guesses.by(request, account_id):
            redeemed = await self.redeem_code(
                RedeemCode(account_id=account_id, code=body.code, key=key)
            )
        view = RedeemedView.of(redeemed.redemption)
        return reply(view, status=201, replayed=redeemed.is_replay)
