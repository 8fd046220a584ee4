"""By which names an event of the inbox is found, so that nobody else's body need be read."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Column

from adapters.stores.sql.columns import name_type

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    op.create_table(
        "inbox_names",
        Column("name", BigInteger(), primary_key=True, autoincrement=False),
        Column("inbox_id", name_type(), primary_key=True),
    )
    op.create_index("ix_inbox_names_inbox_id", "inbox_names", ["inbox_id"])
    # What came in before is to be read, until its body is dropped.
    op.execute("INSERT INTO inbox_names SELECT 0, id FROM inbox WHERE length(body) > 0")
