"""Coupons with their uses, check-ins with their rules."""

from __future__ import annotations

from sqlalchemy import Column, Date, ForeignKeyConstraint, Index, Table, UniqueConstraint

from adapters.stores.sql.columns import counted, flagged, named, texted, timed
from adapters.stores.sql.tables.metadata import check, metadata

coupons = Table(
    "coupons",
    metadata,
    named("id", is_key=True),
    named("code"),
    texted("name"),
    named("effect"),
    counted("percent", is_optional=True),
    texted("amounts", is_optional=True),
    counted("credits", is_optional=True),
    flagged("is_redeemable_alone"),
    counted("lifetime_days", is_optional=True),
    texted("scope", is_optional=True),
    counted("trial_days", is_optional=True),
    counted("periods", is_optional=True),
    timed("starts_at", is_optional=True),
    timed("ends_at", is_optional=True),
    counted("redemptions_max", is_optional=True),
    counted("redemptions_per_account_max", is_optional=True),
    flagged("is_first_purchase_only"),
    texted("minimums", is_optional=True),
    texted("item_ids", is_optional=True),
    texted("account_ids", is_optional=True),
    flagged("is_archived"),
    counted("taken"),
    timed("created_at"),
    UniqueConstraint("code"),
    check("taken >= 0 AND (redemptions_max IS NULL OR taken <= redemptions_max)", "taken"),
    check("percent > 0 AND credits > 0 AND lifetime_days > 0 AND periods > 0", "effect"),
    check("trial_days > 0", "trial"),
)

# Every code of every coupon. Who changes one holds its coupon's lock.
coupon_codes = Table(
    "coupon_codes",
    metadata,
    named("id", is_key=True),
    named("coupon_id"),
    named("code"),
    named("key"),
    named("batch", is_optional=True),
    counted("redemptions_max", is_optional=True),
    flagged("is_disabled"),
    counted("taken"),
    timed("created_at"),
    UniqueConstraint("key"),
    ForeignKeyConstraint(["coupon_id"], ["coupons.id"], deferrable=True, initially="DEFERRED"),
    check("taken >= 0 AND (redemptions_max IS NULL OR taken <= redemptions_max)", "taken"),
    Index(None, "coupon_id", "id"),
)

redemptions = Table(
    "redemptions",
    metadata,
    named("id", is_key=True),
    named("coupon_id"),
    named("code"),
    named("account_id"),
    named("order_id", is_optional=True),
    counted("discount_minor"),
    counted("discount_periods", is_optional=True),
    named("currency", is_optional=True),
    counted("bonus_credits"),
    counted("lifetime_days", is_optional=True),
    texted("scope", is_optional=True),
    counted("trial_days"),
    flagged("is_first_purchase"),
    named("status"),
    timed("reserved_at"),
    timed("settled_at", is_optional=True),
    UniqueConstraint("order_id", "coupon_id"),
    ForeignKeyConstraint(["coupon_id"], ["coupons.id"], deferrable=True, initially="DEFERRED"),
    check("discount_minor >= 0 AND bonus_credits >= 0 AND trial_days >= 0", "benefit"),
    Index(None, "coupon_id", "account_id"),
    Index(None, "account_id", "id"),
    Index(None, "coupon_id", "id"),
)

check_ins = Table(
    "check_ins",
    metadata,
    named("account_id", is_key=True),
    Column("day", Date, primary_key=True),
    named("zone"),
    timed("at"),
    counted("streak"),
    counted("best"),
    counted("award"),
    counted("milestone"),
    counted("withheld"),
    counted("freezes"),
    counted("freezes_used"),
    flagged("is_paid"),
    counted("rules_version"),
    named("grant_id", is_optional=True),
    check("streak > 0 AND best >= streak AND award >= milestone AND milestone >= 0", "counts"),
    check("withheld >= 0 AND freezes >= 0 AND freezes_used >= 0", "extras"),
    check("(award > 0) = (grant_id IS NOT NULL)", "lot"),
)

check_in_rules = Table(
    "check_in_rules",
    metadata,
    counted("version", is_key=True),
    flagged("is_enabled"),
    counted("base"),
    texted("week", is_optional=True),
    named("zone"),
    counted("award_days", is_optional=True),
    texted("milestones"),
    counted("freezes_at_start"),
    counted("freezes_every", is_optional=True),
    counted("freezes_most"),
    counted("grace_hours"),
    counted("budget_account_day", is_optional=True),
    counted("budget_day", is_optional=True),
    counted("budget_month", is_optional=True),
    counted("account_days"),
    counted("paid_plan_percent"),
    timed("changed_at"),
    check("base > 0", "base"),
)

# What is given in a day or month, in slices: an award locks one of them, not the whole.
check_in_budgets = Table(
    "check_in_budgets",
    metadata,
    named("period", is_key=True),
    counted("slice", is_key=True),
    counted("total"),
    counted("given"),
    counted("room"),
    check("given >= 0 AND room >= 0", "amounts"),
)
