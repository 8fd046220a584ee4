"""Orders, payments, refunds, disputes, customers and the inbox."""

from __future__ import annotations

from alembic import op
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    Text,
    UniqueConstraint,
    text,
)

from adapters.stores.sql.columns import Instant, name_type

revision = "0004"
down_revision = "0003"


_UNPAID = "status IN ('pending', 'failed')"


def upgrade() -> None:
    _create_orders()
    _create_payments()
    _create_refunds()
    _create_disputes()
    _create_customers()
    _create_inbox()


def _create_orders() -> None:
    op.create_table(
        "orders",
        Column("id", name_type(), primary_key=True),
        Column("account_id", name_type(), nullable=False),
        Column("type", name_type(), nullable=False),
        Column("item_id", name_type(), nullable=False),
        Column("item_name", Text(), nullable=False),
        Column("interval", name_type(), nullable=True),
        Column("price_minor", BigInteger(), nullable=False),
        Column("currency", name_type(), nullable=False),
        Column("credits", BigInteger(), nullable=False),
        Column("status", name_type(), nullable=False),
        Column("channel", name_type(), nullable=False),
        Column("discount_minor", BigInteger(), nullable=False),
        Column("tax_minor", BigInteger(), nullable=False),
        Column("total_minor", BigInteger(), nullable=False),
        Column("collected_minor", BigInteger(), nullable=False),
        Column("bonus_credits", BigInteger(), nullable=False),
        Column("coupon_code", name_type(), nullable=True),
        Column("credit_codes", Text(), nullable=True),
        Column("discount_periods", BigInteger(), nullable=True),
        Column("created_at", Instant(), nullable=False),
        Column("expires_at", Instant(), nullable=True),
        Column("paid_at", Instant(), nullable=True),
        Column("session_id", name_type(), nullable=True),
        Column("url", Text(), nullable=True),
        Column("success_url", Text(), nullable=True),
        Column("cancel_url", Text(), nullable=True),
        Column("provider_payment_id", name_type(), nullable=True),
        Column("subscription_id", name_type(), nullable=True),
        Column("period_start_at", Instant(), nullable=True),
        Column("period_end_at", Instant(), nullable=True),
        Column("second_subscription_id", name_type(), nullable=True),
        Column("receipt_number", BigInteger(), nullable=True),
        Column("document_url", Text(), nullable=True),
        Column("concern", Text(), nullable=True),
        Column("refunded_minor", BigInteger(), nullable=False),
        Column("claims", Text(), nullable=False),
        Column("trial_days", BigInteger(), nullable=False),
        Column("ends_with_group", name_type(), nullable=True),
        CheckConstraint("price_minor >= 0 AND credits >= 0 AND bonus_credits >= 0", name="line"),
        CheckConstraint("discount_minor >= 0 AND discount_minor <= price_minor", name="discount"),
        CheckConstraint(
            "tax_minor >= 0 AND total_minor >= 0 AND collected_minor >= 0", name="totals"
        ),
        CheckConstraint(
            "refunded_minor >= 0 AND refunded_minor <= collected_minor", name="refunded"
        ),
        CheckConstraint(
            "receipt_number IS NULL OR (receipt_number > 0 AND paid_at IS NOT NULL)",
            name="receipt",
        ),
        UniqueConstraint("receipt_number"),
        Index(None, "account_id", "id"),
        Index(None, "status", "id"),
        _index_where("ix_orders_paid", "paid_at IS NOT NULL", "paid_at"),
        _index_where("ix_orders_open", _UNPAID, "expires_at"),
        _index_where("ix_orders_unpaid", _UNPAID, "account_id", "id"),
        _index_where(
            "ix_orders_period", "period_start_at IS NOT NULL", "subscription_id", "period_start_at"
        ),
        _index_where(
            "ix_orders_beside",
            "second_subscription_id IS NOT NULL",
            "channel",
            "second_subscription_id",
            "id",
        ),
        _index_where("ix_orders_concern", "concern IS NOT NULL", "channel", "id"),
    )


def _create_payments() -> None:
    op.create_table(
        "payments",
        Column("channel", name_type(), primary_key=True),
        Column("provider_payment_id", name_type(), primary_key=True),
        Column("order_id", name_type(), nullable=False),
        Column("net_minor", BigInteger(), nullable=False),
        Column("tax_minor", BigInteger(), nullable=False),
        Column("collected_minor", BigInteger(), nullable=False),
        Column("currency", name_type(), nullable=False),
        Column("paid_at", Instant(), nullable=False),
        Column("part_of", name_type(), nullable=True),
        ForeignKeyConstraint(["order_id"], ["orders.id"], deferrable=True, initially="DEFERRED"),
        CheckConstraint(
            "net_minor >= 0 AND tax_minor >= 0 AND collected_minor >= 0", name="amounts"
        ),
        Index(None, "order_id"),
        _index_where(
            "ix_payments_together", "part_of IS NOT NULL", "channel", "part_of", "order_id"
        ),
    )


def _create_refunds() -> None:
    op.create_table(
        "refunds",
        Column("id", name_type(), primary_key=True),
        Column("order_id", name_type(), nullable=False),
        Column("account_id", name_type(), nullable=False),
        Column("channel", name_type(), nullable=False),
        Column("amount_minor", BigInteger(), nullable=False),
        Column("state", name_type(), nullable=False),
        Column("kind", name_type(), nullable=False),
        Column("reason", Text(), nullable=False),
        Column("provider_refund_id", name_type(), nullable=True),
        Column("failure", Text(), nullable=True),
        Column("created_at", Instant(), nullable=False),
        Column("changed_at", Instant(), nullable=False),
        Column("asked", BigInteger(), nullable=False),
        Column("ask_at", Instant(), nullable=True),
        ForeignKeyConstraint(["order_id"], ["orders.id"], deferrable=True, initially="DEFERRED"),
        UniqueConstraint("channel", "provider_refund_id", "order_id"),
        CheckConstraint("amount_minor >= 0 AND asked >= 0", name="amounts"),
        Index(None, "order_id", "id"),
        _index_where("ix_refunds_open", "state IN ('requested', 'pending')", "ask_at"),
    )


def _create_disputes() -> None:
    op.create_table(
        "disputes",
        Column("id", name_type(), primary_key=True),
        Column("order_id", name_type(), nullable=False),
        Column("account_id", name_type(), nullable=False),
        Column("channel", name_type(), nullable=False),
        Column("provider_dispute_id", name_type(), nullable=False),
        Column("amount_minor", BigInteger(), nullable=False),
        Column("currency", name_type(), nullable=False),
        Column("status", name_type(), nullable=False),
        Column("as_of", Instant(), nullable=False),
        Column("opened_at", Instant(), nullable=False),
        Column("changed_at", Instant(), nullable=False),
        ForeignKeyConstraint(["order_id"], ["orders.id"], deferrable=True, initially="DEFERRED"),
        UniqueConstraint("channel", "provider_dispute_id", "order_id"),
        CheckConstraint("amount_minor >= 0", name="amount"),
        Index(None, "order_id", "id"),
        Index(None, "status", "id"),
    )


def _create_customers() -> None:
    op.create_table(
        "customers",
        Column("channel", name_type(), primary_key=True),
        Column("customer_id", name_type(), primary_key=True),
        Column("account_id", name_type(), nullable=True),
        UniqueConstraint("account_id", "channel"),
    )


def _create_inbox() -> None:
    op.create_table(
        "inbox",
        Column("channel", name_type(), primary_key=True),
        Column("event_id", name_type(), primary_key=True),
        Column("id", name_type(), nullable=False),
        Column("type", name_type(), nullable=False),
        Column("body", LargeBinary, nullable=False),
        Column("received_at", Instant(), nullable=False),
        Column("status", name_type(), nullable=False),
        Column("tries", BigInteger(), nullable=False),
        Column("next_try_at", Instant(), nullable=True),
        Column("error", Text(), nullable=True),
        Column("effects", Text(), nullable=False),
        Column("applied_at", Instant(), nullable=True),
        CheckConstraint("tries >= 0", name="tries"),
        Index("ix_inbox_id", "id", unique=True),
        Index(None, "status", "id"),
        _index_where("ix_inbox_waiting", "status IN ('received', 'failed')", "received_at"),
        _index_where("ix_inbox_bodies", "length(body) > 0", "received_at"),
    )


def _index_where(name: str, condition: str, *columns: str) -> Index:
    where = text(condition)
    return Index(name, *columns, sqlite_where=where, postgresql_where=where)
