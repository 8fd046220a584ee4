"""Refunds and disputes in memory."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import chain, islice, takewhile

from attrs import frozen

from adapters.stores.memory.paging import id_after, page_of
from adapters.stores.memory.table import Rows
from adapters.stores.memory.tables import DISPUTE_BY_ORDER, REFUND_BY_ORDER, REFUND_OPEN
from application.ports.credits import WriteRefused
from application.ports.paging import Page, PageRequest
from application.ports.payments import Disputes, Refunds
from domain.payments.dispute import Dispute
from domain.payments.errors import DisputeNotFound
from domain.payments.ids import DisputeId, OrderId, RefundId
from domain.payments.order import Order
from domain.payments.provider_event import DisputeStatus
from domain.payments.refund import Refund


@frozen
class MemoryRefunds(Refunds):
    """Refunds by id and by order."""

    refunds: Rows[Refund]
    orders: Rows[Order]

    async def add(self, refund: Refund) -> None:
        _check_order(self.orders, refund.order_id)
        self.refunds.add(refund)

    async def save(self, refund: Refund) -> None:
        self.refunds.change(refund)

    async def find(self, refund_id: RefundId) -> Refund | None:
        return self.refunds.find(refund_id)

    async def of_order(self, order_id: OrderId) -> Sequence[Refund]:
        return await self.of_orders([order_id])

    async def of_orders(self, order_ids: Sequence[OrderId]) -> Sequence[Refund]:
        of_each = (
            self.refunds.ascending(REFUND_BY_ORDER, prefix=(order_id,)) for order_id in order_ids
        )
        return sorted(chain.from_iterable(of_each), key=lambda refund: refund.id)

    async def to_ask_about(self, now: datetime, limit: int) -> Sequence[Refund]:
        due = takewhile(
            lambda refund: refund.ask_at is not None and refund.ask_at <= now,
            self.refunds.ascending(REFUND_OPEN),
        )
        return list(islice(due, limit))


@frozen
class MemoryDisputes(Disputes):
    """Disputes by id, by order, and all of them."""

    disputes: Rows[Dispute]
    orders: Rows[Order]

    async def add(self, dispute: Dispute) -> None:
        _check_order(self.orders, dispute.order_id)
        self.disputes.add(dispute)

    async def save(self, dispute: Dispute) -> None:
        self.disputes.change(dispute)

    async def find(self, dispute_id: DisputeId) -> Dispute:
        found = self.disputes.find(dispute_id)
        if found is None:
            raise DisputeNotFound(dispute_id=dispute_id)
        return found

    async def of_order(self, order_id: OrderId) -> Sequence[Dispute]:
        return await self.of_orders([order_id])

    async def of_orders(self, order_ids: Sequence[OrderId]) -> Sequence[Dispute]:
        of_each = (
            self.disputes.ascending(DISPUTE_BY_ORDER, prefix=(order_id,)) for order_id in order_ids
        )
        return sorted(chain.from_iterable(of_each), key=lambda dispute: dispute.id)

    async def page(self, status: DisputeStatus | None, request: PageRequest) -> Page[Dispute]:
        newest = self.disputes.descending(before=id_after(request.after))
        wanted = (dispute for dispute in newest if status in (None, dispute.status))
        return page_of(wanted, request.limit, lambda dispute: dispute.id)


def _check_order(orders: Rows[Order], order_id: OrderId) -> None:
    if orders.find(order_id) is None:
        raise WriteRefused(f"there is no order {order_id}")
