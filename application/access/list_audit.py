"""Read what admins have changed."""

from __future__ import annotations

from attrs import frozen

from application.ports.access import AuditFilter
from application.ports.paging import Page, PageRequest
from application.ports.unit_of_work import BeginRead
from domain.access.audit import AuditEntry


@frozen(kw_only=True)
class ListAudit:
    """Ask for a page of the audit log that a filter lets through."""

    where: AuditFilter
    page: PageRequest


@frozen(kw_only=True)
class ListingAudit:
    """Read the audit log, newest first."""

    read: BeginRead

    async def __call__(self, command: ListAudit) -> Page[AuditEntry]:
        async with self.read() as work:
            return await work.audit_log.page(command.where, command.page)
