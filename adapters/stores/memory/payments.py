"""Orders, payments and customers in memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice, takewhile

from attrs import frozen

from adapters.stores.memory.kept_rows import CustomerLink, ReportedPayment
from adapters.stores.memory.paging import id_after, page_of
from adapters.stores.memory.table import Rows
from adapters.stores.memory.tables import (
    CUSTOMER_BY_ACCOUNT,
    ORDER_BESIDE,
    ORDER_BY_ACCOUNT,
    ORDER_BY_PERIOD,
    ORDER_BY_RECEIPT,
    ORDER_CONCERN,
    ORDER_OPEN,
    ORDER_UNPAID,
    PAYMENT_TOGETHER,
)
from application.ports.credits import WriteRefused
from application.ports.paging import Page, PageRequest
from application.ports.payments import Customers, OrderFilter, Orders, Payments
from domain.credits.ids import AccountId
from domain.payments.errors import OrderNotFound
from domain.payments.ids import Channel, OrderId
from domain.payments.order import Order, OrderStatus
from domain.payments.payment import Payment


@frozen
class MemoryOrders(Orders):
    """Orders by id and by account."""

    orders: Rows[Order]

    async def add(self, order: Order) -> None:
        self.orders.add(order)

    async def save(self, order: Order) -> None:
        self.orders.change(order)

    async def find(self, order_id: OrderId) -> Order:
        return _order(self.orders.find(order_id), order_id)

    async def take(self, order_id: OrderId) -> Order:
        return _order(self.orders.take(order_id), order_id)

    async def page(self, account_id: AccountId, request: PageRequest) -> Page[Order]:
        total = sum(1 for _ in self.orders.ascending(ORDER_BY_ACCOUNT, prefix=(account_id,)))
        newest = self._newest_of(account_id, request)
        return page_of(islice(newest, request.offset, None), request.limit, _order_id, total)

    async def search(self, where: OrderFilter, request: PageRequest) -> Page[Order]:
        if where.account_id is None:
            before = id_after(request.after)
            newest = self.orders.descending(before=before)
        else:
            newest = self._newest_of(where.account_id, request)
        return page_of((o for o in newest if _matches(where, o)), request.limit, _order_id)

    async def unpaid_of(self, account_id: AccountId, limit: int) -> Sequence[Order]:
        return list(islice(self.orders.descending(ORDER_UNPAID, prefix=(account_id,)), limit))

    async def has_bought(self, account_id: AccountId) -> bool:
        own = self.orders.ascending(ORDER_BY_ACCOUNT, prefix=(account_id,))
        return any(order.was_paid and order.total_minor > 0 for order in own)

    async def overdue(self, now: datetime, limit: int) -> Sequence[OrderId]:
        over = takewhile(
            lambda order: order.expires_at is not None and order.expires_at <= now,
            self.orders.ascending(ORDER_OPEN),
        )
        return [order.id for order in islice(over, limit)]

    async def next_receipt_number(self) -> int:
        # Whoever writes is alone, and every number that was given stands on an order.
        last = next(self.orders.descending(ORDER_BY_RECEIPT), None)
        return 1 if last is None or last.receipt_number is None else last.receipt_number + 1

    async def paid_for(self, subscription_id: str, start_at: datetime) -> Order | None:
        prefix = (subscription_id, start_at)
        return next(self.orders.ascending(ORDER_BY_PERIOD, prefix=prefix), None)

    async def first_of(self, subscription_ids: Sequence[str]) -> Mapping[str, Order]:
        periods = {
            each: list(self.orders.ascending(ORDER_BY_PERIOD, prefix=(each,)))
            for each in subscription_ids
        }
        return {each: min(found, key=_order_id) for each, found in periods.items() if found}

    async def beside(
        self,
        channel: Channel,
        provider_subscription_id: str,
        after: OrderId | None,
        limit: int,
    ) -> Sequence[Order]:
        prefix = (channel, provider_subscription_id)
        last = None if after is None else (*prefix, after)
        return list(islice(self.orders.ascending(ORDER_BESIDE, prefix=prefix, after=last), limit))

    async def needing_person(
        self, channel: Channel, after: OrderId | None, limit: int
    ) -> Sequence[Order]:
        later = self.orders.ascending(
            ORDER_CONCERN, prefix=(channel,), after=None if after is None else (channel, after)
        )
        wanted = (order for order in later if order.status is not OrderStatus.REFUNDED)
        return list(islice(wanted, limit))

    def _newest_of(self, account_id: AccountId, request: PageRequest) -> Iterator[Order]:
        after = id_after(request.after)
        before = None if after is None else (account_id, *after)
        return self.orders.descending(ORDER_BY_ACCOUNT, prefix=(account_id,), before=before)


def _order(found: Order | None, order_id: OrderId) -> Order:
    if found is None:
        raise OrderNotFound(order_id=order_id)
    return found


def _order_id(order: Order) -> str:
    return order.id


def _matches(where: OrderFilter, order: Order) -> bool:
    return (
        (where.status is None or order.status is where.status)
        and (where.from_at is None or order.created_at >= where.from_at)
        and (where.to_at is None or order.created_at < where.to_at)
    )


@frozen
class MemoryPayments(Payments):
    """Payments by the provider's own id."""

    payments: Rows[ReportedPayment]
    orders: Rows[Order]

    async def order_paid_by(self, channel: Channel, provider_payment_id: str) -> OrderId | None:
        found = self.payments.find(channel, provider_payment_id)
        return None if found is None else found.order_id

    async def paid_together(self, channel: Channel, provider_payment_id: str) -> Sequence[OrderId]:
        found = self.payments.find(channel, provider_payment_id)
        if found is None or found.payment.part_of is None:
            return [] if found is None else [found.order_id]
        prefix = (channel, found.payment.part_of)
        return [part.order_id for part in self.payments.ascending(PAYMENT_TOGETHER, prefix=prefix)]

    async def add(self, payment: Payment, order_id: OrderId) -> None:
        if self.orders.find(order_id) is None:
            raise WriteRefused(f"payments: there is no order {order_id}")
        self.payments.add(ReportedPayment(payment=payment, order_id=order_id))


@frozen
class MemoryCustomers(Customers):
    """Accounts and their customer records, one each way and channel."""

    links: Rows[CustomerLink]

    async def customer_of(self, account_id: AccountId, channel: Channel) -> str | None:
        found = self.links.find_by(CUSTOMER_BY_ACCOUNT, account_id, channel)
        return None if found is None else found.customer_id

    async def link(self, account_id: AccountId, channel: Channel, customer_id: str) -> None:
        known = self.links.find(channel, customer_id)
        if known is None and await self.customer_of(account_id, channel) is None:
            self.links.add(
                CustomerLink(channel=channel, customer_id=customer_id, account_id=account_id)
            )

    async def unlink(self, channel: Channel, customer_id: str) -> AccountId | None:
        known = self.links.find(channel, customer_id)
        self.links.put(CustomerLink(channel=channel, customer_id=customer_id, account_id=None))
        return None if known is None else known.account_id

    async def account_of(self, channel: Channel, customer_id: str) -> AccountId | None:
        known = self.links.find(channel, customer_id)
        return None if known is None else known.account_id

    async def of_account(self, account_id: AccountId) -> Sequence[tuple[Channel, str]]:
        links = self.links.ascending(CUSTOMER_BY_ACCOUNT, prefix=(account_id,))
        return [(link.channel, link.customer_id) for link in links]
