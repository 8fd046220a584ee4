"""The codes of coupons."""

from __future__ import annotations

from alembic import op
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
)

from adapters.stores.sql.columns import Instant, name_type

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.create_table(
        "coupon_codes",
        Column("id", name_type(), primary_key=True),
        Column("coupon_id", name_type(), nullable=False),
        Column("code", name_type(), nullable=False),
        Column("key", name_type(), nullable=False),
        Column("batch", name_type(), nullable=True),
        Column("redemptions_max", BigInteger(), nullable=True),
        Column("is_disabled", Boolean(), nullable=False),
        Column("taken", BigInteger(), nullable=False),
        Column("created_at", Instant(), nullable=False),
        UniqueConstraint("key"),
        ForeignKeyConstraint(["coupon_id"], ["coupons.id"], deferrable=True, initially="DEFERRED"),
        CheckConstraint(
            "taken >= 0 AND (redemptions_max IS NULL OR taken <= redemptions_max)", name="taken"
        ),
        Index(None, "coupon_id", "id"),
    )
