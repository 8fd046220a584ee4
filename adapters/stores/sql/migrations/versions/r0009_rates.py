"""Rate cards and their rates."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKeyConstraint, Text

from adapters.stores.sql.columns import Instant, name_type
from adapters.stores.sql.migrations.append_only import refuse_changes

revision = "0009"
down_revision = "0007"


def upgrade() -> None:
    _create_rate_cards()
    _create_rates()
    refuse_changes("rate_cards")
    refuse_changes("rates")


def _create_rate_cards() -> None:
    op.create_table(
        "rate_cards",
        Column("version", BigInteger(), primary_key=True, autoincrement=False),
        Column("rounding", name_type(), nullable=False),
        Column("effective_from", Instant(), nullable=False),
        Column("published_at", Instant(), nullable=False),
        Column("note", Text(), nullable=False),
        Column("rates_count", BigInteger(), nullable=False),
        CheckConstraint("version > 0 AND rates_count > 0", name="counts"),
        CheckConstraint("effective_from >= published_at", name="instants"),
    )


def _create_rates() -> None:
    op.create_table(
        "rates",
        Column("version", BigInteger(), primary_key=True, autoincrement=False),
        Column("pattern", name_type(), primary_key=True),
        Column("kind", name_type(), primary_key=True),
        Column("credits", Text(), nullable=False),
        Column("per", BigInteger(), nullable=False),
        ForeignKeyConstraint(["version"], ["rate_cards.version"]),
        CheckConstraint("per > 0", name="per"),
    )
