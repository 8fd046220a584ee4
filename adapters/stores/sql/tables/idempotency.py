"""First answers of requests that do not go through the ledger."""

from __future__ import annotations

from sqlalchemy import Table

from adapters.stores.sql.columns import NAME_LENGTH_MAX, named, texted
from adapters.stores.sql.tables.metadata import check, metadata

answers = Table(
    "answers",
    metadata,
    named("owner", is_key=True),
    named("caller", is_key=True),
    named("key", is_key=True),
    named("fingerprint"),
    texted("answer", is_optional=True),
    check(f"length(owner) <= {NAME_LENGTH_MAX} AND length(key) <= {NAME_LENGTH_MAX}", "name_fits"),
)
