"""Read all that an order's receipt says."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from application.payments.steps.change_paid import change_paid_by
from application.ports.unit_of_work import BeginRead
from domain.credits.ids import AccountId
from domain.payments.dispute import Dispute
from domain.payments.errors import OrderNotFound, ReceiptNotIssued
from domain.payments.ids import OrderId
from domain.payments.order import Order
from domain.payments.provider_event import DisputeStatus
from domain.payments.refund import Refund
from domain.subscriptions.change import Change


@frozen(kw_only=True)
class ReadReceipt:
    """Ask for an order's receipt. An account asks for its own; an admin names no account."""

    order_id: OrderId
    account_id: AccountId | None = None


@frozen(kw_only=True)
class ReceiptRead:
    """A paid order, who paid it, and what of the money has gone back since, oldest first.

    The address is the account's as it is now: it is kept in one place, from which it can be erased.
    `change` is the change of plan that the order paid for, if it paid for one.
    """

    order: Order
    number: int
    email: str | None
    refunds: Sequence[Refund]
    lost: Sequence[Dispute]
    change: Change | None = None


@frozen(kw_only=True)
class ReadingReceipt:
    """Return what the receipt says as things stand. Refusals: OrderNotFound, ReceiptNotIssued."""

    read: BeginRead

    async def __call__(self, command: ReadReceipt) -> ReceiptRead:
        async with self.read() as work:
            order = await work.orders.find(command.order_id)
            if command.account_id not in (None, order.account_id):
                raise OrderNotFound(order_id=command.order_id)
            if order.receipt_number is None:
                raise ReceiptNotIssued(order_id=command.order_id)
            account = await work.accounts.find(order.account_id)
            refunds = await work.refunds.of_order(order.id)
            disputes = await work.disputes.of_order(order.id)
            change = await change_paid_by(work, order)
        return ReceiptRead(
            order=order,
            number=order.receipt_number,
            email=None if account is None else account.email,
            refunds=[refund for refund in refunds if refund.counts],
            lost=[each for each in disputes if each.status is DisputeStatus.LOST],
            change=change,
        )
