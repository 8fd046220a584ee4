"""Rounds of the ledger's proof: one row for each instant that one was due at."""

from __future__ import annotations

from sqlalchemy import Column, Table

from adapters.stores.sql.columns import Instant, counted, named, texted, timed
from adapters.stores.sql.tables.metadata import check, metadata

proofs = Table(
    "proofs",
    metadata,
    Column("due_at", Instant, primary_key=True, autoincrement=False),
    timed("begun_at"),
    timed("ended_at", is_optional=True),
    named("after_account_id", is_optional=True),
    counted("accounts"),
    counted("lines"),
    counted("breaches_total"),
    texted("breaches"),
    named("claim", is_optional=True),
    timed("claimed_until", is_optional=True),
    check("accounts >= 0 AND lines >= 0 AND breaches_total >= 0", "counts"),
)
