"""Wallets, grants, transactions with their texts, and ledger keys."""

from __future__ import annotations

from alembic import op
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Index,
    LargeBinary,
    Text,
    UniqueConstraint,
    text,
)

from adapters.stores.sql.columns import Instant, name_type
from adapters.stores.sql.migrations.append_only import refuse_changes

revision = "0001"
down_revision = None


def upgrade() -> None:
    _create_wallets()
    _create_grants()
    _create_holds()
    _create_transactions()
    refuse_changes("transactions")
    _create_transaction_texts()
    _create_ledger_keys()


def _create_wallets() -> None:
    op.create_table(
        "wallets",
        Column("account_id", name_type(), primary_key=True),
        Column("version", BigInteger(), nullable=False),
        Column("seq", BigInteger(), nullable=False),
        Column("posted", BigInteger(), nullable=False),
        Column("held", BigInteger(), nullable=False),
        Column("last_hash", LargeBinary, nullable=False),
        Column("last_at", Instant(), nullable=True),
        Column("spent_on", Date),
        Column("spent", BigInteger(), nullable=False),
        Column("overdrawn", BigInteger(), nullable=False),
        Column("overdraft_max", BigInteger(), nullable=True),
        Column("is_frozen", Boolean(), nullable=False),
        Column("watch", Text(), nullable=True),
        CheckConstraint("length(account_id) <= 255", name="name_fits"),
        CheckConstraint("version >= 0 AND seq >= 0 AND spent >= 0", name="counts"),
        CheckConstraint(
            "posted + overdrawn >= 0 AND overdrawn >= 0 AND held >= 0", name="never_below_zero"
        ),
        postgresql_with={"fillfactor": 80},
    )


def _create_grants() -> None:
    op.create_table(
        "grants",
        Column("account_id", name_type(), primary_key=True),
        Column("id", name_type(), primary_key=True),
        Column("amount", BigInteger(), nullable=False),
        Column("remaining", BigInteger(), nullable=False),
        Column("source", name_type(), nullable=False),
        Column("category", name_type(), nullable=False),
        Column("priority", BigInteger(), nullable=False),
        Column("effective_at", Instant(), nullable=False),
        Column("expires_at", Instant(), nullable=True),
        Column("created_at", Instant(), nullable=False),
        Column("cause", Text(), nullable=True),
        Column("cost_minor", BigInteger(), nullable=True),
        Column("cost_currency", name_type(), nullable=True),
        Column("is_posted", Boolean(), nullable=False),
        Column("is_open", Boolean(), nullable=False),
        Column("pinned", BigInteger(), nullable=False),
        Column("frozen_at", Instant(), nullable=True),
        Column("voided_at", Instant(), nullable=True),
        Column("scope", Text(), nullable=True),
        Column("rollover_max", BigInteger(), nullable=True),
        Column("rollover_until", Instant(), nullable=True),
        Column("rollover_pool", Text(), nullable=True),
        Column("rolled", BigInteger(), nullable=False),
        Column("parent", name_type(), nullable=True),
        Column("stood_still_us", BigInteger(), nullable=False),
        CheckConstraint(
            "amount > 0 AND pinned >= 0 AND remaining >= pinned AND remaining <= amount"
            " AND rolled >= 0",
            name="keeps_its_bounds",
        ),
        CheckConstraint(
            "is_open = (remaining > 0 AND (voided_at IS NULL OR is_posted))",
            name="open_while_something_is_left",
        ),
        CheckConstraint("cost_minor >= 0", name="cost"),
        Index("ix_grants_newest", "id"),
        Index(
            "ix_grants_open",
            "account_id",
            sqlite_where=text("is_open = 1"),
            postgresql_where=text("is_open"),
        ),
        Index(
            "ix_grants_expiring",
            "expires_at",
            sqlite_where=text("is_open = 1"),
            postgresql_where=text("is_open"),
        ),
        Index(
            "ix_grants_waiting",
            "effective_at",
            sqlite_where=text("is_open = 1 AND is_posted = 0"),
            postgresql_where=text("is_open AND NOT is_posted"),
        ),
        postgresql_with={"fillfactor": 80},
    )


def _create_holds() -> None:
    op.create_table(
        "holds",
        Column("account_id", name_type(), primary_key=True),
        Column("id", name_type(), primary_key=True),
        Column("amount", BigInteger(), nullable=False),
        Column("lots", Text(), nullable=False),
        Column("silence", name_type(), nullable=False),
        Column("type", name_type(), nullable=False),
        Column("purposes", Text(), nullable=False),
        Column("created_at", Instant(), nullable=False),
        Column("expires_at", Instant(), nullable=False),
        Column("reported", BigInteger(), nullable=False),
        Column("usage", Text(), nullable=True),
        Column("salt", Text(), nullable=False),
        Column("description", Text(), nullable=False),
        Column("metadata", Text(), nullable=False),
        Column("state", name_type(), nullable=False),
        Column("is_open", Boolean(), nullable=False),
        Column("ended_at", Instant(), nullable=True),
        Column("captured", BigInteger(), nullable=False),
        Column("shortfall", BigInteger(), nullable=False),
        Column("transaction_id", name_type(), nullable=True),
        CheckConstraint(
            "amount > 0 AND reported >= 0 AND captured >= 0 AND shortfall >= 0",
            name="keeps_its_bounds",
        ),
        CheckConstraint("is_open = (state = 'open')", name="open_until_it_ends"),
        CheckConstraint("is_open = (ended_at IS NULL)", name="ends_at_an_instant"),
        Index(
            "ix_holds_open",
            "account_id",
            sqlite_where=text("is_open = 1"),
            postgresql_where=text("is_open"),
        ),
        Index(
            "ix_holds_silent",
            "expires_at",
            sqlite_where=text("is_open = 1"),
            postgresql_where=text("is_open"),
        ),
        # Most holds are captured: those are found among all of them, the others here.
        Index(
            "ix_holds_given_back",
            "account_id",
            "state",
            "id",
            sqlite_where=text("state IN ('released', 'expired')"),
            postgresql_where=text("state IN ('released', 'expired')"),
        ),
        postgresql_with={"fillfactor": 80},
    )


def _create_transactions() -> None:
    op.create_table(
        "transactions",
        Column("account_id", name_type(), primary_key=True),
        Column("seq", BigInteger(), primary_key=True, autoincrement=False),
        Column("id", name_type(), nullable=False),
        Column("type", name_type(), nullable=False),
        Column("debit", name_type(), nullable=False),
        Column("credit", name_type(), nullable=False),
        Column("amount", BigInteger(), nullable=False),
        Column("balance_after", BigInteger(), nullable=False),
        Column("at", Instant(), nullable=False),
        Column("cause", Text(), nullable=True),
        Column("allocations", Text(), nullable=False),
        Column("usage", Text(), nullable=True),
        Column("text_digest", LargeBinary, nullable=False),
        Column("hash", LargeBinary, nullable=False),
        UniqueConstraint("id"),
        CheckConstraint("seq > 0 AND amount > 0", name="amounts"),
        CheckConstraint("(debit = 'wallet') <> (credit = 'wallet')", name="one_side_is_the_wallet"),
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


def _create_transaction_texts() -> None:
    op.create_table(
        "transaction_texts",
        Column("account_id", name_type(), primary_key=True),
        Column("seq", BigInteger(), primary_key=True, autoincrement=False),
        Column("salt", Text(), nullable=False),
        Column("description", Text(), nullable=False),
        Column("metadata", Text(), nullable=False),
    )


def _create_ledger_keys() -> None:
    op.create_table(
        "ledger_keys",
        Column("owner", name_type(), primary_key=True),
        Column("caller", name_type(), primary_key=True),
        Column("key", name_type(), primary_key=True),
        Column("fingerprint", name_type(), nullable=False),
        Column("receipt", Text(), nullable=False),
        Column("stored_at", Instant(), nullable=False),
        Column("is_kept_for_ever", Boolean(), nullable=False),
        CheckConstraint("length(owner) <= 255 AND length(key) <= 255", name="name_fits"),
        Index(
            "ix_ledger_keys_forgettable",
            "stored_at",
            sqlite_where=text("is_kept_for_ever = 0"),
            postgresql_where=text("NOT is_kept_for_ever"),
        ),
    )
