"""Changes of plan, and versions of plans."""

from __future__ import annotations

from sqlalchemy import Index, Table

from adapters.stores.sql.columns import counted, flagged, index_where, named, texted, timed
from adapters.stores.sql.tables.metadata import check, metadata

plan_changes = Table(
    "plan_changes",
    metadata,
    named("id", is_key=True),
    named("subscription_id"),
    named("account_id"),
    texted("before"),
    texted("after"),
    named("status"),
    flagged("is_open"),
    flagged("begins_period"),
    timed("at"),
    timed("effective_at"),
    timed("month_ends_at"),
    counted("due_minor"),
    counted("credits"),
    counted("taken_back"),
    texted("reckoning", is_optional=True),
    named("order_id"),
    timed("asked_at"),
    timed("ask_at", is_optional=True),
    timed("settled_at", is_optional=True),
    texted("failure"),
    flagged("by_seller"),
    check("taken_back >= 0", "amounts"),
    Index(None, "subscription_id", "id"),
    index_where("ux_plan_changes_open", "is_open", "subscription_id", is_unique=True),
    index_where("ix_plan_changes_ask", "is_open", "ask_at", "id"),
)

plan_versions = Table(
    "plan_versions",
    metadata,
    named("plan_id", is_key=True),
    counted("number", is_key=True),
    texted("plan"),
    timed("published_at"),
    texted("published_by"),
)
