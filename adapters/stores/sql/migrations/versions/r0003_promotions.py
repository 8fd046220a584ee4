"""Coupons and check-ins."""

from __future__ import annotations

from alembic import op
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKeyConstraint,
    Index,
    Text,
    UniqueConstraint,
)

from adapters.stores.sql.columns import Instant, name_type

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    _create_coupons()
    _create_redemptions()
    _create_check_ins()
    _create_check_in_rules()
    _create_check_in_budgets()


def _create_coupons() -> None:
    op.create_table(
        "coupons",
        Column("id", name_type(), primary_key=True),
        Column("code", name_type(), nullable=False),
        Column("name", Text(), nullable=False),
        Column("effect", name_type(), nullable=False),
        Column("percent", BigInteger(), nullable=True),
        Column("amounts", Text(), nullable=True),
        Column("credits", BigInteger(), nullable=True),
        Column("is_redeemable_alone", Boolean(), nullable=False),
        Column("lifetime_days", BigInteger(), nullable=True),
        Column("scope", Text(), nullable=True),
        Column("trial_days", BigInteger(), nullable=True),
        Column("periods", BigInteger(), nullable=True),
        Column("starts_at", Instant(), nullable=True),
        Column("ends_at", Instant(), nullable=True),
        Column("redemptions_max", BigInteger(), nullable=True),
        Column("redemptions_per_account_max", BigInteger(), nullable=True),
        Column("is_first_purchase_only", Boolean(), nullable=False),
        Column("minimums", Text(), nullable=True),
        Column("item_ids", Text(), nullable=True),
        Column("account_ids", Text(), nullable=True),
        Column("is_archived", Boolean(), nullable=False),
        Column("taken", BigInteger(), nullable=False),
        Column("created_at", Instant(), nullable=False),
        UniqueConstraint("code"),
        CheckConstraint(
            "taken >= 0 AND (redemptions_max IS NULL OR taken <= redemptions_max)", name="taken"
        ),
        CheckConstraint(
            "percent > 0 AND credits > 0 AND lifetime_days > 0 AND periods > 0", name="effect"
        ),
        CheckConstraint("trial_days > 0", name="trial"),
    )


def _create_redemptions() -> None:
    op.create_table(
        "redemptions",
        Column("id", name_type(), primary_key=True),
        Column("coupon_id", name_type(), nullable=False),
        Column("code", name_type(), nullable=False),
        Column("account_id", name_type(), nullable=False),
        Column("order_id", name_type(), nullable=True),
        Column("discount_minor", BigInteger(), nullable=False),
        Column("discount_periods", BigInteger(), nullable=True),
        Column("currency", name_type(), nullable=True),
        Column("bonus_credits", BigInteger(), nullable=False),
        Column("lifetime_days", BigInteger(), nullable=True),
        Column("scope", Text(), nullable=True),
        Column("trial_days", BigInteger(), nullable=False),
        Column("is_first_purchase", Boolean(), nullable=False),
        Column("status", name_type(), nullable=False),
        Column("reserved_at", Instant(), nullable=False),
        Column("settled_at", Instant(), nullable=True),
        UniqueConstraint("order_id", "coupon_id"),
        ForeignKeyConstraint(["coupon_id"], ["coupons.id"], deferrable=True, initially="DEFERRED"),
        CheckConstraint(
            "discount_minor >= 0 AND bonus_credits >= 0 AND trial_days >= 0", name="benefit"
        ),
        Index(None, "coupon_id", "account_id"),
        Index(None, "account_id", "id"),
        Index(None, "coupon_id", "id"),
    )


def _create_check_ins() -> None:
    op.create_table(
        "check_ins",
        Column("account_id", name_type(), primary_key=True),
        Column("day", Date, primary_key=True),
        Column("zone", name_type(), nullable=False),
        Column("at", Instant(), nullable=False),
        Column("streak", BigInteger(), nullable=False),
        Column("best", BigInteger(), nullable=False),
        Column("award", BigInteger(), nullable=False),
        Column("milestone", BigInteger(), nullable=False),
        Column("withheld", BigInteger(), nullable=False),
        Column("freezes", BigInteger(), nullable=False),
        Column("freezes_used", BigInteger(), nullable=False),
        Column("is_paid", Boolean(), nullable=False),
        Column("rules_version", BigInteger(), nullable=False),
        Column("grant_id", name_type(), nullable=True),
        CheckConstraint(
            "streak > 0 AND best >= streak AND award >= milestone AND milestone >= 0",
            name="counts",
        ),
        CheckConstraint("withheld >= 0 AND freezes >= 0 AND freezes_used >= 0", name="extras"),
        CheckConstraint("(award > 0) = (grant_id IS NOT NULL)", name="lot"),
    )


def _create_check_in_rules() -> None:
    op.create_table(
        "check_in_rules",
        Column("version", BigInteger(), primary_key=True, autoincrement=False),
        Column("is_enabled", Boolean(), nullable=False),
        Column("base", BigInteger(), nullable=False),
        Column("week", Text(), nullable=True),
        Column("zone", name_type(), nullable=False),
        Column("award_days", BigInteger(), nullable=True),
        Column("milestones", Text(), nullable=False),
        Column("freezes_at_start", BigInteger(), nullable=False),
        Column("freezes_every", BigInteger(), nullable=True),
        Column("freezes_most", BigInteger(), nullable=False),
        Column("grace_hours", BigInteger(), nullable=False),
        Column("budget_account_day", BigInteger(), nullable=True),
        Column("budget_day", BigInteger(), nullable=True),
        Column("budget_month", BigInteger(), nullable=True),
        Column("account_days", BigInteger(), nullable=False),
        Column("paid_plan_percent", BigInteger(), nullable=False),
        Column("changed_at", Instant(), nullable=False),
        CheckConstraint("base > 0", name="base"),
    )


def _create_check_in_budgets() -> None:
    op.create_table(
        "check_in_budgets",
        Column("period", name_type(), primary_key=True),
        Column("slice", BigInteger(), primary_key=True, autoincrement=False),
        Column("total", BigInteger(), nullable=False),
        Column("given", BigInteger(), nullable=False),
        Column("room", BigInteger(), nullable=False),
        CheckConstraint("given >= 0 AND room >= 0", name="amounts"),
    )
