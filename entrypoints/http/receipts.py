"""Receipts of payments, as PDF: for who paid, and for admins."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web
from attrs import frozen

from application.payments.read_receipt import ReadingReceipt, ReadReceipt
from application.ports.papers import DrawPaper
from domain.access.role import Right, Scope
from domain.credits.ids import AccountId
from domain.payments.errors import OrderNotFound, ReceiptNotIssued, ReceiptUnprintable
from domain.payments.ids import OrderId
from domain.payments.receipt import receipt_name
from entrypoints.http.endpoint import Endpoint, Shape
from entrypoints.http.policy import AccountHolder, Admin
from entrypoints.http.principal import account_of
from entrypoints.http.receipt_paper import paper_of
from entrypoints.http.wire import path_id
from entrypoints.settings_for_customers import Seller

_REFUSALS = (OrderNotFound, ReceiptNotIssued, ReceiptUnprintable)
_SAYS = (
    "A PDF with a number of our own, without gaps, given in the commit that took the payment; it "
    "shows what has gone back since. It is no invoice: providers number theirs, and where one "
    "tells us its address the receipt leads there. An order that cost nothing has none."
)


@frozen(kw_only=True)
class Receipts:
    """Receipts as files, drawn when they are asked for."""

    read_receipt: ReadingReceipt
    draw: DrawPaper
    seller: Seller
    public_url: str
    is_live: bool

    async def of(self, order_id: OrderId, account_id: AccountId | None = None) -> web.Response:
        """Answer an order's receipt, of this account's alone if one is named."""
        found = await self.read_receipt(ReadReceipt(order_id=order_id, account_id=account_id))
        paper = paper_of(found, self.seller, public_url=self.public_url, is_live=self.is_live)
        name = receipt_name(found.number)
        return web.Response(
            body=await self.draw(paper),
            content_type="application/pdf",
            headers={"Content-Disposition": f'inline; filename="receipt-{name}.pdf"'},
        )


@frozen(kw_only=True)
class ReceiptsApi:
    """Receipts for who paid, and for admins."""

    receipts: Receipts

    def endpoints(self) -> Sequence[Endpoint]:
        """Return the routes of receipts."""
        return (
            Endpoint(
                method="GET",
                path="/orders/{id}/receipt",
                handler=self.get_receipt,
                policy=AccountHolder(Scope.ORDERS_READ),
                tag="Orders",
                summary="Read an order's receipt as PDF",
                description=_SAYS,
                shape=Shape.PDF,
                refusals=_REFUSALS,
            ),
            Endpoint(
                method="GET",
                path="/admin/orders/{id}/receipt",
                handler=self.get_any_receipt,
                policy=Admin(Right.READ),
                tag="Admin: orders",
                summary="Read any order's receipt as PDF",
                description=_SAYS,
                shape=Shape.PDF,
                refusals=_REFUSALS,
            ),
        )

    async def get_receipt(self, request: web.Request) -> web.Response:
        """Answer the receipt of one of the account's own orders."""
        return await self.receipts.of(_order_id(request), account_of(request))

    async def get_any_receipt(self, request: web.Request) -> web.Response:
        """Answer the receipt of any account's order."""
        return await self.receipts.of(_order_id(request))


def _order_id(request: web.Request) -> OrderId:
    return OrderId(path_id(request, lambda given: OrderNotFound(order_id=OrderId(given))))
