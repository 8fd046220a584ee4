"""First answers of requests outside the ledger."""

from __future__ import annotations

from alembic import op
from sqlalchemy import CheckConstraint, Column, Text

from adapters.stores.sql.columns import name_type

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
        CheckConstraint("length(owner) <= 255 AND length(key) <= 255", name="name_fits"),
    )
