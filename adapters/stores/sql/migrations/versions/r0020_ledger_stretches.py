"""Sums over whole stretches of accounts' ledgers."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, CheckConstraint, Column, LargeBinary, Text

from adapters.stores.sql.columns import Instant, name_type

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    op.create_table(
        "ledger_stretches",
        Column("account_id", name_type(), primary_key=True),
        Column("number", BigInteger(), primary_key=True, autoincrement=False),
        Column("lines", BigInteger(), nullable=False),
        Column("ends_at", Instant(), nullable=False),
        Column("last_hash", LargeBinary, nullable=False),
        Column("received", Text(), nullable=False),
        Column("given", Text(), nullable=False),
        CheckConstraint("number >= 0 AND lines > 0", name="counts"),
    )
