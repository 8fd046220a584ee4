"""Creem's objects as JSON, in full, as its official library describes them."""

from datetime import UTC, datetime
from typing import Any

from attrs import frozen

Json = dict[str, Any]


@frozen(kw_only=True)
class Sale:
    """What a purchase comes to, in minor units."""

    amount: int
    discount: int
    tax: int
    paid: int


def iso(instant: datetime) -> str:
    """Return an instant as Creem's objects write it."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def milliseconds(instant: datetime) -> int:
    """Return an instant as transactions, refunds, disputes and envelopes write it."""
    return round(instant.timestamp() * 1000)


def a_product(
    id: str, now: datetime, *, price: int, currency: str, period: str, tax_mode: str
) -> Json:
    """Return a product; one with the period `once` is sold once, any other again and again."""
    return {
        "id": id,
        "mode": "test",
        "object": "product",
        "name": f"Product {id}",
        "description": "Something to be sold",
        "price": price,
        "currency": currency,
        "billing_type": "onetime" if period == "once" else "recurring",
        "billing_period": period,
        "status": "active",
        "tax_mode": tax_mode,
        "tax_category": "saas",
        "default_success_url": None,
        "created_at": iso(now),
        "updated_at": iso(now),
    }


def a_customer(id: str, now: datetime, email: str) -> Json:
    """Return a customer."""
    return {
        "id": id,
        "mode": "test",
        "object": "customer",
        "email": email,
        "name": "A Buyer",
        "country": "NL",
        "created_at": iso(now),
        "updated_at": iso(now),
    }


def a_checkout(id: str, asked: Json) -> Json:
    """Return a checkout page that is open."""
    carried = ("request_id", "custom_price", "success_url", "metadata")
    return {
        "id": id,
        "mode": "test",
        "object": "checkout",
        "status": "pending",
        "product": asked["product_id"],
        "units": asked.get("units", 1),
        "custom_fields": [],
        "checkout_url": f"https://creem.io/test/checkout/{id}",
        **{name: asked[name] for name in carried if name in asked},
    }


def an_order(
    id: str, now: datetime, product: Json, customer_id: str, transaction_id: str, sale: Sale
) -> Json:
    """Return a paid order."""
    return {
        "id": id,
        "mode": "test",
        "object": "order",
        "customer": customer_id,
        "product": product["id"],
        "transaction": transaction_id,
        "discount": None,
        "amount": sale.amount,
        "sub_total": sale.amount,
        "tax_amount": sale.tax,
        "discount_amount": sale.discount,
        "amount_due": sale.paid,
        "amount_paid": sale.paid,
        "currency": product["currency"],
        "status": "paid",
        "type": product["billing_type"],
        "created_at": iso(now),
        "updated_at": iso(now),
    }


def a_transaction(
    id: str, now: datetime, product: Json, customer_id: str, order_id: str, sale: Sale
) -> Json:
    """Return a paid transaction of a one-off purchase."""
    return {
        "id": id,
        "mode": "test",
        "object": "transaction",
        "amount": sale.amount,
        "amount_paid": sale.paid,
        "discount_amount": sale.discount,
        "currency": product["currency"],
        "type": "payment",
        "tax_country": "NL",
        "tax_amount": sale.tax,
        "status": "paid",
        "refunded_amount": None,
        "order": order_id,
        "subscription": None,
        "customer": customer_id,
        "description": "Payment",
        "created_at": milliseconds(now),
    }


def of_a_period(
    transaction: Json, subscription_id: str, start_at: datetime, end_at: datetime
) -> Json:
    """Return a transaction as the payment of a subscription's period."""
    return transaction | {
        "type": "invoice",
        "subscription": subscription_id,
        "description": "Subscription payment",
        "period_start": milliseconds(start_at),
        "period_end": milliseconds(end_at),
    }


def a_subscription(
    id: str, now: datetime, product: Json, customer: Json, metadata: Json | None
) -> Json:
    """Return a subscription that nothing has been paid for yet."""
    return {
        "id": id,
        "mode": "test",
        "object": "subscription",
        "product": product,
        "customer": customer,
        "items": [
            {
                "id": f"sitem_{id}",
                "mode": "test",
                "object": "subscription_item",
                "product_id": product["id"],
                "price_id": f"pprice_{product['id']}",
                "units": 1,
            }
        ],
        "collection_method": "charge_automatically",
        "status": "active",
        "canceled_at": None,
        "created_at": iso(now),
        "updated_at": iso(now),
        **({} if metadata is None else {"metadata": metadata}),
    }


def a_discount(id: str, asked: Json) -> Json:
    """Return a discount nobody has used."""
    return asked | {
        "id": id,
        "mode": "test",
        "object": "discount",
        "status": "active",
        "redeem_count": 0,
    }


def a_refund(id: str, now: datetime, transaction: Json, amount: int, status: str) -> Json:
    """Return a refund with the transaction it is of."""
    return {
        "id": id,
        "mode": "test",
        "object": "refund",
        "status": status,
        "refund_amount": amount,
        "refund_currency": transaction["currency"],
        "reason": "requested_by_customer",
        "transaction": transaction,
        "created_at": milliseconds(now),
    }


def a_dispute(id: str, now: datetime, transaction: Json) -> Json:
    """Return a dispute about all that was paid."""
    return {
        "id": id,
        "mode": "test",
        "object": "dispute",
        "amount": transaction["amount_paid"],
        "currency": transaction["currency"],
        "transaction": transaction,
        "created_at": milliseconds(now),
    }
