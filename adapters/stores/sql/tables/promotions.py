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
    counted("amount_minor", is_optional=True),
    named("currency", is_optional=True),
    counted("credits", is_optional=True),
    timed("starts_at", is_optional=True),
    timed("ends_at", is_optional=True),
    counted("redemptions_max", is_optional=True),
    counted("redemptions_per_account_max", is_optional=True),
    flagged("is_archived"),
    counted("taken"),
    timed("created_at"),
    UniqueConstraint("code"),
    check("taken >= 0", "taken"),
    check("percent BETWEEN 1 AND 100 AND amount_minor > 0 AND credits > 0", "effect"),
)

redemptions = Table(
    "redemptions",
    metadata,
    named("id", is_key=True),
    named("coupon_id"),
    named("account_id"),
    named("order_id"),
    counted("discount_minor"),
    counted("bonus_credits"),
    named("status"),
    timed("reserved_at"),
    UniqueConstraint("order_id"),
    ForeignKeyConstraint(["coupon_id"], ["coupons.id"], deferrable=True, initially="DEFERRED"),
    check("discount_minor >= 0 AND bonus_credits >= 0", "benefit"),
    Index(None, "coupon_id", "account_id"),
)

check_ins = Table(
    "check_ins",
    metadata,
    named("account_id", is_key=True),
    Column("day", Date, primary_key=True),
    named("zone"),
    timed("at"),
    counted("streak"),
    counted("award"),
    counted("rules_version"),
    named("grant_id"),
    check("streak > 0 AND award > 0", "counts"),
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
    timed("changed_at"),
    check("base > 0", "base"),
)
