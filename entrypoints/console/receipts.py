"""An order's receipt, as a file."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web
from attrs import frozen

from domain.access.role import Right
from domain.payments.errors import OrderNotFound
from domain.payments.ids import OrderId
from entrypoints.console.ids import id_of
from entrypoints.console.page import Page, Visit
from entrypoints.http.receipts import Receipts


@frozen(kw_only=True)
class ReceiptPages:
    """Receipts of all accounts."""

    receipts: Receipts

    def pages(self) -> Sequence[Page]:
        """Return the one file there is for an order."""
        return (
            Page(method="GET", path="/order/receipt", handler=self.get_receipt, right=Right.READ),
        )

    async def get_receipt(self, visit: Visit) -> web.Response:
        """Answer the receipt as PDF."""
        order_id = id_of(visit, lambda given: OrderNotFound(order_id=OrderId(given)))
        return await self.receipts.of(OrderId(order_id))
