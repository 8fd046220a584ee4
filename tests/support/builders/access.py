"""Profiles, keys and the audit log."""

from datetime import datetime

from domain.access.account import Account
from domain.access.api_key import ApiKey, digest_of
from domain.access.audit import Actor, AuditEntry
from domain.access.ids import ApiKeyId, AuditId
from domain.access.role import Role, Scope
from domain.credits.ids import AccountId
from tests.support.builders.credits import SOMEBODY
from tests.support.clock import NOON, fresh_id


def an_account(
    *,
    id: AccountId = SOMEBODY,
    email: str | None = "somebody@example.com",
    zone: str | None = None,
    created_at: datetime = NOON,
) -> Account:
    """Return an account's profile."""
    return Account(id=id, email=email, zone=zone, created_at=created_at)


def an_api_key(
    *,
    id: str | None = None,
    secret: str | None = None,
    scopes: frozenset[Scope] = frozenset({Scope.CREDITS_SPEND}),
    role: Role | None = None,
    spend_max: int | None = None,
    spend_max_per_day: int | None = None,
) -> ApiKey:
    """Return a backend's key that may spend; with a role it is an admin's, and has no scopes."""
    key_id = id or fresh_id()
    return ApiKey(
        id=ApiKeyId(key_id),
        name="backend",
        digest=digest_of(secret or f"the secret of {key_id}"),
        scopes=frozenset() if role else scopes,
        role=role,
        spend_max=spend_max,
        spend_max_per_day=spend_max_per_day,
        created_at=NOON,
    )


def an_audit_entry(*, target: str = "plan:1", at: datetime = NOON) -> AuditEntry:
    """Return the record of a change by an admin."""
    return AuditEntry(
        id=AuditId(fresh_id()),
        at=at,
        actor=Actor(id="admin-1", request_id=fresh_id()),
        action="plan.change",
        target=target,
        before="price 990",
        after="price 1290",
        reason="new year, new price",
    )
