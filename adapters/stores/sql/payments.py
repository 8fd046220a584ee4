"""Orders, payments and customers in the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from attrs import frozen
from sqlalchemy import func, select, text

from adapters.stores.sql import rows
from adapters.stores.sql.open_transaction import AnyRow, OpenTransaction, Values
from adapters.stores.sql.paging import id_after, page_of
from adapters.stores.sql.promotion_rows import json_of, list_of
from adapters.stores.sql.tables.payments import customers, orders, payments
from adapters.stores.sql.tables.receipts import receipt_counters
from application.ports.paging import Page, PageRequest
from application.ports.payments import Customers, OrderFilter, Orders, Payments
from domain.credits.claw_back import Claim
from domain.credits.ids import AccountId
from domain.payments.errors import OrderNotFound
from domain.payments.ids import Channel, OrderId
from domain.payments.order import Order, OrderLine, OrderStatus, OrderType
from domain.payments.payment import Payment
from domain.period import Interval, Period

# Written out as in the partial indexes: a parameter would keep them from being used.
_UNPAID = text("status IN ('pending', 'failed')")

_SERIES = "receipt"


@frozen
class SqlOrders(Orders):
    """Orders by id and by account."""

    transaction: OpenTransaction

    async def add(self, order: Order) -> None:
        await rows.add(self.transaction, orders, _order_values(order))

    async def save(self, order: Order) -> None:
        await rows.change(self.transaction, orders, _order_values(order))

    async def find(self, order_id: OrderId) -> Order:
        return _found(await rows.find(self.transaction, orders, order_id), order_id)

    async def take(self, order_id: OrderId) -> Order:
        return _found(await rows.take(self.transaction, orders, order_id), order_id)

    async def page(self, account_id: AccountId, request: PageRequest) -> Page[Order]:
        own = orders.c.account_id == account_id
        count = select(func.count()).select_from(orders).where(own)
        total: int = (await self.transaction.run(count))[0][0]
        query = select(orders).where(own).order_by(orders.c.id.desc())
        if request.after is not None:
            query = query.where(orders.c.id < id_after(request.after))
        query = query.limit(request.limit + 1).offset(request.offset)
        found = [_order(row) for row in await self.transaction.run(query)]
        return page_of(found, request.limit, lambda order: order.id, total)

    async def search(self, where: OrderFilter, request: PageRequest) -> Page[Order]:
        query = select(orders).order_by(orders.c.id.desc()).limit(request.limit + 1)
        if where.account_id is not None:
            query = query.where(orders.c.account_id == where.account_id)
        if where.status is not None:
            query = query.where(orders.c.status == where.status.value)
        if where.from_at is not None:
            query = query.where(orders.c.created_at >= where.from_at)
        if where.to_at is not None:
            query = query.where(orders.c.created_at < where.to_at)
        if request.after is not None:
            query = query.where(orders.c.id < id_after(request.after))
        found = [_order(row) for row in await self.transaction.run(query)]
        return page_of(found, request.limit, lambda order: order.id)

    async def unpaid_of(self, account_id: AccountId, limit: int) -> Sequence[Order]:
        query = select(orders).where(orders.c.account_id == account_id, _UNPAID)
        newest = query.order_by(orders.c.id.desc()).limit(limit)
        return [_order(row) for row in await self.transaction.run(newest)]

    async def has_bought(self, account_id: AccountId) -> bool:
        query = select(orders.c.id).where(
            orders.c.account_id == account_id,
            orders.c.paid_at.is_not(None),
            orders.c.total_minor > 0,
        )
        return bool(await self.transaction.run(query.limit(1)))

    async def overdue(self, now: datetime, limit: int) -> Sequence[OrderId]:
        query = select(orders.c.id).where(_UNPAID, orders.c.expires_at <= now)
        longest = query.order_by(orders.c.expires_at, orders.c.id).limit(limit)
        return [OrderId(row.id) for row in await self.transaction.run(longest)]

    async def next_receipt_number(self) -> int:
        last = receipt_counters.c.last
        statement = (
            self.transaction.insert(receipt_counters)
            .values(series=_SERIES, last=1)
            .on_conflict_do_update(index_elements=["series"], set_={"last": last + 1})
            .returning(last)
        )
        return int((await self.transaction.run(statement))[0][0])

    async def paid_for(self, subscription_id: str, start_at: datetime) -> Order | None:
        query = select(orders).where(
            orders.c.subscription_id == subscription_id, orders.c.period_start_at == start_at
        )
        row = rows.first(await self.transaction.run(query.order_by(orders.c.id).limit(1)))
        return None if row is None else _order(row)

    async def first_of(self, subscription_ids: Sequence[str]) -> Mapping[str, Order]:
        first = select(func.min(orders.c.id)).where(
            orders.c.subscription_id.in_(list(subscription_ids)),
            orders.c.period_start_at.is_not(None),
        )
        query = select(orders).where(orders.c.id.in_(first.group_by(orders.c.subscription_id)))
        return {row.subscription_id: _order(row) for row in await self.transaction.run(query)}

    async def beside(
        self,
        channel: Channel,
        provider_subscription_id: str,
        after: OrderId | None,
        limit: int,
    ) -> Sequence[Order]:
        query = select(orders).where(
            orders.c.channel == channel,
            orders.c.second_subscription_id == provider_subscription_id,
        )
        if after is not None:
            query = query.where(orders.c.id > after)
        found = await self.transaction.run(query.order_by(orders.c.id).limit(limit))
        return [_order(row) for row in found]

    async def needing_person(
        self, channel: Channel, after: OrderId | None, limit: int
    ) -> Sequence[Order]:
        query = select(orders).where(
            orders.c.concern.is_not(None),
            orders.c.channel == channel,
            orders.c.status != OrderStatus.REFUNDED.value,
        )
        if after is not None:
            query = query.where(orders.c.id > after)
        found = await self.transaction.run(query.order_by(orders.c.id).limit(limit))
        return [_order(row) for row in found]


def _found(row: AnyRow | None, order_id: OrderId) -> Order:
    if row is None:
        raise OrderNotFound(order_id=order_id)
    return _order(row)


def _order_values(order: Order) -> Values:
    line = order.line
    return {
        "id": order.id,
        "account_id": order.account_id,
        "type": line.type.value,
        "item_id": line.item_id,
        "item_name": line.name,
        "interval": None if line.interval is None else line.interval.value,
        "price_minor": line.price_minor,
        "currency": line.currency,
        "credits": line.credits,
        "status": order.status.value,
        "channel": order.channel,
        "discount_minor": order.discount_minor,
        "tax_minor": order.tax_minor,
        "total_minor": order.total_minor,
        "collected_minor": order.collected_minor,
        "bonus_credits": order.bonus_credits,
        "coupon_code": order.coupon_code,
        "credit_codes": json_of(order.credit_codes),
        "discount_periods": order.discount_periods,
        "created_at": order.created_at,
        "expires_at": order.expires_at,
        "paid_at": order.paid_at,
        "session_id": order.session_id,
        "url": order.url,
        "success_url": order.success_url,
        "cancel_url": order.cancel_url,
        "provider_payment_id": order.provider_payment_id,
        "subscription_id": order.subscription_id,
        "period_start_at": None if order.period is None else order.period.start_at,
        "period_end_at": None if order.period is None else order.period.end_at,
        "second_subscription_id": order.second_subscription_id,
        "receipt_number": order.receipt_number,
        "document_url": order.document_url,
        "concern": order.concern,
        "refunded_minor": order.refunded_minor,
        "claims": msgspec.json.encode(order.claims).decode(),
        "trial_days": order.trial_days,
        "ends_with_group": order.ends_with_group,
    }


def _order(row: AnyRow) -> Order:
    line = OrderLine(
        type=OrderType(row.type),
        item_id=row.item_id,
        name=row.item_name,
        interval=None if row.interval is None else Interval(row.interval),
        price_minor=row.price_minor,
        currency=row.currency,
        credits=row.credits,
    )
    return Order(
        id=OrderId(row.id),
        account_id=AccountId(row.account_id),
        line=line,
        status=OrderStatus(row.status),
        channel=Channel(row.channel),
        discount_minor=row.discount_minor,
        tax_minor=row.tax_minor,
        total_minor=row.total_minor,
        collected_minor=row.collected_minor,
        bonus_credits=row.bonus_credits,
        coupon_code=row.coupon_code,
        credit_codes=tuple(list_of(row.credit_codes)),
        discount_periods=row.discount_periods,
        created_at=row.created_at,
        expires_at=row.expires_at,
        paid_at=row.paid_at,
        session_id=row.session_id,
        url=row.url,
        success_url=row.success_url,
        cancel_url=row.cancel_url,
        provider_payment_id=row.provider_payment_id,
        subscription_id=row.subscription_id,
        period=_period(row),
        second_subscription_id=row.second_subscription_id,
        receipt_number=row.receipt_number,
        document_url=row.document_url,
        concern=row.concern,
        refunded_minor=row.refunded_minor,
        claims=msgspec.json.decode(row.claims, type=tuple[Claim, ...]),
        trial_days=row.trial_days,
        ends_with_group=row.ends_with_group,
    )


def _period(row: AnyRow) -> Period | None:
    return None if row.period_start_at is None else Period(row.period_start_at, row.period_end_at)


@frozen
class SqlPayments(Payments):
    """Payments by the provider's own id."""

    transaction: OpenTransaction

    async def order_paid_by(self, channel: Channel, provider_payment_id: str) -> OrderId | None:
        row = await rows.find(self.transaction, payments, channel, provider_payment_id)
        return None if row is None else OrderId(row.order_id)

    async def paid_together(self, channel: Channel, provider_payment_id: str) -> Sequence[OrderId]:
        row = await rows.find(self.transaction, payments, channel, provider_payment_id)
        if row is None or row.part_of is None:
            return [] if row is None else [OrderId(row.order_id)]
        parts = payments.c.channel == channel, payments.c.part_of == row.part_of
        query = select(payments.c.order_id).where(*parts).order_by(payments.c.order_id)
        return [OrderId(part.order_id) for part in await self.transaction.run(query)]

    async def add(self, payment: Payment, order_id: OrderId) -> None:
        values = {
            "channel": payment.channel,
            "provider_payment_id": payment.provider_payment_id,
            "order_id": order_id,
            "net_minor": payment.net_minor,
            "tax_minor": payment.tax_minor,
            "collected_minor": payment.collected_minor,
            "currency": payment.currency,
            "paid_at": payment.paid_at,
            "part_of": payment.part_of,
        }
        await rows.add(self.transaction, payments, values)


@frozen
class SqlCustomers(Customers):
    """Accounts and their customer records, one each way and channel."""

    transaction: OpenTransaction

    async def customer_of(self, account_id: AccountId, channel: Channel) -> str | None:
        query = select(customers.c.customer_id).where(
            customers.c.account_id == account_id, customers.c.channel == channel
        )
        row = rows.first(await self.transaction.run(query))
        return None if row is None else str(row.customer_id)

    async def link(self, account_id: AccountId, channel: Channel, customer_id: str) -> None:
        values = {"channel": channel, "customer_id": customer_id, "account_id": account_id}
        await rows.add_new(self.transaction, customers, values)

    async def unlink(self, channel: Channel, customer_id: str) -> AccountId | None:
        account_id = await self._owner(channel, customer_id)
        values = {"channel": channel, "customer_id": customer_id, "account_id": None}
        await rows.put(self.transaction, customers, values)
        return account_id

    async def _owner(self, channel: Channel, customer_id: str) -> AccountId | None:
        row = await rows.take(self.transaction, customers, channel, customer_id)
        return None if row is None or row.account_id is None else AccountId(row.account_id)

    async def account_of(self, channel: Channel, customer_id: str) -> AccountId | None:
        query = select(customers.c.account_id).where(
            customers.c.channel == channel, customers.c.customer_id == customer_id
        )
        row = rows.first(await self.transaction.run(query))
        return None if row is None else AccountId(row.account_id)

    async def of_account(self, account_id: AccountId) -> Sequence[tuple[Channel, str]]:
        query = select(customers).where(customers.c.account_id == account_id)
        found = await self.transaction.run(query.order_by(customers.c.channel))
        return [(Channel(row.channel), row.customer_id) for row in found]
