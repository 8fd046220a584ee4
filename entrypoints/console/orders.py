"""Orders of all accounts, one with what became of its money, and money given back."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

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
from application.ports.paging import PageRequest
from application.ports.payments import OrderFilter
from domain.access.role import Right
from domain.errors import BillingError
from domain.payments.errors import OrderNotFound
from domain.payments.ids import OrderId
from domain.payments.order import Order, OrderStatus
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
from entrypoints.console.look import iso
from entrypoints.console.page import Page, Visit
from entrypoints.http.admin_payments import RefundBody
from entrypoints.http.csv_file import send_csv

EXPORTED_AT_ONCE = 500

_COLUMNS = (
    "id",
    "account_id",
    "status",
    "channel",
    "type",
    "item",
    "interval",
    "currency",
    "price_minor",
    "discount_minor",
    "tax_minor",
    "total_minor",
    "collected_minor",
    "refunded_minor",
    "credits",
    "coupon",
    "created_at",
    "paid_at",
    "provider_payment_id",
)
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
            Page(method="GET", path="/orders/export", handler=self.get_file, right=Right.READ),
            Page(method="GET", path="/order", handler=self.get_order, right=Right.READ),
            Page(method="GET", path=refund, handler=self.get_refund, right=may),
            Page(method="POST", path=refund, handler=self.post_refund, right=may),
        )

    async def get_orders(self, visit: Visit) -> web.Response:
        """Show a page of orders."""
        asked = SearchOrders(where=_where(visit), page=page_of(visit))
        page = await self.search_orders(asked)
        return visit.shown(
            "orders.html",
            page=page,
            filters=filters_of(visit, *_FILTERS),
            statuses=OrderStatus,
        )

    async def get_file(self, visit: Visit) -> web.StreamResponse:
        """Send every order that the filters let through, as it is read."""
        return await send_csv(visit.request, "orders.csv", _COLUMNS, self._rows(_where(visit)))

    async def get_order(self, visit: Visit) -> web.Response:
        """Show an order with its refunds and disputes."""
        found = await self._found(visit)
        # What brought no money in was paid, too, but there is nothing to give back.
        order = found.order
        is_refundable = order.was_paid and not order.is_gone and order.collected_minor
        may_refund = visit.may(Right.CREDIT) and bool(is_refundable)
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

    async def _rows(self, where: OrderFilter) -> AsyncIterator[Sequence[Sequence[str]]]:
        after: str | None = None
        while True:
            asked = PageRequest(limit=EXPORTED_AT_ONCE, after=after)
            page = await self.search_orders(SearchOrders(where=where, page=asked))
            yield [_row(order) for order in page.items]
            after = page.next
            if after is None:
                return

    async def _form(self, visit: Visit, form: Filled, status: int = 200) -> web.Response:
        found = await self._found(visit)
        return visit.shown(
            "refund.html", status=status, order=found.order, form=form, kinds=RefundKind
        )

    async def _found(self, visit: Visit) -> OrderInspected:
        order_id = OrderId(id_of(visit, lambda given: OrderNotFound(order_id=OrderId(given))))
        return await self.inspect_order(InspectOrder(order_id=order_id))


def _where(visit: Visit) -> OrderFilter:
    return OrderFilter(
        account_id=account_filter(visit),
        status=choice_of(visit, "status", OrderStatus),
        from_at=from_day(visit),
        to_at=to_day(visit),
    )


def _row(order: Order) -> Sequence[str]:
    line = order.line
    return (
        order.id,
        order.account_id,
        order.status.value,
        order.channel,
        line.type.value,
        line.name,
        "" if line.interval is None else line.interval.value,
        line.currency,
        str(line.price_minor),
        str(order.discount_minor),
        str(order.tax_minor),
        str(order.total_minor),
        str(order.collected_minor),
        str(order.refunded_minor),
        # What a change of plan brought came with the change, not with its payment.
        str(line.credits + order.bonus_credits or ""),
        order.coupon_code or "",
        iso(order.created_at),
        "" if order.paid_at is None else iso(order.paid_at),
        order.provider_payment_id or "",
    )
