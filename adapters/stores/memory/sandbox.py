"""What the sandbox remembers, in memory."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import islice, takewhile

from attrs import frozen

from adapters.stores.memory.table import Rows
from adapters.stores.memory.tables import SANDBOX_DUE
from application.ports.sandbox import SandboxRecord, SandboxRecords


@frozen
class MemorySandboxRecords(SandboxRecords):
    """Records by kind and id."""

    records: Rows[SandboxRecord]

    async def get(self, kind: str, id: str) -> SandboxRecord | None:
        return self.records.find(kind, id)

    async def put(self, record: SandboxRecord) -> None:
        self.records.put(record)

    async def remove(self, kind: str, id: str) -> None:
        self.records.remove(kind, id)

    async def due(self, kind: str, now: datetime, limit: int) -> Sequence[SandboxRecord]:
        due = takewhile(
            lambda record: record.due_at is not None and record.due_at <= now,
            self.records.ascending(SANDBOX_DUE, prefix=(kind,)),
        )
        return list(islice(due, limit))

    async def next_due_after(self, kind: str, instant: datetime) -> datetime | None:
        in_order = self.records.ascending(SANDBOX_DUE, prefix=(kind,))
        dues = (record.due_at for record in in_order)
        return next((due for due in dues if due is not None and due > instant), None)

    async def of_kind(self, kind: str, prefix: str, limit: int) -> Sequence[SandboxRecord]:
        found = takewhile(
            lambda record: record.id.startswith(prefix),
            self.records.ascending(prefix=(kind,), since=(kind, prefix)),
        )
        return list(islice(found, limit))
