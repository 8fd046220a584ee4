"""The comparisons with the providers that were made, for operators."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
from aiohttp import web
from attrs import frozen

from application.payments.list_reconciliations import (
    ListingReconciliations,
    ListReconciliations,
    ReadingReconciliation,
    ReadReconciliation,
    ReconciliationRead,
)
from application.ports.reconciliations import ReconciliationFilter
from domain.access.role import Right
from domain.payments.errors import ReconciliationNotFound
from domain.payments.ids import ReconciliationId
from domain.payments.reconciliation import DRIFT_KEPT_MAX, Reconciliation
from entrypoints.http.drift import Count, DriftView
from entrypoints.http.endpoint import Endpoint, Shape
from entrypoints.http.paging import CursorQuery
from entrypoints.http.policy import Admin
from entrypoints.http.values import Id, Instant
from entrypoints.http.wire import path_id, read_query, reply, reply_page

_TAG = "Admin: providers"


@frozen(kw_only=True)
class ReconciliationQuery(CursorQuery):
    """Which runs: all, or only those that found something or could not read all."""

    only_unclean: bool = False


@frozen(kw_only=True, slots=False)
class ReconciliationRunView:
    """A comparison that has ended: when, who started it, why, what it looked at and what it found.

    `started_by` is `system` for the worker's own. `mends` says whether differences were to be
    mended: then they are `mended`, else left `open`; `needs_person` are those no step can mend.
    """

    id: Id
    began_at: Instant
    ended_at: Instant
    started_by: str
    request_id: str
    reason: str
    mends: bool
    channels: tuple[str, ...]
    unread: tuple[str, ...]
    compared: Count
    drift_total: Count
    mended: Count
    open: Count
    needs_person: Count

    @classmethod
    def of(cls, run: Reconciliation) -> ReconciliationRunView:
        """Return the run as it is shown."""
        return cls(**attrs.asdict(run, recurse=False), drift_total=run.drift_total)


@frozen(kw_only=True, slots=False)
class ReconciliationFoundView:
    """A run, and its differences in the order they were found: the first 1,000."""

    run: ReconciliationRunView
    drift: tuple[DriftView, ...]

    @classmethod
    def of(cls, found: ReconciliationRead) -> ReconciliationFoundView:
        """Return the run with what it found."""
        return cls(
            run=ReconciliationRunView.of(found.run),
            drift=tuple(DriftView.of(each) for each in found.drift),
        )


assert DRIFT_KEPT_MAX == 1000, "what the views say is what is kept"


@frozen(kw_only=True)
class AdminReconciliationsApi:
    """What comparing with the providers has found."""

    list_reconciliations: ListingReconciliations
    read_reconciliation: ReadingReconciliation

    def endpoints(self) -> Sequence[Endpoint]:
        """Return the routes that read runs."""
        return (
            Endpoint(
                method="GET",
                path="/admin/reconciliations",
                handler=self.get_runs,
                policy=Admin(Right.READ),
                tag=_TAG,
                summary="List comparisons with the providers, newest first",
                description="Those of the worker, of commands, of the console and of this API. "
                "Kept for BILLING_RECONCILIATION_DAYS.",
                query=ReconciliationQuery,
                response=ReconciliationRunView,
                shape=Shape.LIST,
            ),
            Endpoint(
                method="GET",
                path="/admin/reconciliations/{id}",
                handler=self.get_run,
                policy=Admin(Right.READ),
                tag=_TAG,
                summary="Read a comparison with what it found",
                response=ReconciliationFoundView,
                refusals=(ReconciliationNotFound,),
            ),
        )

    async def get_runs(self, request: web.Request) -> web.Response:
        """Answer a page of runs."""
        query = read_query(request, ReconciliationQuery)
        where = ReconciliationFilter(only_unclean=query.only_unclean)
        asked = query.page()
        page = await self.list_reconciliations(ListReconciliations(where=where, page=asked))
        return reply_page(page, ReconciliationRunView.of, asked)

    async def get_run(self, request: web.Request) -> web.Response:
        """Answer one run with its differences."""
        run_id = ReconciliationId(
            path_id(
                request,
                lambda given: ReconciliationNotFound(run_id=ReconciliationId(given)),
            )
        )
        found = await self.read_reconciliation(ReadReconciliation(run_id=run_id))
        return reply(ReconciliationFoundView.of(found))
