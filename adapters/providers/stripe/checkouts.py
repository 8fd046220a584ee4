"""Hosted checkouts: what is asked of Stripe to sell an order, and to stop selling it."""

from __future__ import annotations

from attrs import frozen
from stripe.params import CouponCreateParams
from stripe.params.checkout import SessionCreateParams, SessionCreateParamsLineItem

from adapters.providers.stripe.calls import StripeCalls, key_of
from adapters.providers.stripe.objects import (
    ACCOUNT_MARK,
    ORDER_MARK,
    Created,
    SessionList,
    SessionObject,
    instant,
)
from adapters.providers.stripe.reading import StripeReading
from adapters.providers.stripe.refusals import EXISTS, KEY_REUSED, StripeRefused, unavailable
from adapters.providers.stripe.signature import CHANNEL
from application.ports.provider import CheckoutOpened, CheckoutRequest
from domain.payments.errors import NotSoldThere
from domain.payments.order import Order, OrderType

_COUPON_NAME_MAX = 40
_PAGE = 100


@frozen(kw_only=True)
class StripeCheckouts:
    """Opens and closes checkout pages.

    A page lives as long as Stripe gives it, 24 hours: an end of our choosing would have to be told
    by a clock that may differ from Stripe's.
    """

    calls: StripeCalls
    reading: StripeReading
    has_automatic_tax: bool

    async def open(self, request: CheckoutRequest) -> CheckoutOpened:
        """Open an order's page, or return it if it is open. Raises NotSoldThere."""
        order = request.order
        if order.line.type is OrderType.SUBSCRIPTION and request.reference is None:
            raise NotSoldThere(channel=CHANNEL, item_id=order.line.item_id)
        has_coupon = order.discount_minor > 0 and not order.trial_days
        coupon_id = await self._coupon(order) if has_coupon else None
        params = self._params(request, coupon_id)
        try:
            session = await self.calls.ask(
                lambda stripe: stripe.v1.checkout.sessions.create_async(
                    params, {"idempotency_key": key_of("checkout", order.id)}
                ),
                SessionObject,
            )
        except StripeRefused as refused:
            if refused.cause != KEY_REUSED:
                raise
            # Something about the buyer has become known since the first try. That page counts.
            session = await self._open_already(order, refused)
        if session.url is None:
            raise unavailable()
        return CheckoutOpened(
            session_id=session.id, url=session.url, expires_at=instant(session.expires_at)
        )

    async def close(self, session_id: str) -> None:
        """Close a page, so that it cannot be paid any more; one that is closed is left so."""
        try:
            await self.calls.ask(
                lambda stripe: stripe.v1.checkout.sessions.expire_async(session_id), SessionObject
            )
        except StripeRefused:
            if (await self.reading.session(session_id)).status == "open":
                raise

    async def _coupon(self, order: Order) -> str:
        """Return a coupon worth this order's discount, for this order alone."""
        coupon_id = f"order-{order.id}"
        try:
            await self.calls.ask(
                lambda stripe: stripe.v1.coupons.create_async(
                    {
                        "id": coupon_id,
                        "amount_off": order.discount_minor,
                        "currency": order.line.currency.lower(),
                        **_duration(order),
                        "max_redemptions": 1,
                        "name": (order.coupon_code or "Discount")[:_COUPON_NAME_MAX],
                        "metadata": {ORDER_MARK: order.id},
                    },
                    {"idempotency_key": key_of("coupon", order.id)},
                ),
                Created,
            )
        except StripeRefused as refused:
            if refused.cause != EXISTS:
                raise
        return coupon_id

    def _params(self, request: CheckoutRequest, coupon_id: str | None) -> SessionCreateParams:
        order = request.order
        assert order.success_url is not None
        assert order.cancel_url is not None
        # Put on everything that is told apart later: none of these is copied from another.
        marks = {ORDER_MARK: str(order.id), ACCOUNT_MARK: str(order.account_id)}
        params: SessionCreateParams = {
            "client_reference_id": order.id,
            "metadata": marks,
            "line_items": [self._line(request)],
            "success_url": order.success_url,
            "cancel_url": order.cancel_url,
            # An order is in one currency, and is paid in it.
            "adaptive_pricing": {"enabled": False},
        }
        if order.line.type is OrderType.SUBSCRIPTION:
            params["mode"] = "subscription"
            params["subscription_data"] = {"metadata": marks}
            if order.trial_days:
                # The card is asked for now, so that something can be collected when it ends.
                params["payment_method_collection"] = "always"
                params["subscription_data"]["trial_period_days"] = order.trial_days
                params["subscription_data"]["trial_settings"] = {
                    "end_behavior": {"missing_payment_method": "cancel"}
                }
        else:
            params["mode"] = "payment"
            params["payment_intent_data"] = {"metadata": marks}
        self._add_buyer(params, request)
        if coupon_id is not None:
            params["discounts"] = [{"coupon": coupon_id}]
        if self.has_automatic_tax:
            params["automatic_tax"] = {"enabled": True}
        return params

    def _add_buyer(self, params: SessionCreateParams, request: CheckoutRequest) -> None:
        if request.customer_id is not None:
            params["customer"] = request.customer_id
            if self.has_automatic_tax:
                # Tax depends on an address, and a customer may have none yet.
                params["customer_update"] = {"address": "auto"}
            return
        if request.email is not None:
            params["customer_email"] = request.email
        if request.order.line.type is OrderType.CREDITS:
            # Otherwise who buys once would have no portal; a subscription always has a customer.
            params["customer_creation"] = "always"

    def _line(self, request: CheckoutRequest) -> SessionCreateParamsLineItem:
        line = request.order.line
        if request.reference is not None:
            return {"price": request.reference, "quantity": 1}
        return {
            "price_data": {
                "currency": line.currency.lower(),
                "unit_amount": line.price_minor,
                "product_data": {"name": line.name},
                # Our prices are before tax.
                "tax_behavior": "exclusive",
            },
            "quantity": 1,
        }

    async def _open_already(self, order: Order, refused: StripeRefused) -> SessionObject:
        found = await self.calls.ask(
            lambda stripe: stripe.v1.checkout.sessions.list_async(
                {"status": "open", "limit": _PAGE}
            ),
            SessionList,
        )
        for session in found.data:
            if session.marks is not None and session.marks.order_id == order.id:
                return session
        raise refused


def _duration(order: Order) -> CouponCreateParams:
    """Return for how long the order's discount counts; Stripe reckons that in months."""
    periods, interval = order.discount_periods, order.line.interval
    if periods is None:
        return {"duration": "forever"}
    if periods == 1 or interval is None:
        return {"duration": "once"}
    return {"duration": "repeating", "duration_in_months": periods * interval.months}
