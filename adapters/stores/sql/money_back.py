"""Refunds and disputes in the database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from attrs import frozen
from sqlalchemy import select, text

from adapters.stores.sql import rows
from adapters.stores.sql.open_transaction import AnyRow, OpenTransaction, Values
from adapters.stores.sql.paging import id_after, page_of
from adapters.stores.sql.tables.payments import disputes, refunds
from application.ports.paging import Page, PageRequest
from application.ports.payments import Disputes, Refunds
from domain.credits.ids import AccountId
from domain.payments.dispute import Dispute
from domain.payments.errors import DisputeNotFound
from domain.payments.ids import Channel, DisputeId, OrderId, RefundId
from domain.payments.provider_event import DisputeStatus
from domain.payments.refund import Refund, RefundKind, RefundState

# Written out as in the partial index: a parameter would keep it from being used.
_OPEN = text("state IN ('requested', 'pending')")


@frozen
class SqlRefunds(Refunds):
    """Refunds by id and by order."""

    transaction: OpenTransaction

    async def add(self, refund: Refund) -> None:
        await rows.add(self.transaction, refunds, _refund_values(refund))

    async def save(self, refund: Refund) -> None:
        await rows.change(self.transaction, refunds, _refund_values(refund))

    async def find(self, refund_id: RefundId) -> Refund | None:
        row = await rows.find(self.transaction, refunds, refund_id)
        return None if row is None else _refund(row)

    async def of_order(self, order_id: OrderId) -> Sequence[Refund]:
        return await self.of_orders([order_id])

    async def of_orders(self, order_ids: Sequence[OrderId]) -> Sequence[Refund]:
        query = select(refunds).where(refunds.c.order_id.in_(list(order_ids)))
        oldest = query.order_by(refunds.c.id)
        return [_refund(row) for row in await self.transaction.run(oldest)]

    async def to_ask_about(self, now: datetime, limit: int) -> Sequence[Refund]:
        query = select(refunds).where(_OPEN, refunds.c.ask_at <= now)
        longest = query.order_by(refunds.c.ask_at, refunds.c.id).limit(limit)
        return [_refund(row) for row in await self.transaction.run(longest)]


def _refund_values(refund: Refund) -> Values:
    return {
        "id": refund.id,
        "order_id": refund.order_id,
        "account_id": refund.account_id,
        "channel": refund.channel,
        "amount_minor": refund.amount_minor,
        "state": refund.state.value,
        "kind": refund.kind.value,
        "reason": refund.reason,
        "provider_refund_id": refund.provider_refund_id,
        "failure": refund.failure,
        "created_at": refund.created_at,
        "changed_at": refund.changed_at,
        "asked": refund.asked,
        "ask_at": refund.ask_at,
    }


def _refund(row: AnyRow) -> Refund:
    return Refund(
        id=RefundId(row.id),
        order_id=OrderId(row.order_id),
        account_id=AccountId(row.account_id),
        channel=Channel(row.channel),
        amount_minor=row.amount_minor,
        state=RefundState(row.state),
        kind=RefundKind(row.kind),
        reason=row.reason,
        provider_refund_id=row.provider_refund_id,
        failure=row.failure,
        created_at=row.created_at,
        changed_at=row.changed_at,
        asked=row.asked,
        ask_at=row.ask_at,
    )


@frozen
class SqlDisputes(Disputes):
    """Disputes by id, by order, and all of them."""

    transaction: OpenTransaction

    async def add(self, dispute: Dispute) -> None:
        await rows.add(self.transaction, disputes, _dispute_values(dispute))

    async def save(self, dispute: Dispute) -> None:
        await rows.change(self.transaction, disputes, _dispute_values(dispute))

    async def find(self, dispute_id: DisputeId) -> Dispute:
        row = await rows.find(self.transaction, disputes, dispute_id)
        if row is None:
            raise DisputeNotFound(dispute_id=dispute_id)
        return _dispute(row)

    async def of_order(self, order_id: OrderId) -> Sequence[Dispute]:
        return await self.of_orders([order_id])

    async def of_orders(self, order_ids: Sequence[OrderId]) -> Sequence[Dispute]:
        query = select(disputes).where(disputes.c.order_id.in_(list(order_ids)))
        oldest = query.order_by(disputes.c.id)
        return [_dispute(row) for row in await self.transaction.run(oldest)]

    async def page(self, status: DisputeStatus | None, request: PageRequest) -> Page[Dispute]:
        query = select(disputes).order_by(disputes.c.id.desc()).limit(request.limit + 1)
        if status is not None:
            query = query.where(disputes.c.status == status.value)
        if request.after is not None:
            query = query.where(disputes.c.id < id_after(request.after))
        found = [_dispute(row) for row in await self.transaction.run(query)]
        return page_of(found, request.limit, lambda dispute: dispute.id)


def _dispute_values(dispute: Dispute) -> Values:
    return {
        "id": dispute.id,
        "order_id": dispute.order_id,
        "account_id": dispute.account_id,
        "channel": dispute.channel,
        "provider_dispute_id": dispute.provider_dispute_id,
        "amount_minor": dispute.amount_minor,
        "currency": dispute.currency,
        "status": dispute.status.value,
        "as_of": dispute.as_of,
        "opened_at": dispute.opened_at,
        "changed_at": dispute.changed_at,
    }


def _dispute(row: AnyRow) -> Dispute:
    return Dispute(
        id=DisputeId(row.id),
        order_id=OrderId(row.order_id),
        account_id=AccountId(row.account_id),
        channel=Channel(row.channel),
        provider_dispute_id=row.provider_dispute_id,
        amount_minor=row.amount_minor,
        currency=row.currency,
        status=DisputeStatus(row.status),
        as_of=row.as_of,
        opened_at=row.opened_at,
        changed_at=row.changed_at,
    )
