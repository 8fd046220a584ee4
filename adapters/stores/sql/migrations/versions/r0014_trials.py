"""Trials that accounts have had or were promised."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, Index

from adapters.stores.sql.columns import Instant, name_type

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.create_table(
        "trials",
        Column("plan_group", name_type(), primary_key=True),
        Column("holder", name_type(), primary_key=True),
        Column("account_id", name_type(), nullable=False),
        Column("promised_until", Instant(), nullable=True),
        Index(None, "account_id", "plan_group"),
    )
