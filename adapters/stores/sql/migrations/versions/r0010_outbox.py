"""Events to be delivered, the endpoints they go to, and how each delivery stands."""

from __future__ import annotations

from alembic import op
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Text,
    text,
    true,
)

from adapters.stores.sql.columns import Instant, name_type

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    _create_outbox()
    _create_endpoints()
    _create_deliveries()


def _create_outbox() -> None:
    op.create_table(
        "outbox",
        Column("id", name_type(), primary_key=True),
        Column("account_id", name_type(), nullable=True),
        Column("type", name_type(), nullable=False),
        Column("at", Instant(), nullable=False),
        Column("payload", Text(), nullable=False),
        Column("is_new", Boolean(), nullable=False, server_default=true()),
        Index(None, "account_id", "id"),
        Index(
            "ix_outbox_new",
            "id",
            sqlite_where=text("is_new = 1"),
            postgresql_where=text("is_new"),
        ),
    )


def _create_endpoints() -> None:
    op.create_table(
        "endpoints",
        Column("id", name_type(), primary_key=True),
        Column("url", Text(), nullable=False),
        Column("description", Text(), nullable=False),
        Column("types", Text(), nullable=False),
        Column("status", name_type(), nullable=False),
        Column("secrets", Text(), nullable=False),
        Column("failing_since", Instant(), nullable=True),
        Column("created_at", Instant(), nullable=False),
        Column("changed_at", Instant(), nullable=False),
    )


def _create_deliveries() -> None:
    op.create_table(
        "deliveries",
        Column("event_id", name_type(), primary_key=True),
        Column("endpoint_id", name_type(), primary_key=True),
        Column("status", name_type(), nullable=False),
        Column("tries", BigInteger(), nullable=False),
        Column("due_at", Instant(), nullable=False),
        Column("delivered_at", Instant(), nullable=True),
        Column("attempts", Text(), nullable=False),
        ForeignKeyConstraint(["event_id"], ["outbox.id"], deferrable=True, initially="DEFERRED"),
        CheckConstraint("tries >= 0", name="tries"),
        Index(
            "ix_deliveries_due",
            "endpoint_id",
            "due_at",
            sqlite_where=text("status = 'waiting'"),
            postgresql_where=text("status = 'waiting'"),
        ),
        postgresql_with={"fillfactor": 80},
    )
