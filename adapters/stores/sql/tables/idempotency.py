"""First answers of requests that do not go through the ledger."""

from __future__ import annotations

from sqlalchemy import Index, Table, text

from adapters.stores.sql.columns import NAME_LENGTH_MAX, flagged, named, texted, timed
from adapters.stores.sql.tables.metadata import check, metadata

answers = Table(
    "answers",
    metadata,
    named("owner", is_key=True),
    named("caller", is_key=True),
    named("key", is_key=True),
    named("fingerprint"),
    texted("answer", is_optional=True),
    flagged("is_kept_for_ever"),
    timed("seen_at", is_optional=True),
    check(f"length(owner) <= {NAME_LENGTH_MAX} AND length(key) <= {NAME_LENGTH_MAX}", "name_fits"),
    Index(
        "ix_answers_new",
        "owner",
        "caller",
        "key",
        sqlite_where=text("seen_at IS NULL AND is_kept_for_ever = 0"),
        postgresql_where=text("seen_at IS NULL AND NOT is_kept_for_ever"),
    ),
    Index(
        "ix_answers_seen",
        "seen_at",
        sqlite_where=text("seen_at IS NOT NULL"),
        postgresql_where=text("seen_at IS NOT NULL"),
    ),
)
