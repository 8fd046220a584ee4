"""Comparing with the providers: run it, look at the drift, mend it with a reason."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web
from attrs import frozen

from application.payments.reconcile import LOOK_BACK, Reconcile, Reconciled, Reconciling
from domain.access.role import Right
from domain.errors import BillingError
from domain.payments.ids import Channel
from entrypoints.console.forms import STEP, Filled, Reading, refused
from entrypoints.console.page import Page, Visit
from entrypoints.http.admin_reconcile import DRIFT_SHOWN_MAX, ReconcileBody

_FIELDS = ("channel", "since", "reason")


@frozen(kw_only=True)
class ReconciliationPages:
    """What providers know, held against what we know; `channels` are those configured."""

    reconcile: Reconciling
    channels: Sequence[Channel]

    def pages(self) -> Sequence[Page]:
        """Return the form, which shows what was found as well."""
        path = "/reconciliation"
        return (
            Page(method="GET", path=path, handler=self.get_form, right=Right.OWN),
            Page(method="POST", path=path, handler=self.post_form, right=Right.OWN),
        )

    async def get_form(self, visit: Visit) -> web.Response:
        """Ask what to compare."""
        return self._page(visit, Filled(values={}), None)

    async def post_form(self, visit: Visit) -> web.Response:
        """Compare, and mend what differs only if that was asked for."""
        given = await visit.given()
        reading, is_applied = Reading(given), given.text(STEP) == "apply"
        try:
            body = reading.body(
                ReconcileBody,
                {
                    "channel": reading.text("channel"),
                    "since": reading.instant("since"),
                    "apply": is_applied,
                    "reason": reading.text("reason"),
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
            return self._page(visit, refused(given, refusal, fields=_FIELDS), None, 400)
        return self._page(visit, Filled(values=given.values), found, is_applied=is_applied)

    def _page(
        self,
        visit: Visit,
        form: Filled,
        found: Reconciled | None,
        status: int = 200,
        *,
        is_applied: bool = False,
    ) -> web.Response:
        return visit.shown(
            "reconciliation.html",
            status=status,
            form=form,
            found=found,
            drift=() if found is None else found.drift[:DRIFT_SHOWN_MAX],
            is_applied=is_applied,
            channels=self.channels,
            look_back=LOOK_BACK.days,
        )
