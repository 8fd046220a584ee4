"""Accounts, API keys, the audit log and sessions of the console."""

from __future__ import annotations

from sqlalchemy import Column, Index, LargeBinary, Table, UniqueConstraint

from adapters.stores.sql.columns import counted, named, texted, timed
from adapters.stores.sql.tables.metadata import check, metadata

accounts = Table(
    "accounts",
    metadata,
    named("id", is_key=True),
    texted("email", is_optional=True),
    named("zone", is_optional=True),
    timed("zone_changed_at", is_optional=True),
    timed("created_at"),
    Index(None, "email"),
)

api_keys = Table(
    "api_keys",
    metadata,
    named("id", is_key=True),
    texted("name"),
    Column("digest", LargeBinary, nullable=False),
    texted("scopes"),
    named("role", is_optional=True),
    counted("spend_max", is_optional=True),
    counted("spend_max_per_day", is_optional=True),
    timed("created_at"),
    timed("revoked_at", is_optional=True),
    UniqueConstraint("digest"),
    check("spend_max > 0 AND spend_max_per_day > 0", "limits"),
)

audit_log = Table(
    "audit_log",
    metadata,
    named("id", is_key=True),
    timed("at"),
    texted("actor_id"),
    texted("request_id"),
    named("action"),
    named("target"),
    texted("before"),
    texted("after"),
    texted("reason"),
    Index(None, "target", "id"),
)

sessions = Table(
    "sessions",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    texted("actor_id"),
    named("role"),
    named("api_key_id", is_optional=True),
    timed("opened_at"),
    timed("expires_at"),
    Index(None, "expires_at"),
)
