"""Events to be delivered, the endpoints they go to, and how each delivery stands."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKeyConstraint, Index, Table, text, true

from adapters.stores.sql.columns import counted, index_by_date, index_where, named, texted, timed
from adapters.stores.sql.tables.metadata import OFTEN_CHANGED, check, metadata

outbox = Table(
    "outbox",
    metadata,
    named("id", is_key=True),
    named("account_id", is_optional=True),
    named("type"),
    timed("at"),
    texted("payload"),
    # Whoever inserts an event need not name it: it is new until deliveries were made for it.
    Column("is_new", Boolean, nullable=False, server_default=true()),
    Index(None, "account_id", "id"),
    index_where("ix_outbox_new", "is_new", "id"),
    index_by_date("ix_outbox_at", "at"),
)

endpoints = Table(
    "endpoints",
    metadata,
    named("id", is_key=True),
    texted("url"),
    texted("description"),
    texted("types"),
    named("status"),
    texted("secrets"),
    timed("failing_since", is_optional=True),
    timed("created_at"),
    timed("changed_at"),
)

deliveries = Table(
    "deliveries",
    metadata,
    named("event_id", is_key=True),
    named("endpoint_id", is_key=True),
    named("status"),
    counted("tries"),
    timed("due_at"),
    timed("delivered_at", is_optional=True),
    texted("attempts"),
    ForeignKeyConstraint(["event_id"], ["outbox.id"], deferrable=True, initially="DEFERRED"),
    check("tries >= 0", "tries"),
    Index(
        "ix_deliveries_due",
        "endpoint_id",
        "due_at",
        sqlite_where=text("status = 'waiting'"),
        postgresql_where=text("status = 'waiting'"),
    ),
    postgresql_with=OFTEN_CHANGED,
)
