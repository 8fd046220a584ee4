"""The number of the last receipt: one row, which every payment passes through."""

from __future__ import annotations

from sqlalchemy import Table

from adapters.stores.sql.columns import counted, named
from adapters.stores.sql.tables.metadata import check, metadata

receipt_counters = Table(
    "receipt_counters",
    metadata,
    named("series", is_key=True),
    counted("last"),
    check("last > 0", "last"),
)
