"""Our coupon at Creem: a discount code that is good for one order."""

from __future__ import annotations

import base64
import hashlib
import logging
from collections.abc import Mapping

from attrs import frozen

from adapters.providers.creem.client import CreemClient
from adapters.providers.creem.reading import CreemReading, segment
from adapters.providers.creem.refusals import NOT_FOUND, CreemRefused, refused
from adapters.providers.creem.wire import DiscountData, minor_of
from domain.payments.errors import ProviderRefused, ProviderUnavailable
from domain.payments.ids import OrderId
from domain.payments.order import Order

_CODE_LENGTH = 20
_LOG = logging.getLogger(__name__)


@frozen(kw_only=True)
class CreemDiscounts:
    """Makes the discount of an order, once: its code follows from the order's id.

    It is a fixed amount, as the order's own discount is: a percentage would be rounded by rules
    that are not ours. It can be used once, for one product, and lowers as many payments as were
    promised.
    """

    client: CreemClient
    reading: CreemReading

    async def code_for(self, order: Order, product_id: str) -> str:
        """Return the code that takes the order's discount off.

        Raises ProviderUnavailable, ProviderRefused.
        """
        discount = await self._made(order, product_id)
        if (minor_of(discount.redeem_count) or 0) > 0:
            raise refused("the discount of this order has been used already")
        if not _is_as_asked(discount, order, product_id):
            await self._remove(discount)
            raise refused("it made another discount than was asked for")
        return discount.code

    async def _made(self, order: Order, product_id: str) -> DiscountData:
        """Make the discount, or find the one that an earlier try has made."""
        code = code_of(order.id)
        asked = {
            "name": order.coupon_code or "Discount",
            "code": code,
            "type": "fixed",
            "amount": order.discount_minor,
            "currency": order.line.currency,
            **_duration(order),
            "max_redemptions": 1,
            "applies_to_products": [product_id],
        }
        try:
            return await self.client.post("/v1/discounts", DiscountData, asked)
        except (ProviderUnavailable, ProviderRefused) as fault:
            # The answer may have been lost, or the code be there from before.
            try:
                return await self.reading.discount(code)
            except CreemRefused as missing:
                if missing.status == NOT_FOUND:
                    raise fault from None
                raise

    async def _remove(self, discount: DiscountData) -> None:
        path = f"/v1/discounts/{segment(discount.id)}/delete"
        try:
            await self.client.delete(path, DiscountData)
        except (ProviderUnavailable, ProviderRefused):
            _LOG.warning("Creem: the discount %s is wrong and could not be removed", discount.id)


def code_of(order_id: OrderId) -> str:
    """Return the discount code of an order: always the same, and nobody's guess."""
    digest = hashlib.sha256(f"discount:{order_id}".encode()).digest()
    return base64.b32encode(digest).decode()[:_CODE_LENGTH]


def _duration(order: Order) -> Mapping[str, object]:
    """Return for how long the order's discount counts; Creem reckons that in months."""
    periods, interval = order.discount_periods, order.line.interval
    if periods is None:
        return {"duration": "forever"}
    if periods == 1 or interval is None:
        return {"duration": "once"}
    return {"duration": "repeating", "duration_in_months": periods * interval.months}


def _is_as_asked(discount: DiscountData, order: Order, product_id: str) -> bool:
    """Say whether Creem understood the amount as minor units, as one of its own pages does not."""
    currency = (discount.currency or order.line.currency).upper()
    return (
        discount.type == "fixed"
        and discount.status == "active"
        and minor_of(discount.amount) == order.discount_minor
        and currency == order.line.currency
        and product_id in (discount.applies_to_products or [product_id])
    )
