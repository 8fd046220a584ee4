"""How far each payment provider has been compared, for whichever process goes on."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, Text

from adapters.stores.sql.columns import Instant, name_type

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.create_table(
        "comparison_rounds",
        Column("channel", name_type(), primary_key=True),
        Column("track", name_type(), primary_key=True),
        Column("begun_at", Instant(), nullable=False),
        Column("since_at", Instant(), nullable=False),
        Column("ended_at", Instant(), nullable=True),
        Column("part", name_type(), nullable=False),
        Column("position", Text(), nullable=True),
        Column("compared", BigInteger(), nullable=False),
        Column("mended", BigInteger(), nullable=False),
        Column("open", BigInteger(), nullable=False),
        Column("needs_person", BigInteger(), nullable=False),
        Column("drift", Text(), nullable=False),
        Column("is_unread", Boolean(), nullable=False),
        Column("compared_at", Instant(), nullable=True),
        Column("compared_drift", BigInteger(), nullable=False),
        Column("claim", name_type(), nullable=True),
        Column("claimed_until", Instant(), nullable=True),
        CheckConstraint(
            "compared >= 0 AND mended >= 0 AND open >= 0 AND needs_person >= 0", name="counts"
        ),
    )
