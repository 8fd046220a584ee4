"""Accounts, API keys and the audit log."""

from __future__ import annotations

from alembic import op
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Index,
    LargeBinary,
    Text,
    UniqueConstraint,
)

from adapters.stores.sql.columns import Instant, name_type
from adapters.stores.sql.migrations.append_only import refuse_changes

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    _create_accounts()
    _create_api_keys()
    _create_audit_log()
    refuse_changes("audit_log")


def _create_accounts() -> None:
    op.create_table(
        "accounts",
        Column("id", name_type(), primary_key=True),
        Column("email", Text(), nullable=True),
        Column("zone", name_type(), nullable=True),
        Column("zone_changed_at", Instant(), nullable=True),
        Column("created_at", Instant(), nullable=False),
        Index(None, "email"),
    )


def _create_api_keys() -> None:
    op.create_table(
        "api_keys",
        Column("id", name_type(), primary_key=True),
        Column("name", Text(), nullable=False),
        Column("digest", LargeBinary, nullable=False),
        Column("scopes", Text(), nullable=False),
        Column("role", name_type(), nullable=True),
        Column("spend_max", BigInteger(), nullable=True),
        Column("spend_max_per_day", BigInteger(), nullable=True),
        Column("created_at", Instant(), nullable=False),
        Column("revoked_at", Instant(), nullable=True),
        UniqueConstraint("digest"),
        CheckConstraint("spend_max > 0 AND spend_max_per_day > 0", name="limits"),
    )


def _create_audit_log() -> None:
    op.create_table(
        "audit_log",
        Column("id", name_type(), primary_key=True),
        Column("at", Instant(), nullable=False),
        Column("actor_id", Text(), nullable=False),
        Column("request_id", Text(), nullable=False),
        Column("action", name_type(), nullable=False),
        Column("target", name_type(), nullable=False),
        Column("before", Text(), nullable=False),
        Column("after", Text(), nullable=False),
        Column("reason", Text(), nullable=False),
        Index(None, "target", "id"),
    )
