"""What the sandbox remembers."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, Index, Text, text

from adapters.stores.sql.columns import Instant, name_type

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    _create_sandbox_records()


def _create_sandbox_records() -> None:
    op.create_table(
        "sandbox_records",
        Column("kind", name_type(), primary_key=True),
        Column("id", name_type(), primary_key=True),
        Column("body", Text(), nullable=False),
        Column("due_at", Instant(), nullable=True),
        Index(
            None,
            "kind",
            "due_at",
            "id",
            sqlite_where=text("due_at IS NOT NULL"),
            postgresql_where=text("due_at IS NOT NULL"),
        ),
    )
