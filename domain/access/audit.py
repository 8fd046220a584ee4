"""The record of what admins changed: who, what, before and after, and why."""

from __future__ import annotations

from datetime import datetime

from attrs import frozen

from domain.access.ids import AuditId


@frozen(kw_only=True)
class Actor:
    """The admin behind a change: a token's subject or a key's id, and the request it came in."""

    id: str
    request_id: str = ""


@frozen(kw_only=True)
class AuditEntry:
    """One change by an admin, written in the same commit as the change and never altered.

    `before` and `after` are short texts of what was changed; `reason` is the admin's own.
    """

    id: AuditId
    at: datetime
    actor: Actor
    action: str
    target: str
    before: str = ""
    after: str = ""
    reason: str = ""
