"""Orders of all accounts, one with what became of its money, and money given back."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web
from attrs import frozen

from application.payments.list_orders import (
    InspectingOrder,
    InspectOrder,
    OrderInspected,
    SearchingOrders,
    SearchOrders,
)
from application.payments.refund_order import RefundingOrder, RefundOrder
from application.ports.payments import OrderFilter
from domain.access.role import Right
from domain.errors import BillingError
from domain.payments.errors import OrderNotFound
from domain.payments.ids import OrderId
from domain.payments.order import OrderStatus
from domain.payments.receipt import receipt_name
from domain.payments.refund import RefundKind
from entrypoints.console.forms import Filled, Reading, refused
from entrypoints.console.ids import id_of
from entrypoints.console.lists import (
    account_filter,
    choice_of,
    filters_of,
    from_day,
    page_of,
    to_day,
)
from entrypoints.console.page import Page, Visit
from entrypoints.http.admin_payments import RefundBody

_FILTERS = ("account", "status", "from", "to")
_REFUND = ("amount", "reason", "kind")


@frozen(kw_only=True)
class OrderPages:
    """Orders, and refunds of them."""

    search_orders: SearchingOrders
    inspect_order: InspectingOrder
    refund_order: RefundingOrder

    def pages(self) -> Sequence[Page]:
        """Return the list, one order, and its refund."""
        refund, may = "/order/refund", Right.CREDIT
        return (
            Page(method="GET", path="/orders", handler=self.get_orders, right=Right.READ),
            Page(method="GET", path="/order", handler=self.get_order, right=Right.READ),
            Page(method="GET", path=refund, handler=self.get_refund, right=may),
            Page(method="POST", path=refund, handler=self.post_refund, right=may),
        )

    async def get_orders(self, visit: Visit) -> web.Response:
        """Show a page of orders."""
        where = OrderFilter(
            account_id=account_filter(visit),
            status=choice_of(visit, "status", OrderStatus),
            from_at=from_day(visit),
            to_at=to_day(visit),
        )
        page = await self.search_orders(SearchOrders(where=where, page=page_of(visit)))
        return visit.shown(
            "orders.html",
            page=page,
            filters=filters_of(visit, *_FILTERS),
            statuses=OrderStatus,
        )

    async def get_order(self, visit: Visit) -> web.Response:
        """Show an order with its refunds and disputes."""
        found = await self._found(visit)
        may_refund = visit.may(Right.CREDIT) and found.order.was_paid and not found.order.is_gone
        return visit.shown(
            "order.html",
            found=found,
            order=found.order,
            may_refund=may_refund,
            receipt_name=receipt_name,
        )

    async def get_refund(self, visit: Visit) -> web.Response:
        """Ask how much is to go back, and why."""
        return await self._form(visit, Filled(values={"kind": RefundKind.REQUESTED.value}))

    async def post_refund(self, visit: Visit) -> web.Response:
        """Give money back, once for the form."""
        given, found = await visit.given(), await self._found(visit)
        reading = Reading(given)
        try:
            body = reading.body(
                RefundBody,
                {
                    "amount": reading.minor("amount", found.order.line.currency),
                    "reason": reading.text("reason"),
                    "kind": reading.text("kind"),
                },
            )
            await self.refund_order(
                RefundOrder(
                    order_id=found.order.id,
                    amount_minor=body.amount,
                    reason=body.reason,
                    kind=body.kind,
                    actor=visit.actor,
                    key=visit.key(given),
                )
            )
        except BillingError as refusal:
            return await self._form(visit, refused(given, refusal, fields=_REFUND), 400)
        return visit.go("/order", notice="refunded", id=found.order.id)

    async def _form(self, visit: Visit, form: Filled, status: int = 200) -> web.Response:
        found = await self._found(visit)
        return visit.shown(
            "refund.html", status=status, order=found.order, form=form, kinds=RefundKind
        )

    async def _found(self, visit: Visit) -> OrderInspected:
        order_id = OrderId(id_of(visit, lambda given: OrderNotFound(order_id=OrderId(given))))
        return await self.inspect_order(InspectOrder(order_id=order_id))
