"""What waits, counted in the database."""

from __future__ import annotations

from attrs import frozen
from sqlalchemy import Column, ColumnElement, TextClause, func, select, text

from adapters.stores.sql.open_transaction import OpenTransaction
from adapters.stores.sql.tables.events import deliveries, outbox
from adapters.stores.sql.tables.payments import inbox
from application.ports.backlogs import Backlog, Backlogs
from domain.payments.inbox import InboxStatus

# Written out as in the partial indexes: a parameter would keep them from being used.
_TO_BE_APPLIED = text("status IN ('received', 'failed')")
_TO_BE_DELIVERED = text("status = 'waiting'")


@frozen
class SqlBacklogs(Backlogs):
    """Counts over partial indexes."""

    transaction: OpenTransaction

    async def inbox(self) -> Backlog:
        return await self._backlog(inbox.c.received_at, _TO_BE_APPLIED)

    async def dead_webhooks(self) -> int:
        dead = inbox.c.status == InboxStatus.DEAD.value
        query = select(func.count()).select_from(inbox).where(dead)
        count: int = (await self.transaction.run(query))[0][0]
        return count

    async def outbox(self) -> Backlog:
        return await self._backlog(outbox.c.at, outbox.c.is_new)

    async def deliveries(self) -> Backlog:
        return await self._backlog(deliveries.c.due_at, _TO_BE_DELIVERED)

    async def _backlog(
        self, since: Column[object], waits: ColumnElement[bool] | TextClause
    ) -> Backlog:
        query = select(func.count(), func.min(since, type_=since.type)).where(waits)
        count, oldest_at = (await self.transaction.run(query.select_from(since.table)))[0]
        return Backlog(count=count, oldest_at=oldest_at)
