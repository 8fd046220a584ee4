"""Changes of plan, and versions of plans."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, Index, Text, text

from adapters.stores.sql.columns import Instant, name_type

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    _create_plan_changes()
    _create_plan_versions()


def _create_plan_versions() -> None:
    op.create_table(
        "plan_versions",
        Column("plan_id", name_type(), primary_key=True),
        Column("number", BigInteger(), primary_key=True, autoincrement=False),
        Column("plan", Text(), nullable=False),
        Column("published_at", Instant(), nullable=False),
        Column("published_by", Text(), nullable=False),
    )


def _create_plan_changes() -> None:
    op.create_table(
        "plan_changes",
        Column("id", name_type(), primary_key=True),
        Column("subscription_id", name_type(), nullable=False),
        Column("account_id", name_type(), nullable=False),
        Column("before", Text(), nullable=False),
        Column("after", Text(), nullable=False),
        Column("status", name_type(), nullable=False),
        Column("is_open", Boolean(), nullable=False),
        Column("begins_period", Boolean(), nullable=False),
        Column("at", Instant(), nullable=False),
        Column("effective_at", Instant(), nullable=False),
        Column("month_ends_at", Instant(), nullable=False),
        Column("due_minor", BigInteger(), nullable=False),
        Column("credits", BigInteger(), nullable=False),
        Column("taken_back", BigInteger(), nullable=False),
        Column("reckoning", Text(), nullable=True),
        Column("order_id", name_type(), nullable=False),
        Column("asked_at", Instant(), nullable=False),
        Column("ask_at", Instant(), nullable=True),
        Column("settled_at", Instant(), nullable=True),
        Column("failure", Text(), nullable=False),
        Column("by_seller", Boolean(), nullable=False),
        CheckConstraint("taken_back >= 0", name="amounts"),
        Index(None, "subscription_id", "id"),
        _open("ux_plan_changes_open", "subscription_id", is_unique=True),
        _open("ix_plan_changes_ask", "ask_at", "id"),
    )


def _open(name: str, *columns: str, is_unique: bool = False) -> Index:
    return Index(
        name,
        *columns,
        unique=is_unique,
        sqlite_where=text("is_open = 1"),
        postgresql_where=text("is_open"),
    )
