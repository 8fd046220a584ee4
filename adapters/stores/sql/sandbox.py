"""What the sandbox remembers, in the database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from attrs import frozen
from sqlalchemy import select

from adapters.stores.sql import rows
from adapters.stores.sql.open_transaction import AnyRow, OpenTransaction
from adapters.stores.sql.tables.sandbox import sandbox_records
from application.ports.sandbox import SandboxRecord, SandboxRecords

# Whatever begins with a prefix sorts below the prefix followed by the last character there is.
_LAST_CHARACTER = "\U0010ffff"


@frozen
class SqlSandboxRecords(SandboxRecords):
    """Records by kind and id."""

    transaction: OpenTransaction

    async def get(self, kind: str, id: str) -> SandboxRecord | None:
        row = await rows.take(self.transaction, sandbox_records, kind, id)
        return None if row is None else _record(row)

    async def put(self, record: SandboxRecord) -> None:
        values = {
            "kind": record.kind,
            "id": record.id,
            "body": record.body,
            "due_at": record.due_at,
        }
        await rows.put(self.transaction, sandbox_records, values)

    async def remove(self, kind: str, id: str) -> None:
        await rows.remove(self.transaction, sandbox_records, kind, id)

    async def due(self, kind: str, now: datetime, limit: int) -> Sequence[SandboxRecord]:
        column = sandbox_records.c
        query = select(sandbox_records).where(column.kind == kind, column.due_at <= now)
        longest = query.order_by(column.due_at, column.id).limit(limit)
        return [_record(row) for row in await self.transaction.run(longest)]

    async def next_due_after(self, kind: str, instant: datetime) -> datetime | None:
        column = sandbox_records.c
        query = select(column.due_at).where(column.kind == kind, column.due_at > instant)
        row = rows.first(await self.transaction.run(query.order_by(column.due_at).limit(1)))
        return None if row is None else row.due_at

    async def of_kind(self, kind: str, prefix: str, limit: int) -> Sequence[SandboxRecord]:
        column = sandbox_records.c
        query = select(sandbox_records).where(
            column.kind == kind, column.id >= prefix, column.id < prefix + _LAST_CHARACTER
        )
        in_order = query.order_by(column.id).limit(limit)
        return [_record(row) for row in await self.transaction.run(in_order)]


def _record(row: AnyRow) -> SandboxRecord:
    return SandboxRecord(kind=row.kind, id=row.id, body=row.body, due_at=row.due_at)
