"""Look at the comparisons with the providers that were made."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from application.ports.paging import Page, PageRequest
from application.ports.reconciliations import ReconciliationFilter
from application.ports.unit_of_work import BeginRead
from domain.payments.errors import ReconciliationNotFound
from domain.payments.ids import ReconciliationId
from domain.payments.reconciliation import Drift, Reconciliation


@frozen(kw_only=True)
class ListReconciliations:
    """Which runs, and which page of them."""

    where: ReconciliationFilter
    page: PageRequest


@frozen(kw_only=True)
class ListingReconciliations:
    """Answer runs, newest first. Refusals: InvalidField (the cursor)."""

    read: BeginRead

    async def __call__(self, command: ListReconciliations) -> Page[Reconciliation]:
        async with self.read() as work:
            return await work.reconciliations.page(command.where, command.page)


@frozen(kw_only=True)
class ReadReconciliation:
    """Which run."""

    run_id: ReconciliationId


@frozen(kw_only=True)
class ReconciliationRead:
    """A run, and the differences that are kept beside it: the first `DRIFT_KEPT_MAX`."""

    run: Reconciliation
    drift: Sequence[Drift]


@frozen(kw_only=True)
class ReadingReconciliation:
    """Answer one run with what it found. Refusals: ReconciliationNotFound."""

    read: BeginRead

    async def __call__(self, command: ReadReconciliation) -> ReconciliationRead:
        async with self.read() as work:
            run = await work.reconciliations.find(command.run_id)
            if run is None:
                raise ReconciliationNotFound(run_id=command.run_id)
            drift = await work.reconciliations.drift_of(command.run_id)
        return ReconciliationRead(run=run, drift=drift)
