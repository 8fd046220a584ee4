"""Comparisons with the providers in the database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from attrs import frozen
from sqlalchemy import delete, select

from adapters.stores.sql import rows
from adapters.stores.sql.json_columns import json_text, json_value
from adapters.stores.sql.open_transaction import AnyRow, OpenTransaction
from adapters.stores.sql.paging import id_after, page_of
from adapters.stores.sql.tables.reconciliations import reconciliations
from application.ports.paging import Page, PageRequest
from application.ports.reconciliations import ReconciliationFilter, Reconciliations
from domain.payments.ids import Channel, ReconciliationId
from domain.payments.reconciliation import Drift, Reconciliation

# What a run found may be long, and no list shows it.
_LISTED = [column for column in reconciliations.c if column.name != "drift"]


@frozen
class SqlReconciliations(Reconciliations):
    """Runs by id, and by when they ended."""

    transaction: OpenTransaction

    async def add(self, run: Reconciliation, drift: Sequence[Drift]) -> None:
        values = {
            "id": run.id,
            "began_at": run.began_at,
            "ended_at": run.ended_at,
            "started_by": run.started_by,
            "request_id": run.request_id,
            "reason": run.reason,
            "mends": run.mends,
            "channels": json_text(run.channels),
            "unread": json_text(run.unread),
            "compared": run.compared,
            "mended": run.mended,
            "open": run.open,
            "needs_person": run.needs_person,
            "is_unclean": not run.is_clean,
            "drift": json_text(tuple(drift)),
        }
        await rows.add(self.transaction, reconciliations, values)

    async def find(self, run_id: ReconciliationId) -> Reconciliation | None:
        query = select(*_LISTED).where(reconciliations.c.id == run_id)
        row = rows.first(await self.transaction.run(query))
        return None if row is None else _run(row)

    async def drift_of(self, run_id: ReconciliationId) -> Sequence[Drift]:
        query = select(reconciliations.c.drift).where(reconciliations.c.id == run_id)
        row = rows.first(await self.transaction.run(query))
        return () if row is None else json_value(row.drift, tuple[Drift, ...])

    async def page(self, where: ReconciliationFilter, request: PageRequest) -> Page[Reconciliation]:
        column = reconciliations.c
        query = select(*_LISTED).order_by(column.id.desc()).limit(request.limit + 1)
        if where.only_unclean:
            query = query.where(column.is_unclean)
        if request.after is not None:
            query = query.where(column.id < id_after(request.after))
        found = [_run(row) for row in await self.transaction.run(query)]
        return page_of(found, request.limit, lambda run: run.id)

    async def forget(self, before: datetime, limit: int) -> int:
        column = reconciliations.c
        over = select(column.id).where(column.ended_at < before)
        oldest = over.order_by(column.ended_at, column.id).limit(limit)
        named = [row.id for row in await self.transaction.run(oldest)]
        if named:
            await self.transaction.run(delete(reconciliations).where(column.id.in_(named)))
        return len(named)


def _run(row: AnyRow) -> Reconciliation:
    return Reconciliation(
        id=ReconciliationId(row.id),
        began_at=row.began_at,
        ended_at=row.ended_at,
        started_by=row.started_by,
        request_id=row.request_id,
        reason=row.reason,
        mends=row.mends,
        channels=json_value(row.channels, tuple[Channel, ...]),
        unread=json_value(row.unread, tuple[Channel, ...]),
        compared=row.compared,
        mended=row.mended,
        open=row.open,
        needs_person=row.needs_person,
    )
