"""Comparing with the providers: what past runs found; run it, mend the drift with a reason."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web
from attrs import frozen

from application.payments.list_reconciliations import (
    ListingReconciliations,
    ListReconciliations,
    ReadingReconciliation,
    ReadReconciliation,
)
from application.payments.reconcile import Reconcile, Reconciled, Reconciling
from application.payments.steps.last_heard import LOOK_BACK
from application.ports.reconciliations import ReconciliationFilter
from domain.access.role import Right
from domain.errors import BillingError
from domain.payments.errors import ReconciliationNotFound
from domain.payments.ids import Channel, ReconciliationId
from domain.payments.reconciliation import kept
from entrypoints.console.forms import STEP, Filled, Reading, refused
from entrypoints.console.ids import id_of
from entrypoints.console.lists import page_of
from entrypoints.console.page import Page, Visit
from entrypoints.http.admin_reconcile import ReconcileBody

_FIELDS = ("channel", "since", "reason")
_JUST_A_LOOK = "A look at the console"


@frozen(kw_only=True)
class ReconciliationPages:
    """What providers know, held against what we know; `channels` are those configured."""

    reconcile: Reconciling
    list_reconciliations: ListingReconciliations
    read_reconciliation: ReadingReconciliation
    channels: Sequence[Channel]

    def pages(self) -> Sequence[Page]:
        """Return the form with the past runs below it, and one run."""
        path = "/reconciliation"
        return (
            Page(method="GET", path=path, handler=self.get_form, right=Right.READ),
            Page(method="GET", path=f"{path}/run", handler=self.get_run, right=Right.READ),
            Page(method="POST", path=path, handler=self.post_form, right=Right.OWN),
        )

    async def get_form(self, visit: Visit) -> web.Response:
        """Ask what to compare, and show what was found before."""
        return await self._page(visit, Filled(values={}), None)

    async def get_run(self, visit: Visit) -> web.Response:
        """Show one run with what it found."""
        run_id = ReconciliationId(
            id_of(visit, lambda given: ReconciliationNotFound(run_id=ReconciliationId(given)))
        )
        found = await self.read_reconciliation(ReadReconciliation(run_id=run_id))
        return visit.shown("reconciliation-run.html", run=found.run, drift=found.drift)

    async def post_form(self, visit: Visit) -> web.Response:
        """Compare, and mend what differs only if that was asked for; only then a reason is due."""
        given = await visit.given()
        reading, is_applied = Reading(given), given.text(STEP) == "apply"
        try:
            body = reading.body(
                ReconcileBody,
                {
                    "channel": reading.text("channel"),
                    "since": reading.instant("since"),
                    "apply": is_applied,
                    "reason": reading.text("reason") or (None if is_applied else _JUST_A_LOOK),
                },
            )
            found = await self.reconcile(
                Reconcile(
                    channel=None if body.channel is None else Channel(body.channel),
                    since=body.since,
                    is_to_be_applied=is_applied,
                    reason=body.reason,
                    actor=visit.actor,
                )
            )
        except BillingError as refusal:
            return await self._page(visit, refused(given, refusal, fields=_FIELDS), None, 400)
        return await self._page(visit, Filled(values=given.values), found, is_applied=is_applied)

    async def _page(
        self,
        visit: Visit,
        form: Filled,
        found: Reconciled | None,
        status: int = 200,
        *,
        is_applied: bool = False,
    ) -> web.Response:
        only_unclean = visit.query.get("only", "") == "unclean"
        where = ReconciliationFilter(only_unclean=only_unclean)
        drift = () if found is None else kept(found.drift)
        return visit.shown(
            "reconciliation.html",
            status=status,
            form=form,
            found=found,
            drift=drift,
            is_mendable=bool(drift) and not is_applied,
            is_applied=is_applied,
            may_compare=visit.may(Right.OWN),
            page=await self.list_reconciliations(
                ListReconciliations(where=where, page=page_of(visit))
            ),
            only_unclean=only_unclean,
            channels=self.channels,
            look_back=LOOK_BACK.days,
        )
