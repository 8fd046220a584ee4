"""How a change of an endpoint becomes a line of the audit log."""

from __future__ import annotations

from datetime import datetime

from application.access.steps.auditing import entry
from application.ports.system import NewId
from application.ports.unit_of_work import UnitOfWork
from domain.access.audit import Actor
from domain.events.endpoint import Endpoint


async def audit(
    work: UnitOfWork,
    new_id: NewId,
    now: datetime,
    actor: Actor,
    action: str,
    before: Endpoint | None,
    after: Endpoint | None,
    *,
    reason: str = "",
) -> None:
    """Write down what was done to an endpoint; its secrets stand in no text."""
    about = after or before
    assert about is not None, "something was done to an endpoint"
    await work.audit_log.add(
        entry(
            new_id,
            now,
            actor,
            f"endpoint.{action}",
            f"endpoint:{about.id}",
            before=before,
            after=after,
            reason=reason,
        )
    )
