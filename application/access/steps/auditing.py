"""How an admin's change becomes a line of the audit log."""

from __future__ import annotations

from datetime import datetime

from application.ports.system import NewId
from domain.access.audit import Actor, AuditEntry
from domain.access.ids import AuditId
from domain.errors import InvalidField


def must_say_why(reason: str) -> None:
    """Refuse a change on record that gives no reason. Raises InvalidField."""
    if not reason.strip():
        raise InvalidField(path="reason", problem="must say why")


def entry(
    new_id: NewId,
    now: datetime,
    actor: Actor,
    action: str,
    target: str,
    *,
    before: object = None,
    after: object = None,
    reason: str = "",
) -> AuditEntry:
    """Return the audit entry for a change; what was and what is are kept as their texts."""
    return AuditEntry(
        id=AuditId(new_id()),
        at=now,
        actor=actor,
        action=action,
        target=target,
        before="" if before is None else str(before),
        after="" if after is None else str(after),
        reason=reason,
    )
