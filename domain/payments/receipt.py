"""What a payment's receipt is called, and where it lies."""

from __future__ import annotations

from domain.payments.ids import OrderId


def receipt_name(number: int) -> str:
    """Return a receipt's number as people write it: `R-000042`."""
    return f"R-{number:06d}"


def receipt_path(order_id: OrderId) -> str:
    """Return where an order's receipt is read, below the address of the service."""
    return f"/orders/{order_id}/receipt"
