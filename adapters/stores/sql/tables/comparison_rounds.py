"""How far each payment provider has been compared: one row for each channel and track."""

from __future__ import annotations

from sqlalchemy import Table

from adapters.stores.sql.columns import counted, flagged, named, texted, timed
from adapters.stores.sql.tables.metadata import check, metadata

comparison_rounds = Table(
    "comparison_rounds",
    metadata,
    named("channel", is_key=True),
    named("track", is_key=True),
    timed("begun_at"),
    timed("since_at"),
    timed("ended_at", is_optional=True),
    named("part"),
    texted("position", is_optional=True),
    counted("compared"),
    counted("mended"),
    counted("open"),
    counted("needs_person"),
    texted("drift"),
    flagged("is_unread"),
    timed("compared_at", is_optional=True),
    counted("compared_drift"),
    named("claim", is_optional=True),
    timed("claimed_until", is_optional=True),
    check("compared >= 0 AND mended >= 0 AND open >= 0 AND needs_person >= 0", "counts"),
)
