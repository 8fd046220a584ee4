"""Stripe's objects at the pinned version, made from Stripe's own samples."""

from collections.abc import Mapping, Sequence
from typing import Any

from tests.support.fake_stripe.data import fixture

Thing = dict[str, Any]

API_VERSION = "2026-10-28.endive"
LINES_SENT = 10


def a_price(
    id: str,
    *,
    amount: int | None = 990,
    currency: str = "usd",
    interval: str | None = "month",
    interval_count: int = 1,
    active: bool = True,
) -> Thing:
    """Return a price: monthly at 9.90 unless told otherwise."""
    price = fixture("price")
    recurring = None
    if interval is not None:
        recurring = {**price["recurring"], "interval": interval, "interval_count": interval_count}
    return {
        **price,
        "id": id,
        "active": active,
        "currency": currency,
        "unit_amount": amount,
        "unit_amount_decimal": None if amount is None else str(amount),
        "recurring": recurring,
        "type": "one_time" if recurring is None else "recurring",
    }


def a_session(id: str, params: Mapping[str, Any], *, created: int, subtotal: int) -> Thing:
    """Return a checkout session that has just been opened."""
    session = fixture("checkout.session")
    lines = params["line_items"]
    first = lines[0]
    return {
        **session,
        "id": id,
        "created": created,
        "expires_at": created + 24 * 3600,
        "mode": params["mode"],
        "status": "open",
        "payment_status": "unpaid",
        "client_reference_id": params.get("client_reference_id"),
        "metadata": params.get("metadata", {}),
        "customer": params.get("customer"),
        "customer_email": params.get("customer_email"),
        "customer_creation": params.get("customer_creation"),
        "customer_details": {**session["customer_details"], "email": params.get("customer_email")},
        "adaptive_pricing": params.get("adaptive_pricing", {"enabled": True}),
        "currency_conversion": None,
        "shipping_cost": None,
        "amount_subtotal": subtotal,
        "currency": first.get("price_data", {}).get("currency"),
        "payment_intent": None,
        "url": f"https://checkout.stripe.com/c/pay/{id}",
        "success_url": params.get("success_url"),
        "cancel_url": params.get("cancel_url"),
        "ui_mode": "hosted_page",
    }


def a_subscription(
    id: str,
    *,
    price: Thing,
    customer: str,
    metadata: Mapping[str, str],
    start: int,
    end: int,
    item_id: str,
) -> Thing:
    """Return a subscription that is being paid for the first time."""
    subscription = fixture("subscription")
    item = subscription["items"]["data"][0]
    item = {
        **item,
        "id": item_id,
        "subscription": id,
        "price": price,
        "quantity": 1,
        "current_period_start": start,
        "current_period_end": end,
    }
    return {
        **subscription,
        "id": id,
        "items": {**subscription["items"], "data": [item]},
        "customer": customer,
        "metadata": dict(metadata),
        "status": "incomplete",
        "created": start,
        "start_date": start,
        "currency": price["currency"],
        "cancel_at": None,
        "cancel_at_period_end": False,
        "canceled_at": None,
        "ended_at": None,
        "pause_collection": None,
        "pending_update": None,
        "trial_start": None,
        "trial_end": None,
    }


def a_line(
    id: str,
    *,
    amount: int,
    start: int,
    end: int,
    subscription: Thing,
    price: Thing,
    proration: bool = False,
    discount: int = 0,
) -> Thing:
    """Return an invoice's line for a subscription's item."""
    line = fixture("line_item")
    return {
        **line,
        "id": id,
        "amount": amount,
        "subtotal": amount,
        "currency": price["currency"],
        "description": price["id"],
        "discount_amounts": [{"amount": discount, "discount": "di_1"}] if discount else [],
        "period": {"start": start, "end": end},
        "parent": {
            "type": "subscription_item_details",
            "invoice_item_details": None,
            "subscription_item_details": {
                "invoice_item": None,
                "proration": proration,
                "proration_details": None,
                "subscription": subscription["id"],
                "subscription_item": subscription["items"]["data"][0]["id"],
            },
        },
        "pricing": {
            "type": "price_details",
            "price_details": {"price": price["id"], "product": price["product"]},
            "unit_amount_decimal": price["unit_amount_decimal"],
        },
        "subscription": subscription["id"],
    }


def an_invoice(
    id: str,
    *,
    subscription: Thing,
    lines: Sequence[Thing],
    reason: str,
    tax: int,
    created: int,
    is_tax_in_price: bool = False,
    balance: int = 0,
) -> Thing:
    """Return an invoice of a subscription, not paid yet; what waited for it comes first.

    A balance below zero is the customer's: it pays what it can, and what an invoice gives is added.
    """
    invoice = fixture("invoice")
    del invoice["subscription"]
    lines = sorted(lines, key=is_regular)
    asked = sum(
        line["amount"] - sum(each["amount"] for each in line["discount_amounts"]) for line in lines
    )
    net, total = (asked - tax, asked) if is_tax_in_price else (asked, asked + tax)
    return {
        **invoice,
        "id": id,
        "created": created,
        "billing_reason": reason,
        "currency": subscription["currency"],
        "customer": subscription["customer"],
        "status": "open",
        "subtotal": sum(line["amount"] for line in lines),
        "subtotal_excluding_tax": sum(line["amount"] for line in lines),
        "total": total,
        "total_excluding_tax": net,
        "total_taxes": [_tax(tax, net, is_tax_in_price)] if tax else [],
        "starting_balance": balance,
        "ending_balance": min(total + balance, 0),
        "amount_due": max(total + balance, 0),
        "amount_remaining": max(total + balance, 0),
        "amount_paid": 0,
        "amount_overpaid": 0,
        "lines": {**invoice["lines"], "data": [{**line, "invoice": id} for line in lines]},
        "parent": {
            "type": "subscription_details",
            "quote_details": None,
            "subscription_details": {
                "metadata": dict(subscription["metadata"]),
                "subscription": subscription["id"],
            },
        },
        "from_invoice": None,
        "last_finalization_error": None,
        "shipping_cost": None,
        "period_start": created,
        "period_end": created,
    }


def is_regular(line: Thing) -> bool:
    """Say whether a line charges for a whole period."""
    return not line["parent"]["subscription_item_details"]["proration"]


def as_sent(thing: Thing) -> Thing:
    """Return an object as Stripe sends it: with an invoice come its first ten lines, no more."""
    if thing["object"] != "invoice" or len(thing["lines"]["data"]) <= LINES_SENT:
        return thing
    lines = {**thing["lines"], "data": thing["lines"]["data"][:LINES_SENT], "has_more": True}
    return {**thing, "lines": lines}


def _tax(amount: int, taxable: int, is_in_price: bool) -> Thing:
    return {
        "amount": amount,
        "tax_behavior": "inclusive" if is_in_price else "exclusive",
        "tax_rate_details": {"tax_rate": "txr_1"},
        "taxability_reason": "standard_rated",
        "taxable_amount": taxable,
        "type": "tax_rate_details",
    }


def an_intent(
    id: str, *, amount: int, currency: str, metadata: Mapping[str, str], created: int
) -> Thing:
    """Return a payment intent that has succeeded."""
    return {
        **fixture("payment_intent"),
        "id": id,
        "amount": amount,
        "amount_received": amount,
        "currency": currency,
        "metadata": dict(metadata),
        "created": created,
        "canceled_at": None,
        "last_payment_error": None,
        "next_action": None,
        "status": "succeeded",
    }


def a_charge(id: str, *, intent: Thing, created: int) -> Thing:
    """Return the charge in which a payment intent was collected."""
    return {
        **fixture("charge"),
        "id": id,
        "amount": intent["amount"],
        "amount_captured": intent["amount"],
        "captured": True,
        "currency": intent["currency"],
        "created": created,
        "payment_intent": intent["id"],
        "status": "succeeded",
    }


def an_invoice_payment(id: str, *, invoice: Thing, intent: str, created: int) -> Thing:
    """Return the tie between an invoice and the payment intent that paid it."""
    return {
        **fixture("invoice_payment"),
        "id": id,
        "invoice": invoice["id"],
        "amount_paid": invoice["amount_due"],
        "amount_requested": invoice["amount_due"],
        "currency": invoice["currency"],
        "created": created,
        "livemode": False,
        "payment": {"type": "payment_intent", "payment_intent": intent},
        "status": "paid",
    }


def a_refund(
    id: str, *, charge: Thing, amount: int, status: str, params: Mapping[str, Any], created: int
) -> Thing:
    """Return a refund."""
    return {
        **fixture("refund"),
        "id": id,
        "amount": amount,
        "currency": charge["currency"],
        "charge": charge["id"],
        "payment_intent": charge["payment_intent"],
        "status": status,
        "reason": params.get("reason"),
        "metadata": params.get("metadata", {}),
        "created": created,
    }


def a_dispute(id: str, *, charge: Thing, amount: int, status: str, created: int) -> Thing:
    """Return a dispute."""
    dispute = fixture("dispute")
    return {
        **dispute,
        "id": id,
        "amount": amount,
        "currency": charge["currency"],
        "charge": charge["id"],
        "payment_intent": charge["payment_intent"],
        "status": status,
        "created": created,
        # The one field that the sample lacks.
        "evidence_details": {**dispute["evidence_details"], "submission_method": "not_submitted"},
    }


def an_event(
    id: str, type: str, thing: Thing, *, created: int, previous: Thing | None = None
) -> Thing:
    """Return the event that tells of an object."""
    data: Thing = {"object": thing}
    if previous is not None:
        data["previous_attributes"] = previous
    return {
        **fixture("event"),
        "id": id,
        "api_version": API_VERSION,
        "created": created,
        "type": type,
        "data": data,
    }
