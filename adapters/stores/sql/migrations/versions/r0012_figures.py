"""Figures by day, and sessions of the console."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Column, Date, Index, LargeBinary, Text

from adapters.stores.sql.columns import Instant, name_type

revision = "0012"
down_revision = "0010"


def upgrade() -> None:
    _create_figures()
    _create_figure_marks()
    _create_sessions()


def _create_figures() -> None:
    op.create_table(
        "figures",
        Column("day", Date, primary_key=True),
        Column("measure", name_type(), primary_key=True),
        Column("part", name_type(), primary_key=True),
        Column("amount", BigInteger(), nullable=False),
    )


def _create_figure_marks() -> None:
    op.create_table(
        "figure_marks",
        Column("name", name_type(), primary_key=True),
        Column("position", name_type(), nullable=False),
    )


def _create_sessions() -> None:
    op.create_table(
        "sessions",
        Column("digest", LargeBinary, primary_key=True),
        Column("actor_id", Text(), nullable=False),
        Column("role", name_type(), nullable=False),
        Column("api_key_id", name_type(), nullable=True),
        Column("opened_at", Instant(), nullable=False),
        Column("expires_at", Instant(), nullable=False),
        Index(None, "expires_at"),
    )
