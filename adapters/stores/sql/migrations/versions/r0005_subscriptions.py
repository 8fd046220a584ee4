"""The catalogue and subscriptions."""

from __future__ import annotations

from alembic import op
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Index,
    Text,
    UniqueConstraint,
    text,
)

from adapters.stores.sql.columns import Instant, name_type

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    _create_plans()
    _create_packs()
    _create_subscriptions()


def _create_plans() -> None:
    op.create_table(
        "plans",
        Column("id", name_type(), primary_key=True),
        Column("name", Text(), nullable=False),
        Column("description", Text(), nullable=False),
        Column("price_monthly_minor", BigInteger(), nullable=False),
        Column("price_yearly_minor", BigInteger(), nullable=True),
        Column("currency", name_type(), nullable=False),
        Column("credits_included", BigInteger(), nullable=False),
        Column("features", Text(), nullable=False),
        Column("plan_group", name_type(), nullable=False),
        Column("is_on_sale", Boolean(), nullable=False),
        Column("items", Text(), nullable=False),
        Column("rules", Text(), nullable=False),
        CheckConstraint("price_monthly_minor >= 0 AND price_yearly_minor >= 0", name="prices"),
        CheckConstraint("credits_included >= 0", name="credits"),
    )


def _create_packs() -> None:
    op.create_table(
        "packs",
        Column("id", name_type(), primary_key=True),
        Column("name", Text(), nullable=False),
        Column("credits", BigInteger(), nullable=False),
        Column("price_minor", BigInteger(), nullable=False),
        Column("currency", name_type(), nullable=False),
        Column("is_on_sale", Boolean(), nullable=False),
        Column("items", Text(), nullable=False),
        Column("requires_group", name_type(), nullable=True),
        Column("ends_with_plan", Boolean(), nullable=False),
        CheckConstraint("credits > 0 AND price_minor >= 0", name="amounts"),
    )


def _create_subscriptions() -> None:
    op.create_table(
        "subscriptions",
        Column("id", name_type(), primary_key=True),
        Column("account_id", name_type(), nullable=False),
        Column("plan_id", name_type(), nullable=False),
        Column("plan_name", Text(), nullable=False),
        Column("plan_group", name_type(), nullable=False),
        Column("interval", name_type(), nullable=False),
        Column("price_minor", BigInteger(), nullable=False),
        Column("currency", name_type(), nullable=False),
        Column("credits_per_month", BigInteger(), nullable=False),
        Column("status", name_type(), nullable=False),
        Column("is_live", Boolean(), nullable=False),
        Column("period_start_at", Instant(), nullable=False),
        Column("period_end_at", Instant(), nullable=False),
        Column("anchor_at", Instant(), nullable=False),
        Column("credits_from_at", Instant(), nullable=False),
        Column("cancel_at_period_end", Boolean(), nullable=False),
        Column("channel", name_type(), nullable=False),
        Column("provider_subscription_id", name_type(), nullable=True),
        Column("reference", name_type(), nullable=True),
        Column("order_id", name_type(), nullable=False),
        Column("started_at", Instant(), nullable=False),
        Column("paying_from_at", Instant(), nullable=True),
        Column("ended_at", Instant(), nullable=True),
        Column("reported_at", Instant(), nullable=True),
        Column("collected_at", Instant(), nullable=True),
        Column("rules", Text(), nullable=False),
        Column("course", Text(), nullable=False),
        Column("due_at", Instant(), nullable=True),
        Column("credits_due_at", Instant(), nullable=True),
        Column("credits_until_at", Instant(), nullable=True),
        UniqueConstraint("channel", "provider_subscription_id"),
        CheckConstraint("price_minor >= 0 AND credits_per_month >= 0", name="amounts"),
        CheckConstraint("period_start_at < period_end_at", name="period"),
        Index(None, "account_id", "id"),
        Index(None, "plan_id", "id"),
        Index(None, "status", "id"),
        Index(
            "ux_subscriptions_live",
            "account_id",
            "plan_group",
            unique=True,
            sqlite_where=text("is_live = 1"),
            postgresql_where=text("is_live"),
        ),
        Index(
            "ix_subscriptions_credits",
            "credits_due_at",
            sqlite_where=text("credits_due_at IS NOT NULL"),
            postgresql_where=text("credits_due_at IS NOT NULL"),
        ),
        Index(
            "ix_subscriptions_period",
            "period_end_at",
            sqlite_where=text("is_live = 1"),
            postgresql_where=text("is_live"),
        ),
        Index(
            "ix_subscriptions_paying",
            "paying_from_at",
            sqlite_where=text("is_live = 1"),
            postgresql_where=text("is_live"),
        ),
        Index(
            "ix_subscriptions_due",
            "due_at",
            sqlite_where=text("due_at IS NOT NULL"),
            postgresql_where=text("due_at IS NOT NULL"),
        ),
        Index(
            "ix_subscriptions_ended",
            "ended_at",
            sqlite_where=text("ended_at IS NOT NULL"),
            postgresql_where=text("ended_at IS NOT NULL"),
        ),
    )
