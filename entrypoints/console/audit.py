"""The audit log: who changed what, from what to what, and why."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web
from attrs import frozen

from application.access.list_audit import ListAudit, ListingAudit
from application.ports.access import AuditFilter
from domain.access.role import Right
from domain.errors import InvalidField
from entrypoints.console.lists import filters_of, page_of
from entrypoints.console.page import Page, Visit

_TARGET_LENGTH_MAX = 200


@frozen(kw_only=True)
class AuditPages:
    """What admins have changed; nobody can change it."""

    list_audit: ListingAudit

    def pages(self) -> Sequence[Page]:
        """Return the list."""
        return (Page(method="GET", path="/audit", handler=self.get_entries, right=Right.READ),)

    async def get_entries(self, visit: Visit) -> web.Response:
        """Show a page of the log, of one thing or of all."""
        target = visit.query.get("target", "").strip()
        if len(target) > _TARGET_LENGTH_MAX or not target.isprintable():
            raise InvalidField(path="target", problem="is not the name of a thing")
        where = AuditFilter(target=target or None)
        page = await self.list_audit(ListAudit(where=where, page=page_of(visit)))
        return visit.shown("audit.html", page=page, filters=filters_of(visit, "target"))
