"""When a subscription was last collected for, beside when its provider last reported it."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column

from adapters.stores.sql.columns import Instant

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    # Until the next payment the newest instant of both stands in `reported_at`, as it did before.
    op.add_column("subscriptions", Column("collected_at", Instant(), nullable=True))
