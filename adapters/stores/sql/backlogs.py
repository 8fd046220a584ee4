"""What waits, counted in the database."""

from __future__ import annotations

from attrs import frozen
from sqlalchemy import Column, ColumnElement, FromClause, TextClause, and_, func, select, text

from adapters.stores.sql.open_transaction import OpenTransaction
from adapters.stores.sql.tables.events import deliveries, endpoints, outbox
from adapters.stores.sql.tables.payments import inbox
from application.ports.backlogs import Backlog, Backlogs
from domain.events.endpoint import EndpointStatus
from domain.payments.inbox import InboxStatus

# Written out as in the partial indexes: a parameter would keep them from being used.
_TO_BE_APPLIED = text("status IN ('received', 'failed')")


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
        is_on = and_(
            deliveries.c.endpoint_id == endpoints.c.id,
            endpoints.c.status == EndpointStatus.ON.value,
        )
        on_their_way = deliveries.join(endpoints, is_on)
        # `status` alone would be that of either table.
        waits = text("deliveries.status = 'waiting'")
        return await self._backlog(deliveries.c.due_at, waits, on_their_way)

    async def _backlog(
        self,
        since: Column[object],
        waits: ColumnElement[bool] | TextClause,
        among: FromClause | None = None,
    ) -> Backlog:
        query = select(func.count(), func.min(since, type_=since.type)).where(waits)
        chosen = query.select_from(since.table if among is None else among)
        count, oldest_at = (await self.transaction.run(chosen))[0]
        return Backlog(count=count, oldest_at=oldest_at)
