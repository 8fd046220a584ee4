"""What is kept about a customer: downloaded as a whole, and erased."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web
from attrs import frozen

from application.access.erase_account import EraseAccount, ErasingAccount
from application.access.export_account import ExportAccount, ExportingAccount
from domain.access.role import Right
from domain.errors import BillingError
from entrypoints.console.forms import Filled, Reading, refused
from entrypoints.console.page import Page, Visit
from entrypoints.http.account_export import export_name, send_export
from entrypoints.http.admin_privacy import EraseBody


@frozen(kw_only=True)
class PrivacyPages:
    """An export for whoever moves credits; erasing for an owner alone, with a reason."""

    export_account: ExportingAccount
    erase_account: ErasingAccount

    def pages(self) -> Sequence[Page]:
        """Return the download and the form."""
        export, erase = "/customer/export", "/customer/erase"
        return (
            Page(method="GET", path=export, handler=self.get_export, right=Right.CREDIT),
            Page(method="GET", path=erase, handler=self.get_erase, right=Right.OWN),
            Page(method="POST", path=erase, handler=self.post_erase, right=Right.OWN),
        )

    async def get_export(self, visit: Visit) -> web.StreamResponse:
        """Send everything about the account as a file."""
        account_id = visit.account()
        parts = self.export_account(ExportAccount(account_id=account_id))
        return await send_export(visit.request, export_name(account_id), parts)

    async def get_erase(self, visit: Visit) -> web.Response:
        """Say what goes and what stays, and ask why."""
        return self._form(visit, Filled(values={}))

    async def post_erase(self, visit: Visit) -> web.Response:
        """Erase the account's personal texts."""
        given, account_id = await visit.given(), visit.account()
        reading = Reading(given)
        try:
            values = {"reason": reading.text("reason"), "force": reading.is_chosen("force")}
            body = reading.body(EraseBody, values)
            await self.erase_account(
                EraseAccount(
                    account_id=account_id,
                    reason=body.reason,
                    force=body.force,
                    actor=visit.actor,
                    key=visit.key(given),
                )
            )
        except BillingError as refusal:
            return self._form(visit, refused(given, refusal, fields=("reason", "force")), 400)
        return visit.go("/customer", notice="erased", account=account_id)

    def _form(self, visit: Visit, form: Filled, status: int = 200) -> web.Response:
        return visit.shown("erase.html", status=status, account_id=visit.account(), form=form)
