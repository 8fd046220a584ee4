"""The catalogue and subscriptions."""

from __future__ import annotations

from sqlalchemy import Index, Table, UniqueConstraint, text

from adapters.stores.sql.columns import counted, flagged, index_where, named, texted, timed
from adapters.stores.sql.tables.metadata import check, metadata

_DUE = text("due_at IS NOT NULL")
_CREDITS_DUE = text("credits_due_at IS NOT NULL")
_ENDED = text("ended_at IS NOT NULL")

plans = Table(
    "plans",
    metadata,
    named("id", is_key=True),
    texted("name"),
    texted("description"),
    counted("price_monthly_minor"),
    counted("price_yearly_minor", is_optional=True),
    named("currency"),
    counted("credits_included"),
    texted("features"),
    named("plan_group"),
    flagged("is_on_sale"),
    texted("items"),
    texted("rules"),
    check("price_monthly_minor >= 0 AND price_yearly_minor >= 0", "prices"),
    check("credits_included >= 0", "credits"),
)

packs = Table(
    "packs",
    metadata,
    named("id", is_key=True),
    texted("name"),
    counted("credits"),
    counted("price_minor"),
    named("currency"),
    flagged("is_on_sale"),
    texted("items"),
    named("requires_group", is_optional=True),
    flagged("ends_with_plan"),
    check("credits > 0 AND price_minor >= 0", "amounts"),
)

subscriptions = Table(
    "subscriptions",
    metadata,
    named("id", is_key=True),
    named("account_id"),
    named("plan_id"),
    texted("plan_name"),
    named("plan_group"),
    named("interval"),
    counted("price_minor"),
    named("currency"),
    counted("credits_per_month"),
    named("status"),
    flagged("is_live"),
    timed("period_start_at"),
    timed("period_end_at"),
    timed("anchor_at"),
    timed("credits_from_at"),
    flagged("cancel_at_period_end"),
    named("channel"),
    named("provider_subscription_id", is_optional=True),
    named("reference", is_optional=True),
    named("order_id"),
    timed("started_at"),
    timed("paying_from_at", is_optional=True),
    timed("ended_at", is_optional=True),
    timed("reported_at", is_optional=True),
    timed("collected_at", is_optional=True),
    texted("rules"),
    texted("course"),
    timed("due_at", is_optional=True),
    timed("credits_due_at", is_optional=True),
    timed("credits_until_at", is_optional=True),
    UniqueConstraint("channel", "provider_subscription_id"),
    check("price_minor >= 0 AND credits_per_month >= 0", "amounts"),
    check("period_start_at < period_end_at", "period"),
    Index(None, "account_id", "id"),
    Index(None, "plan_id", "id"),
    Index(None, "status", "id"),
    index_where("ux_subscriptions_live", "is_live", "account_id", "plan_group", is_unique=True),
    index_where("ix_subscriptions_period", "is_live", "period_end_at"),
    index_where("ix_subscriptions_paying", "is_live", "paying_from_at"),
    Index("ix_subscriptions_due", "due_at", sqlite_where=_DUE, postgresql_where=_DUE),
    Index(
        "ix_subscriptions_credits",
        "credits_due_at",
        sqlite_where=_CREDITS_DUE,
        postgresql_where=_CREDITS_DUE,
    ),
    Index("ix_subscriptions_ended", "ended_at", sqlite_where=_ENDED, postgresql_where=_ENDED),
)

trials = Table(
    "trials",
    metadata,
    named("plan_group", is_key=True),
    named("holder", is_key=True),
    named("account_id"),
    timed("promised_until", is_optional=True),
    Index(None, "account_id", "plan_group"),
)
