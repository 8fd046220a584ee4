"""The number of the last receipt."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, CheckConstraint, Column

from adapters.stores.sql.columns import name_type

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.create_table(
        "receipt_counters",
        Column("series", name_type(), primary_key=True),
        Column("last", BigInteger(), nullable=False),
        CheckConstraint("last > 0", name="last"),
    )
