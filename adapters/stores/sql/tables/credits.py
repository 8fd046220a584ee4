"""The ledger: what is written with every spend. No foreign key is checked on this path."""

from __future__ import annotations

from sqlalchemy import Column, Date, Index, LargeBinary, Table, UniqueConstraint, text

from adapters.stores.sql.columns import (
    NAME_LENGTH_MAX,
    counted,
    flagged,
    index_where,
    named,
    texted,
    timed,
)
from adapters.stores.sql.tables.metadata import OFTEN_CHANGED, check, metadata

wallets = Table(
    "wallets",
    metadata,
    named("account_id", is_key=True),
    counted("version"),
    counted("seq"),
    counted("posted"),
    counted("held"),
    Column("last_hash", LargeBinary, nullable=False),
    timed("last_at", is_optional=True),
    Column("spent_on", Date),
    counted("spent"),
    counted("overdrawn"),
    counted("overdraft_max", is_optional=True),
    flagged("is_frozen"),
    texted("watch", is_optional=True),
    check(f"length(account_id) <= {NAME_LENGTH_MAX}", "name_fits"),
    check("version >= 0 AND seq >= 0 AND spent >= 0", "counts"),
    check("posted + overdrawn >= 0 AND overdrawn >= 0 AND held >= 0", "never_below_zero"),
    postgresql_with=OFTEN_CHANGED,
)

grants = Table(
    "grants",
    metadata,
    named("account_id", is_key=True),
    named("id", is_key=True),
    counted("amount"),
    counted("remaining"),
    named("source"),
    named("category"),
    counted("priority"),
    timed("effective_at"),
    timed("expires_at", is_optional=True),
    timed("created_at"),
    texted("cause", is_optional=True),
    counted("cost_minor", is_optional=True),
    named("cost_currency", is_optional=True),
    flagged("is_posted"),
    flagged("is_open"),
    counted("pinned"),
    timed("frozen_at", is_optional=True),
    timed("voided_at", is_optional=True),
    texted("scope", is_optional=True),
    counted("rollover_max", is_optional=True),
    timed("rollover_until", is_optional=True),
    counted("rolled"),
    named("parent", is_optional=True),
    check(
        "amount > 0 AND pinned >= 0 AND remaining >= pinned AND remaining <= amount"
        " AND rolled >= 0",
        "keeps_its_bounds",
    ),
    check(
        "is_open = (remaining > 0 AND (voided_at IS NULL OR is_posted))",
        "open_while_something_is_left",
    ),
    check("cost_minor >= 0", "cost"),
    Index("ix_grants_newest", "id"),
    index_where("ix_grants_open", "is_open", "account_id"),
    index_where("ix_grants_expiring", "is_open", "expires_at"),
    Index(
        "ix_grants_waiting",
        "effective_at",
        sqlite_where=text("is_open = 1 AND is_posted = 0"),
        postgresql_where=text("is_open AND NOT is_posted"),
    ),
    postgresql_with=OFTEN_CHANGED,
)

holds = Table(
    "holds",
    metadata,
    named("account_id", is_key=True),
    named("id", is_key=True),
    counted("amount"),
    texted("lots"),
    named("silence"),
    named("type"),
    texted("purposes"),
    timed("created_at"),
    timed("expires_at"),
    counted("reported"),
    texted("usage", is_optional=True),
    texted("salt"),
    texted("description"),
    texted("metadata"),
    named("state"),
    flagged("is_open"),
    timed("ended_at", is_optional=True),
    counted("captured"),
    counted("shortfall"),
    named("transaction_id", is_optional=True),
    check("amount > 0 AND reported >= 0 AND captured >= 0 AND shortfall >= 0", "keeps_its_bounds"),
    check("is_open = (state = 'open')", "open_until_it_ends"),
    check("is_open = (ended_at IS NULL)", "ends_at_an_instant"),
    index_where("ix_holds_open", "is_open", "account_id"),
    index_where("ix_holds_silent", "is_open", "expires_at"),
    # Most holds are captured: those are found among all of them, the others here.
    Index(
        "ix_holds_given_back",
        "account_id",
        "state",
        "id",
        sqlite_where=text("state IN ('released', 'expired')"),
        postgresql_where=text("state IN ('released', 'expired')"),
    ),
    postgresql_with=OFTEN_CHANGED,
)

transactions = Table(
    "transactions",
    metadata,
    named("account_id", is_key=True),
    counted("seq", is_key=True),
    named("id"),
    named("type"),
    named("debit"),
    named("credit"),
    counted("amount"),
    counted("balance_after"),
    timed("at"),
    texted("cause", is_optional=True),
    texted("allocations"),
    texted("usage", is_optional=True),
    Column("text_digest", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    UniqueConstraint("id"),
    check("seq > 0 AND amount > 0", "amounts"),
    check("(debit = 'wallet') <> (credit = 'wallet')", "one_side_is_the_wallet"),
    # Most lines are usage: the index leaves them out, so that it costs the spend nothing.
    Index(
        "ix_transactions_rare_type",
        "account_id",
        "type",
        "seq",
        sqlite_where=text("type <> 'ai_usage'"),
        postgresql_where=text("type <> 'ai_usage'"),
    ),
    Index(
        "ix_transactions_usage_refund",
        "account_id",
        "cause",
        sqlite_where=text("type = 'usage_refund'"),
        postgresql_where=text("type = 'usage_refund'"),
    ),
)

# Apart from the transactions, because a text can be erased and a transaction cannot.
transaction_texts = Table(
    "transaction_texts",
    metadata,
    named("account_id", is_key=True),
    counted("seq", is_key=True),
    texted("salt"),
    texted("description"),
    texted("metadata"),
)

ledger_keys = Table(
    "ledger_keys",
    metadata,
    named("owner", is_key=True),
    named("caller", is_key=True),
    named("key", is_key=True),
    named("fingerprint"),
    texted("receipt"),
    timed("stored_at"),
    flagged("is_kept_for_ever"),
    check(f"length(owner) <= {NAME_LENGTH_MAX} AND length(key) <= {NAME_LENGTH_MAX}", "name_fits"),
    Index(
        "ix_ledger_keys_forgettable",
        "stored_at",
        sqlite_where=text("is_kept_for_ever = 0"),
        postgresql_where=text("NOT is_kept_for_ever"),
    ),
)
