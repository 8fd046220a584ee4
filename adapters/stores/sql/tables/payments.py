"""Orders, payments, money going back, customers at providers, and the inbox."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    Table,
    UniqueConstraint,
    text,
)

from adapters.stores.sql.columns import counted, named, texted, timed
from adapters.stores.sql.tables.metadata import check, metadata

_PAID = text("paid_at IS NOT NULL")

orders = Table(
    "orders",
    metadata,
    named("id", is_key=True),
    named("account_id"),
    named("type"),
    named("item_id"),
    texted("item_name"),
    named("interval", is_optional=True),
    counted("price_minor"),
    named("currency"),
    counted("credits"),
    named("status"),
    named("channel"),
    counted("discount_minor"),
    counted("tax_minor"),
    counted("total_minor"),
    counted("bonus_credits"),
    named("coupon_code", is_optional=True),
    timed("created_at"),
    timed("expires_at", is_optional=True),
    timed("paid_at", is_optional=True),
    named("session_id", is_optional=True),
    texted("url", is_optional=True),
    texted("success_url", is_optional=True),
    texted("cancel_url", is_optional=True),
    named("provider_payment_id", is_optional=True),
    named("subscription_id", is_optional=True),
    counted("refunded_minor"),
    texted("claims"),
    check("price_minor >= 0 AND credits >= 0 AND bonus_credits >= 0", "line"),
    check("discount_minor >= 0 AND discount_minor <= price_minor", "discount"),
    check("tax_minor >= 0 AND total_minor >= 0", "totals"),
    check("refunded_minor >= 0 AND refunded_minor <= total_minor", "refunded"),
    Index(None, "account_id", "id"),
    Index(None, "status", "id"),
    Index("ix_orders_paid", "paid_at", sqlite_where=_PAID, postgresql_where=_PAID),
    Index(
        "ix_orders_open",
        "expires_at",
        sqlite_where=text("status = 'pending'"),
        postgresql_where=text("status = 'pending'"),
    ),
)

payments = Table(
    "payments",
    metadata,
    named("channel", is_key=True),
    named("provider_payment_id", is_key=True),
    named("order_id"),
    counted("net_minor"),
    counted("tax_minor"),
    named("currency"),
    timed("paid_at"),
    ForeignKeyConstraint(["order_id"], ["orders.id"], deferrable=True, initially="DEFERRED"),
    check("net_minor >= 0 AND tax_minor >= 0", "amounts"),
    Index(None, "order_id"),
)

refunds = Table(
    "refunds",
    metadata,
    named("id", is_key=True),
    named("order_id"),
    named("account_id"),
    named("channel"),
    counted("amount_minor"),
    named("state"),
    named("kind"),
    texted("reason"),
    named("provider_refund_id", is_optional=True),
    texted("failure", is_optional=True),
    timed("created_at"),
    timed("changed_at"),
    ForeignKeyConstraint(["order_id"], ["orders.id"], deferrable=True, initially="DEFERRED"),
    UniqueConstraint("channel", "provider_refund_id"),
    check("amount_minor >= 0", "amount"),
    Index(None, "order_id", "id"),
)

disputes = Table(
    "disputes",
    metadata,
    named("id", is_key=True),
    named("order_id"),
    named("account_id"),
    named("channel"),
    named("provider_dispute_id"),
    counted("amount_minor"),
    named("currency"),
    named("status"),
    timed("as_of"),
    timed("opened_at"),
    timed("changed_at"),
    ForeignKeyConstraint(["order_id"], ["orders.id"], deferrable=True, initially="DEFERRED"),
    UniqueConstraint("channel", "provider_dispute_id"),
    check("amount_minor >= 0", "amount"),
    Index(None, "order_id", "id"),
    Index(None, "status", "id"),
)

customers = Table(
    "customers",
    metadata,
    named("account_id", is_key=True),
    named("channel", is_key=True),
    named("customer_id"),
    UniqueConstraint("channel", "customer_id"),
)

inbox = Table(
    "inbox",
    metadata,
    named("channel", is_key=True),
    named("event_id", is_key=True),
    named("id"),
    named("type"),
    Column("body", LargeBinary, nullable=False),
    timed("received_at"),
    named("status"),
    counted("tries"),
    timed("next_try_at", is_optional=True),
    texted("error", is_optional=True),
    texted("effects"),
    timed("applied_at", is_optional=True),
    check("tries >= 0", "tries"),
    Index("ix_inbox_id", "id", unique=True),
    Index(None, "status", "id"),
    Index(
        "ix_inbox_waiting",
        "received_at",
        sqlite_where=text("status IN ('received', 'failed')"),
        postgresql_where=text("status IN ('received', 'failed')"),
    ),
)
