"""Read orders: one's own, or all of them."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from application.payments.steps.change_paid import change_paid_by
from application.ports.paging import Page, PageRequest
from application.ports.payments import OrderFilter
from application.ports.unit_of_work import BeginRead
from domain.credits.ids import AccountId
from domain.payments.dispute import Dispute
from domain.payments.errors import OrderNotFound
from domain.payments.ids import OrderId
from domain.payments.order import Order
from domain.payments.refund import Refund
from domain.subscriptions.change import Change


@frozen(kw_only=True)
class ListOrders:
    """Ask for a page of an account's orders."""

    account_id: AccountId
    page: PageRequest


@frozen(kw_only=True)
class ListingOrders:
    """Read an account's orders, newest first."""

    read: BeginRead

    async def __call__(self, command: ListOrders) -> Page[Order]:
        async with self.read() as work:
            return await work.orders.page(command.account_id, command.page)


@frozen(kw_only=True)
class ReadOrder:
    """Ask for one of an account's own orders."""

    account_id: AccountId
    order_id: OrderId


@frozen(kw_only=True)
class ReadingOrder:
    """Return the order. Another account's order is not found, just like one that does not exist."""

    read: BeginRead

    async def __call__(self, command: ReadOrder) -> Order:
        async with self.read() as work:
            order = await work.orders.find(command.order_id)
        if order.account_id != command.account_id:
            raise OrderNotFound(order_id=command.order_id)
        return order


@frozen(kw_only=True)
class InspectOrder:
    """Ask for any account's order with all that became of its money."""

    order_id: OrderId


@frozen(kw_only=True)
class OrderInspected:
    """An order with its refunds and disputes, oldest first, and the change of plan it paid for."""

    order: Order
    refunds: Sequence[Refund]
    disputes: Sequence[Dispute]
    change: Change | None = None


@frozen(kw_only=True)
class InspectingOrder:
    """Return the order for an admin. Refusals: OrderNotFound."""

    read: BeginRead

    async def __call__(self, command: InspectOrder) -> OrderInspected:
        async with self.read() as work:
            order = await work.orders.find(command.order_id)
            return OrderInspected(
                order=order,
                refunds=await work.refunds.of_order(order.id),
                disputes=await work.disputes.of_order(order.id),
                change=await change_paid_by(work, order),
            )


@frozen(kw_only=True)
class SearchOrders:
    """Ask for a page of all accounts' orders that a filter lets through."""

    where: OrderFilter
    page: PageRequest


@frozen(kw_only=True)
class SearchingOrders:
    """Read across accounts, for admins."""

    read: BeginRead

    async def __call__(self, command: SearchOrders) -> Page[Order]:
        async with self.read() as work:
            return await work.orders.search(command.where, command.page)
