"""Rate cards and their rates: written once, never changed."""

from __future__ import annotations

from sqlalchemy import ForeignKeyConstraint, Table

from adapters.stores.sql.columns import counted, named, texted, timed
from adapters.stores.sql.tables.metadata import check, metadata

rate_cards = Table(
    "rate_cards",
    metadata,
    counted("version", is_key=True),
    named("rounding"),
    timed("effective_from"),
    timed("published_at"),
    texted("note"),
    counted("rates_count"),
    check("version > 0 AND rates_count > 0", "counts"),
    check("effective_from >= published_at", "instants"),
)

rates = Table(
    "rates",
    metadata,
    counted("version", is_key=True),
    named("pattern", is_key=True),
    named("kind", is_key=True),
    # Text, because one of the engines keeps every number with a point as a float.
    texted("credits"),
    counted("per"),
    ForeignKeyConstraint(["version"], ["rate_cards.version"]),
    check("per > 0", "per"),
)
