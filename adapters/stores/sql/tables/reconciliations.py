"""Comparisons with the providers, each with what it found."""

from __future__ import annotations

from sqlalchemy import Index, Table

from adapters.stores.sql.columns import counted, flagged, index_where, named, texted, timed
from adapters.stores.sql.tables.metadata import metadata

reconciliations = Table(
    "reconciliations",
    metadata,
    named("id", is_key=True),
    timed("began_at"),
    timed("ended_at"),
    texted("started_by"),
    texted("request_id"),
    texted("reason"),
    flagged("mends"),
    texted("channels"),
    texted("unread"),
    counted("compared"),
    counted("mended"),
    counted("open"),
    counted("needs_person"),
    flagged("is_unclean"),
    texted("drift"),
    Index(None, "ended_at"),
    index_where("ix_reconciliations_unclean", "is_unclean", "id"),
)
