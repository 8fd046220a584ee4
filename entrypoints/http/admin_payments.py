"""Payments for admins: the orders of all accounts."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web
from attrs import frozen

from application.payments.list_orders import SearchingOrders, SearchOrders
from application.ports.payments import OrderFilter
from domain.access.role import Right
from domain.payments.order import Order, OrderStatus
from entrypoints.http.endpoint import Endpoint, Shape
from entrypoints.http.payments import OrderView
from entrypoints.http.policy import Admin
from entrypoints.http.spans import SpanQuery
from entrypoints.http.values import AccountIdText, Id
from entrypoints.http.wire import read_query, reply_page


@frozen(kw_only=True, slots=False)
class AdminOrderView(OrderView):
    """A purchase with whose it is, and what the provider calls its payment."""

    account_id: AccountIdText
    subscription_id: Id | None
    session_id: str | None
    provider_payment_id: str | None

    @classmethod
    def of(cls, order: Order) -> AdminOrderView:
        """Return the order as an admin sees it."""
        shown = OrderView.of(order)
        return cls(
            id=shown.id,
            type=shown.type,
            status=shown.status,
            channel=shown.channel,
            plan_id=shown.plan_id,
            pack_id=shown.pack_id,
            interval=shown.interval,
            subtotal=shown.subtotal,
            discount=shown.discount,
            tax=shown.tax,
            total=shown.total,
            currency=shown.currency,
            credits=shown.credits,
            bonus_credits=shown.bonus_credits,
            coupon_code=shown.coupon_code,
            url=shown.url,
            created_at=shown.created_at,
            paid_at=shown.paid_at,
            account_id=order.account_id,
            subscription_id=order.subscription_id,
            session_id=order.session_id,
            provider_payment_id=order.provider_payment_id,
        )


@frozen(kw_only=True)
class AdminOrdersQuery(SpanQuery):
    """Which orders of all accounts."""

    status: OrderStatus | None = None


@frozen(kw_only=True)
class AdminPaymentsApi:
    """The orders of all accounts, for admins."""

    search_orders: SearchingOrders

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
        )

    async def get_orders(self, request: web.Request) -> web.Response:
        """Answer a page of all accounts' orders."""
        query = read_query(request, AdminOrdersQuery)
        where = OrderFilter(
            account_id=query.account, status=query.status, from_at=query.from_, to_at=query.to
        )
        page = await self.search_orders(SearchOrders(where=where, page=query.page()))
        return reply_page(page, AdminOrderView.of, query.page())
