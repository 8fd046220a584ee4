"""What was paid, split into what was asked for and the tax on top of it.

Creem reports `amount`, which leaves out tax that comes on top, and `amount_paid`, which is all the
buyer paid. Two things are not said anywhere, and are decided here in one place:

- whether `amount` still holds the discount: it does if it equals the product's price while a
  discount was given;
- tax that is part of the price (`tax_mode` inclusive) is none on top: what was asked for is then
  what was paid.
"""

from __future__ import annotations

from attrs import frozen

from adapters.providers.creem.wire import OrderData, ProductData, TransactionData, minor_of
from domain.money import share

_INCLUSIVE = "inclusive"


@frozen(kw_only=True)
class Collected:
    """Money collected, in minor units: before tax on top and after discount, and that tax."""

    net_minor: int
    tax_minor: int


def collected(
    paid: OrderData | TransactionData, product: ProductData | None, units: int = 1
) -> Collected:
    """Return what an order or a transaction collected. Raises WebhookUnreadable."""
    amount = minor_of(paid.amount) or 0
    total = minor_of(paid.amount_paid)
    if total is not None and product is not None and product.tax_mode == _INCLUSIVE:
        return Collected(net_minor=total, tax_minor=0)
    net = _after_discount(paid, amount, product, units)
    if total is None:
        return Collected(net_minor=net, tax_minor=minor_of(paid.tax_amount) or 0)
    # Less than was asked for is no tax: then it is the amount that will not match the order.
    return Collected(net_minor=min(net, total), tax_minor=max(0, total - net))


def estimated_change(
    old_minor: int, new_minor: int, left_microseconds: int, whole_microseconds: int
) -> int:
    """Return what starting a new period now costs, less what is left of the one that is paid."""
    return new_minor - share(old_minor, left_microseconds, whole_microseconds)


def _after_discount(
    paid: OrderData | TransactionData, amount: int, product: ProductData | None, units: int
) -> int:
    discount = minor_of(paid.discount_amount) or 0
    price = None if product is None else minor_of(product.price)
    if 0 < discount <= amount and price is not None and amount == price * units:
        return amount - discount
    return amount
