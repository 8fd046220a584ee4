"""What the audit log says of what a page did."""

from application.ports.access import AuditFilter
from application.ports.paging import PageRequest
from domain.access.audit import AuditEntry
from tests.support.app import Service


async def audit_of(service: Service) -> list[AuditEntry]:
    """Return its newest hundred lines."""
    async with service.store.read() as work:
        page = await work.audit_log.page(AuditFilter(), PageRequest(limit=100))
    return list(page.items)
