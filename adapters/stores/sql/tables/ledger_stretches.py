"""Sums over whole stretches of accounts' ledgers, from which explanations go on."""

from __future__ import annotations

from sqlalchemy import Column, LargeBinary, Table

from adapters.stores.sql.columns import counted, named, texted, timed
from adapters.stores.sql.tables.metadata import check, metadata

ledger_stretches = Table(
    "ledger_stretches",
    metadata,
    named("account_id", is_key=True),
    counted("number", is_key=True),
    counted("lines"),
    timed("ends_at"),
    Column("last_hash", LargeBinary, nullable=False),
    texted("received"),
    texted("given"),
    check("number >= 0 AND lines > 0", "counts"),
)
