"""Rounds of the ledger's proof, and what admins find by its date."""

from __future__ import annotations

from typing import Any

from alembic import op
from sqlalchemy import BigInteger, CheckConstraint, Column, Text

from adapters.stores.sql.columns import Instant, name_type

revision = "0018"
down_revision = "0017"


_BRIN: dict[str, Any] = {
    "postgresql_using": "brin",
    "postgresql_with": {"pages_per_range": 32, "autosummarize": True},
}


def upgrade() -> None:
    _create_proofs()
    op.create_index("ix_orders_created", "orders", ["created_at"])
    op.create_index("ix_inbox_received", "inbox", ["received_at"])
    op.create_index("ix_transactions_at", "transactions", ["at"], **_BRIN)
    op.create_index("ix_outbox_at", "outbox", ["at"], **_BRIN)


def _create_proofs() -> None:
    op.create_table(
        "proofs",
        Column("due_at", Instant(), primary_key=True, autoincrement=False),
        Column("begun_at", Instant(), nullable=False),
        Column("ended_at", Instant(), nullable=True),
        Column("after_account_id", name_type(), nullable=True),
        Column("accounts", BigInteger(), nullable=False),
        Column("lines", BigInteger(), nullable=False),
        Column("breaches_total", BigInteger(), nullable=False),
        Column("breaches", Text(), nullable=False),
        Column("claim", name_type(), nullable=True),
        Column("claimed_until", Instant(), nullable=True),
        CheckConstraint("accounts >= 0 AND lines >= 0 AND breaches_total >= 0", name="counts"),
    )
