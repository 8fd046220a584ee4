"""Payments for admins: the orders of all accounts, and money given back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import attrs
from aiohttp import web
from attrs import frozen
from msgspec import Meta

from application.payments.list_orders import (
    InspectingOrder,
    InspectOrder,
    OrderInspected,
    SearchingOrders,
    SearchOrders,
)
from application.payments.refund_order import RefundingOrder, RefundOrder
from application.payments.settle_order import SettleOrder, SettlingOrder
from application.ports.payments import OrderFilter
from domain.access.role import Right
from domain.amount import AMOUNT_MAX
from domain.credits.errors import KeyReused
from domain.payments.errors import (
    CapabilityMissing,
    ChannelUnknown,
    OrderNotFound,
    OrderNotRefundable,
    ProviderRefused,
    ProviderUnavailable,
    RefundTooLarge,
)
from domain.payments.ids import OrderId
from domain.payments.order import Order, OrderStatus
from domain.payments.refund import Refund, RefundKind, RefundState
from entrypoints.http.admin_disputes import DisputeView
from entrypoints.http.endpoint import Endpoint, Idempotency, Shape
from entrypoints.http.idempotency import request_key, required_key
from entrypoints.http.payments import OrderView
from entrypoints.http.policy import Admin
from entrypoints.http.principal import actor_of
from entrypoints.http.spans import SpanQuery
from entrypoints.http.values import (
    AccountIdText,
    AuditReason,
    Credits,
    Currency,
    Id,
    Instant,
    PriceMinor,
)
from entrypoints.http.wire import path_id, read, read_query, reply, reply_page

RefundMinor = Annotated[
    int,
    Meta(
        ge=1,
        le=AMOUNT_MAX,
        description="Money in the currency's minor unit, tax included.",
        examples=[250],
    ),
]


@frozen(kw_only=True, slots=False)
class AdminOrderView(OrderView):
    """A purchase with whose it is, and what the provider calls its payment.

    `concern` is what a person has to settle about it; null where there is nothing.
    `second_subscription_id` is what the provider calls a subscription that it paid for and that did
    not begin here with this payment: another was live, or another amount was agreed upon.
    """

    account_id: AccountIdText
    subscription_id: Id | None
    second_subscription_id: str | None
    session_id: str | None
    provider_payment_id: str | None
    concern: str | None

    @classmethod
    def of(cls, order: Order) -> AdminOrderView:
        """Return the order as an admin sees it."""
        return cls(
            **attrs.asdict(OrderView.of(order), recurse=False),
            account_id=order.account_id,
            subscription_id=order.subscription_id,
            second_subscription_id=order.second_subscription_id,
            session_id=order.session_id,
            provider_payment_id=order.provider_payment_id,
            concern=order.concern,
        )


@frozen(kw_only=True, slots=False)
class RefundView:
    """Money going back, tax included: `state` is how far it has come.

    `failure` is why the provider would not do it.
    """

    id: Id
    order_id: Id
    account_id: AccountIdText
    amount: PriceMinor
    currency: Currency
    state: RefundState
    kind: RefundKind
    reason: str
    failure: str | None
    provider_refund_id: str | None
    created_at: Instant
    changed_at: Instant

    @classmethod
    def of(cls, refund: Refund, order: Order) -> RefundView:
        """Return the order's refund as an admin sees it."""
        return cls(
            id=refund.id,
            order_id=refund.order_id,
            account_id=refund.account_id,
            amount=refund.amount_minor,
            currency=order.line.currency,
            state=refund.state,
            kind=refund.kind,
            reason=refund.reason,
            failure=refund.failure,
            provider_refund_id=refund.provider_refund_id,
            created_at=refund.created_at,
            changed_at=refund.changed_at,
        )


@frozen(kw_only=True, slots=False)
class ClaimedView:
    """What became of the credits whose payment has gone back.

    `taken` ones were still there; of those that had been spent some are `owed`, others `forgiven`.
    `lapsed` ones had expired before.
    """

    taken: Credits
    owed: Credits
    forgiven: Credits
    lapsed: Credits

    @classmethod
    def of(cls, order: Order) -> ClaimedView:
        """Return what has been claimed of all the order's lots."""
        return cls(
            taken=sum(claim.taken for claim in order.claims),
            owed=sum(claim.owed for claim in order.claims),
            forgiven=sum(claim.forgiven for claim in order.claims),
            lapsed=sum(claim.lapsed for claim in order.claims),
        )


@frozen(kw_only=True, slots=False)
class InspectedOrderView(AdminOrderView):
    """A purchase with all that became of its money and its credits."""

    claimed: ClaimedView
    refunds: tuple[RefundView, ...]
    disputes: tuple[DisputeView, ...]

    @classmethod
    def inspected(cls, found: OrderInspected) -> InspectedOrderView:
        """Return the order as an admin sees it who looks closely."""
        order = found.order
        return cls(
            **attrs.asdict(AdminOrderView.of(order), recurse=False),
            claimed=ClaimedView.of(order),
            refunds=tuple(RefundView.of(refund, order) for refund in found.refunds),
            disputes=tuple(DisputeView.of(dispute) for dispute in found.disputes),
        )


@frozen(kw_only=True)
class AdminOrdersQuery(SpanQuery):
    """Which orders of all accounts."""

    status: OrderStatus | None = None


@frozen(kw_only=True)
class RefundBody:
    """How much is to go back, tax included: all that is left unless said otherwise; and why."""

    amount: RefundMinor | None = None
    reason: AuditReason
    kind: RefundKind = RefundKind.REQUESTED


@frozen(kw_only=True)
class SettleBody:
    """Why an order needs nobody any more."""

    reason: AuditReason


@frozen(kw_only=True)
class AdminPaymentsApi:
    """The orders of all accounts, for admins."""

    search_orders: SearchingOrders
    inspect_order: InspectingOrder
    refund_order: RefundingOrder
    settle_order: SettlingOrder

    def endpoints(self) -> Sequence[Endpoint]:
        """Return the admins' routes about payments."""
        return (
            Endpoint(
                method="GET",
                path="/admin/orders",
                handler=self.get_orders,
                policy=Admin(Right.READ),
                tag="Admin: orders",
                summary="List orders of all accounts, newest first",
                description="Pages by `after` alone; the total is not counted.",
                query=AdminOrdersQuery,
                response=AdminOrderView,
                shape=Shape.LIST,
            ),
            Endpoint(
                method="GET",
                path="/admin/orders/{id}",
                handler=self.get_order,
                policy=Admin(Right.READ),
                tag="Admin: orders",
                summary="Read an order with its refunds and disputes",
                response=InspectedOrderView,
                refusals=(OrderNotFound,),
            ),
            Endpoint(
                method="POST",
                path="/admin/orders/{id}/refund",
                handler=self.post_refund,
                policy=Admin(Right.CREDIT),
                tag="Admin: orders",
                summary="Refund an order, in full or in part",
                description=(
                    "The same share of the credits that the order brought is taken, unspent ones "
                    "first; what becomes of those that were spent is BILLING_REFUND_SHORTFALL. "
                    "Where the provider does not answer, repeat with the same key: it is asked for "
                    "the same refund again. What it has refused stays refused under that key."
                ),
                body=RefundBody,
                response=RefundView,
                status=201,
                refusals=_REFUND_REFUSALS,
                idempotency=Idempotency.REQUIRED,
                example={"amount": 250, "reason": "Half of it was not usable"},
            ),
            Endpoint(
                method="POST",
                path="/admin/orders/{id}/settle",
                handler=self.post_settle,
                policy=Admin(Right.CREDIT),
                tag="Admin: orders",
                summary="Say that what needed a person about an order is settled",
                description=(
                    "Takes the order's `concern` away, so that reconciling finds it no more, and "
                    "keeps it in the audit log. Money and credits stay as they are. All orders "
                    "that paid for one second subscription are settled together."
                ),
                body=SettleBody,
                response=AdminOrderView,
                refusals=(OrderNotFound, KeyReused),
                idempotency=Idempotency.OPTIONAL,
                example={
                    "reason": "The second subscription was cancelled, the customer keeps this"
                },
            ),
        )

    async def get_orders(self, request: web.Request) -> web.Response:
        """Answer a page of all accounts' orders."""
        query = read_query(request, AdminOrdersQuery)
        where = OrderFilter(
            account_id=query.account, status=query.status, from_at=query.from_, to_at=query.to
        )
        page = await self.search_orders(SearchOrders(where=where, page=query.page()))
        return reply_page(page, AdminOrderView.of, query.page())

    async def get_order(self, request: web.Request) -> web.Response:
        """Answer an order and what became of its money."""
        found = await self.inspect_order(InspectOrder(order_id=_order_id(request)))
        return reply(InspectedOrderView.inspected(found))

    async def post_refund(self, request: web.Request) -> web.Response:
        """Give money back, once for the request's key."""
        order_id = _order_id(request)
        body = await read(request, RefundBody)
        actor = actor_of(request)
        refunded = await self.refund_order(
            RefundOrder(
                order_id=order_id,
                amount_minor=body.amount,
                reason=body.reason,
                kind=body.kind,
                actor=actor,
                key=required_key(request, actor.id),
            )
        )
        view = RefundView.of(refunded.refund, refunded.order)
        return reply(view, status=201, replayed=refunded.is_replay)

    async def post_settle(self, request: web.Request) -> web.Response:
        """Note that nobody is needed any more."""
        order_id = _order_id(request)
        body = await read(request, SettleBody)
        actor = actor_of(request)
        settled = await self.settle_order(
            SettleOrder(
                order_id=order_id,
                reason=body.reason,
                actor=actor,
                key=request_key(request, actor.id),
            )
        )
        return reply(AdminOrderView.of(settled.order), replayed=settled.is_replay)


_REFUND_REFUSALS = (
    OrderNotFound,
    OrderNotRefundable,
    RefundTooLarge,
    ChannelUnknown,
    CapabilityMissing,
    ProviderUnavailable,
    ProviderRefused,
    KeyReused,
)


def _order_id(request: web.Request) -> OrderId:
    return OrderId(path_id(request, lambda given: OrderNotFound(order_id=OrderId(given))))
