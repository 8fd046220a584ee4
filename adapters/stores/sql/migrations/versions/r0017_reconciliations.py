"""Comparisons with the providers, each with what it found."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Boolean, Column, Index, Text, text

from adapters.stores.sql.columns import Instant, name_type

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.create_table(
        "reconciliations",
        Column("id", name_type(), primary_key=True),
        Column("began_at", Instant(), nullable=False),
        Column("ended_at", Instant(), nullable=False),
        Column("started_by", Text(), nullable=False),
        Column("request_id", Text(), nullable=False),
        Column("reason", Text(), nullable=False),
        Column("mends", Boolean(), nullable=False),
        Column("channels", Text(), nullable=False),
        Column("unread", Text(), nullable=False),
        Column("compared", BigInteger(), nullable=False),
        Column("mended", BigInteger(), nullable=False),
        Column("open", BigInteger(), nullable=False),
        Column("needs_person", BigInteger(), nullable=False),
        Column("is_unclean", Boolean(), nullable=False),
        Column("drift", Text(), nullable=False),
        Index(None, "ended_at"),
        Index(
            "ix_reconciliations_unclean",
            "id",
            sqlite_where=text("is_unclean = 1"),
            postgresql_where=text("is_unclean"),
        ),
    )
