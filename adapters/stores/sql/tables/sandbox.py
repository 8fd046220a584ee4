"""What the sandbox remembers."""

from __future__ import annotations

from sqlalchemy import Index, Table, text

from adapters.stores.sql.columns import named, texted, timed
from adapters.stores.sql.tables.metadata import metadata

sandbox_records = Table(
    "sandbox_records",
    metadata,
    named("kind", is_key=True),
    named("id", is_key=True),
    texted("body"),
    timed("due_at", is_optional=True),
    Index(
        None,
        "kind",
        "due_at",
        "id",
        sqlite_where=text("due_at IS NOT NULL"),
        postgresql_where=text("due_at IS NOT NULL"),
    ),
)
