"""Payments: starting a checkout, and one's own orders."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from aiohttp import web
from attrs import frozen
from msgspec import Meta

from application.access.keep_account import NotingProfile
from application.payments.confirm_checkout import ConfirmCheckout, ConfirmingCheckout
from application.payments.list_orders import ListingOrders, ListOrders, ReadingOrder, ReadOrder
from application.payments.start_checkout import StartCheckout, StartingCheckout
from domain.access.role import Scope
from domain.credits.errors import BalanceTooLarge, KeyReused
from domain.payments.errors import (
    CapabilityMissing,
    ChannelUnknown,
    CheckoutOver,
    NotSoldThere,
    OrderNotFound,
    ProviderRefused,
    ProviderUnavailable,
    ReturnUrlRefused,
)
from domain.payments.ids import Channel, OrderId
from domain.payments.order import Order, OrderStatus, OrderType
from domain.payments.receipt import receipt_name
from domain.period import Interval
from domain.promotions.errors import CouponRefused
from domain.subscriptions.errors import (
    IntervalNotOffered,
    NotOnSale,
    PackNotFound,
    PlanNotFound,
    SubscriptionExists,
    SubscriptionRequired,
)
from entrypoints.http.endpoint import Endpoint, Idempotency, Shape
from entrypoints.http.guesses import Guesses
from entrypoints.http.idempotency import request_key
from entrypoints.http.paging import PageQuery
from entrypoints.http.policy import AccountHolder
from entrypoints.http.principal import account_of
from entrypoints.http.profile import note_claims
from entrypoints.http.purchase import CouponCode, CreditCodes, PurchaseBody
from entrypoints.http.refusals import TooManyGuesses
from entrypoints.http.values import (
    AccountIdText,
    Credits,
    Currency,
    Id,
    Instant,
    PriceMinor,
    Reference,
    Url,
)
from entrypoints.http.wire import path_id, read, read_query, reply, reply_page

ChannelName = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=40,
        pattern="^[a-z][a-z0-9_-]*$(?!\\n)",
        description="A payment provider that is configured here.",
        examples=["sandbox"],
    ),
]


@frozen(kw_only=True, slots=False)
class OrderView:
    """A purchase at the price and under the name it was sold at; money in minor units.

    `subtotal` less `discount` plus `tax` is `total`; tax is known once it is paid. `collected` is
    the money that came in for it: the total, but for what the buyer's balance with the provider
    paid. `refunded` is what of that has gone back, lost disputes included. `credits` are those of a
    pack, or of a plan's month; 0 where money alone is known, as of what a change of plan cost: its
    credits came with the change, and stand in the ledger and on the receipt. `url` is where the
    buyer can still pay, and null when the order no longer waits for that. `receipt_number` is that
    of our receipt, and `document_url` leads to the provider's own invoice, where it has one.
    """

    id: Id
    type: OrderType
    status: OrderStatus
    channel: str
    plan_id: Id | None
    pack_id: Id | None
    name: str
    interval: Interval | None
    subtotal: PriceMinor
    discount: PriceMinor
    tax: PriceMinor
    total: PriceMinor
    collected: PriceMinor
    refunded: PriceMinor
    currency: Currency
    credits: Credits
    bonus_credits: Credits
    coupon_code: str | None
    credit_codes: tuple[str, ...]
    url: str | None
    created_at: Instant
    paid_at: Instant | None
    receipt_number: str | None
    document_url: str | None

    @classmethod
    def of(cls, order: Order) -> OrderView:
        """Return the order as its account sees it."""
        line, number = order.line, order.receipt_number
        is_plan = line.type is OrderType.SUBSCRIPTION
        return cls(
            id=order.id,
            type=line.type,
            status=order.status,
            channel=order.channel,
            plan_id=line.item_id if is_plan else None,
            pack_id=None if is_plan else line.item_id,
            name=line.name,
            interval=line.interval,
            subtotal=line.price_minor,
            discount=order.discount_minor,
            tax=order.tax_minor,
            total=order.total_minor,
            collected=order.collected_minor,
            refunded=order.refunded_minor,
            currency=line.currency,
            credits=line.credits,
            bonus_credits=order.bonus_credits,
            coupon_code=order.coupon_code,
            credit_codes=order.credit_codes,
            url=order.url if order.is_pending else None,
            created_at=order.created_at,
            paid_at=order.paid_at,
            receipt_number=None if number is None else receipt_name(number),
            document_url=order.document_url,
        )


@frozen(kw_only=True)
class CheckoutBody(PurchaseBody):
    """A purchase through a channel, and where the buyer goes afterwards."""

    channel: ChannelName
    coupon_code: CouponCode | None = None
    credit_codes: CreditCodes = ()
    success_url: Url
    cancel_url: Url


@frozen(kw_only=True, slots=False)
class CheckoutView:
    """Where to send the buyer; `session_id` is the provider's, null for a purchase that is free."""

    url: str
    session_id: str | None
    order_id: Id

    @classmethod
    def of(cls, order: Order) -> CheckoutView:
        """Return the order's checkout as it is shown."""
        assert order.url is not None
        return cls(url=order.url, session_id=order.session_id, order_id=order.id)


@frozen(kw_only=True)
class ConfirmBody:
    """The order whose buyer has come back. Backends name the account."""

    account_id: AccountIdText | None = None
    order_id: Reference


@frozen(kw_only=True)
class PaymentsApi:
    """Checkouts and orders, for accounts and the product's backend."""

    start_checkout: StartingCheckout
    confirm_checkout: ConfirmingCheckout
    list_orders: ListingOrders
    read_order: ReadingOrder
    note_profile: NotingProfile
    guesses: Guesses

    def endpoints(self) -> Sequence[Endpoint]:
        """Return the routes about payments."""
        return (
            Endpoint(
                method="POST",
                path="/payment/create-session",
                handler=self.post_create_session,
                policy=AccountHolder(Scope.CHECKOUT_CREATE),
                tag="Payment",
                summary="Start a checkout",
                description=(
                    "Writes the order down and opens the provider's page for it. A purchase that "
                    "costs nothing is paid at once: its `url` is the success URL. Return URLs must "
                    "lie on the configured origins. Asked for the same purchase again while it "
                    "waits to be paid (same account, item, channel, code, price and return URLs), "
                    "it answers the same order and page."
                ),
                body=CheckoutBody,
                response=CheckoutView,
                status=201,
                refusals=_CHECKOUT_REFUSALS,
                idempotency=Idempotency.OPTIONAL,
                example={
                    "channel": "stripe",
                    "type": "subscription",
                    "plan_id": "019a8b1c-7d52-7c4e-9a53-0e2f4c6a8b10",
                    "success_url": "https://example.com/dashboard/subscription?success=true",
                    "cancel_url": "https://example.com/dashboard/subscription",
                },
            ),
            Endpoint(
                method="POST",
                path="/payment/confirm",
                handler=self.post_confirm,
                policy=AccountHolder(Scope.ORDERS_READ),
                tag="Payment",
                summary="Look whether an order has been paid",
                description=(
                    "For the page that buyers come back to: asks the provider at once, and does "
                    "what its webhook will, once. Repeat it while the order is pending."
                ),
                body=ConfirmBody,
                response=OrderView,
                refusals=(OrderNotFound, ProviderUnavailable, ProviderRefused),
                example={"order_id": "019a8b1c-7d52-7c4e-9a53-0e2f4c6a8b10"},
            ),
            Endpoint(
                method="GET",
                path="/orders",
                handler=self.get_orders,
                policy=AccountHolder(Scope.ORDERS_READ),
                tag="Orders",
                summary="List orders, newest first",
                query=PageQuery,
                response=OrderView,
                shape=Shape.LIST,
            ),
            Endpoint(
                method="GET",
                path="/orders/{id}",
                handler=self.get_order,
                policy=AccountHolder(Scope.ORDERS_READ),
                tag="Orders",
                summary="Read an order",
                description="Another account's order is not found, like one that does not exist.",
                response=OrderView,
                refusals=(OrderNotFound,),
            ),
        )

    async def post_create_session(self, request: web.Request) -> web.Response:
        """Place the order and answer where to pay for it."""
        body = await read(request, CheckoutBody)
        account_id = account_of(request, body.account_id)
        key = request_key(request, account_id)
        await note_claims(request, self.note_profile)
        command = StartCheckout(
            account_id=account_id,
            channel=Channel(body.channel),
            item=body.item,
            type=body.type,
            interval=body.chosen_interval,
            coupon_code=body.coupon_code,
            credit_codes=body.credit_codes,
            success_url=body.success_url,
            cancel_url=body.cancel_url,
            key=key,
        )
        if body.coupon_code is None and not body.credit_codes:
            started = await self.start_checkout(command)
        else:
            with self.guesses.by(request, account_id):
                started = await self.start_checkout(command)
        return reply(CheckoutView.of(started.order), status=201, replayed=started.is_replay)

    async def post_confirm(self, request: web.Request) -> web.Response:
        """Answer the order as it stands once the provider was asked."""
        body = await read(request, ConfirmBody)
        order = await self.confirm_checkout(
            ConfirmCheckout(
                account_id=account_of(request, body.account_id), order_id=OrderId(body.order_id)
            )
        )
        return reply(OrderView.of(order))

    async def get_orders(self, request: web.Request) -> web.Response:
        """Answer a page of the account's orders."""
        asked = read_query(request, PageQuery).page()
        page = await self.list_orders(ListOrders(account_id=account_of(request), page=asked))
        return reply_page(page, OrderView.of, asked)

    async def get_order(self, request: web.Request) -> web.Response:
        """Answer one of the account's own orders."""
        order_id = path_id(request, lambda given: OrderNotFound(order_id=OrderId(given)))
        order = await self.read_order(
            ReadOrder(account_id=account_of(request), order_id=OrderId(order_id))
        )
        return reply(OrderView.of(order))


_CHECKOUT_REFUSALS = (
    ChannelUnknown,
    CapabilityMissing,
    NotSoldThere,
    PlanNotFound,
    PackNotFound,
    NotOnSale,
    SubscriptionRequired,
    IntervalNotOffered,
    SubscriptionExists,
    CouponRefused,
    TooManyGuesses,
    ReturnUrlRefused,
    ProviderUnavailable,
    ProviderRefused,
    BalanceTooLarge,
    CheckoutOver,
    KeyReused,
)
