"""Webhooks of the sandbox, written by hand: what is on the wire is promised, not derived."""

import json
from collections.abc import Mapping

from domain.payments.order import Order

EVENT_ID = "evt_019a8b1c-7d52-7c4e-9a53-0e2f4c6a8b10"

PERIOD: Mapping[str, object] = {
    "start_at": "2026-01-12T12:00:00Z",
    "end_at": "2026-02-12T12:00:00Z",
}
PAYMENT: Mapping[str, object] = {
    "id": "pay_1",
    "net_minor": 990,
    "tax_minor": 0,
    "currency": "USD",
    "paid_at": "2026-01-12T12:00:00Z",
}
CHECKOUT_PAID: Mapping[str, object] = {
    "session_id": "session_1",
    "order_id": "order_1",
    "customer_id": "cus_1",
    "payment": PAYMENT,
    "subscription": {"id": "sub_1", "period": PERIOD},
}
CHECKOUT_UNPAID: Mapping[str, object] = {"session_id": "session_1", "order_id": "order_1"}
SUBSCRIPTION_PAID: Mapping[str, object] = {
    "subscription_id": "sub_1",
    "payment": PAYMENT,
    "period": PERIOD,
}
SUBSCRIPTION_UPDATED: Mapping[str, object] = {
    "subscription_id": "sub_1",
    "status": "active",
    "cancel_at_period_end": True,
    "period": PERIOD,
}


def an_event(type: str, data: object) -> dict[str, object]:
    """Return an event of the type."""
    return {
        "id": EVENT_ID,
        "type": type,
        "created_at": "2026-01-12T12:00:00Z",
        "mode": "test",
        "data": data,
    }


def a_body(type: str, data: object) -> bytes:
    """Return an event of the type as it is sent."""
    return json.dumps(an_event(type, data)).encode()


def a_paid_body(order: Order) -> bytes:
    """Return the event that says that an order of a thing bought once was paid."""
    payment = {**PAYMENT, "net_minor": order.due_minor, "currency": order.line.currency}
    paid = {"order_id": order.id, "payment": payment, "subscription": None}
    return a_body("checkout.paid", {**CHECKOUT_PAID, **paid})
