"""First answers of requests outside the ledger."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Boolean, CheckConstraint, Column, Index, Text, text

from adapters.stores.sql.columns import Instant, name_type

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    _create_answers()


def _create_answers() -> None:
    op.create_table(
        "answers",
        Column("owner", name_type(), primary_key=True),
        Column("caller", name_type(), primary_key=True),
        Column("key", name_type(), primary_key=True),
        Column("fingerprint", name_type(), nullable=False),
        Column("answer", Text(), nullable=True),
        Column("is_kept_for_ever", Boolean(), nullable=False),
        Column("seen_at", Instant(), nullable=True),
        CheckConstraint("length(owner) <= 255 AND length(key) <= 255", name="name_fits"),
        Index(
            "ix_answers_new",
            "owner",
            "caller",
            "key",
            sqlite_where=text("seen_at IS NULL AND is_kept_for_ever = 0"),
            postgresql_where=text("seen_at IS NULL AND NOT is_kept_for_ever"),
        ),
        Index(
            "ix_answers_seen",
            "seen_at",
            sqlite_where=text("seen_at IS NOT NULL"),
            postgresql_where=text("seen_at IS NOT NULL"),
        ),
    )
