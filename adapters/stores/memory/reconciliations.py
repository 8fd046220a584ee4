"""Comparisons with the providers in memory."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import islice, takewhile

from attrs import frozen

from adapters.stores.memory.paging import id_after, page_of
from adapters.stores.memory.reconciliation_tables import RUN_ENDED, RUN_UNCLEAN, KeptRun
from adapters.stores.memory.table import Rows
from application.ports.paging import Page, PageRequest
from application.ports.reconciliations import ReconciliationFilter, Reconciliations
from domain.payments.ids import ReconciliationId
from domain.payments.reconciliation import Drift, Reconciliation


@frozen
class MemoryReconciliations(Reconciliations):
    """Runs by id, and by when they ended."""

    runs: Rows[KeptRun]

    async def add(self, run: Reconciliation, drift: Sequence[Drift]) -> None:
        self.runs.add(KeptRun(run=run, drift=tuple(drift)))

    async def find(self, run_id: ReconciliationId) -> Reconciliation | None:
        found = self.runs.find(run_id)
        return None if found is None else found.run

    async def drift_of(self, run_id: ReconciliationId) -> Sequence[Drift]:
        found = self.runs.find(run_id)
        return () if found is None else found.drift

    async def page(self, where: ReconciliationFilter, request: PageRequest) -> Page[Reconciliation]:
        after = id_after(request.after)
        if where.only_unclean:
            newest = self.runs.descending(RUN_UNCLEAN, before=after)
        else:
            newest = self.runs.descending(before=after)
        return page_of((kept.run for kept in newest), request.limit, lambda run: run.id)

    async def forget(self, before: datetime, limit: int) -> int:
        over = takewhile(lambda kept: kept.run.ended_at < before, self.runs.ascending(RUN_ENDED))
        oldest = list(islice(over, limit))
        for kept in oldest:
            self.runs.remove(kept.run.id)
        return len(oldest)
