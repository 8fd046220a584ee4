"""Opening checkouts at Creem: which product, at which price, for whom."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from weakref import WeakValueDictionary

from attrs import Factory, define
from cachetools import TTLCache

from adapters.providers.creem.client import CreemClient
from adapters.providers.creem.discounts import CreemDiscounts
from adapters.providers.creem.marks import marks_of
from adapters.providers.creem.refusals import refused, unavailable
from adapters.providers.creem.wire import CheckoutData
from application.ports.provider import CheckoutOpened, CheckoutRequest
from domain.payments.ids import OrderId
from domain.payments.order import Order, OrderType

CHECKOUT_LIFE = timedelta(hours=24)
"""How long a checkout counts as open: Creem closes none by time, so that is ours to say."""

CUSTOM_PRICE_MIN = 100
CUSTOM_PRICE_MAX = 99_999_999

_REMEMBERED_MAX = 10_000


@define(kw_only=True)
class CreemCheckouts:
    """Opens one checkout page an order, as far as that is in our hands.

    Creem has no key that makes a repeated call one: two calls make two pages. So within a process
    calls for one order wait for each other and get the same page. Beyond that a second page is made
    only if the answer with the first was lost, and then nobody has its address.
    """

    client: CreemClient
    discounts: CreemDiscounts
    _opened: TTLCache[OrderId, CheckoutOpened] = Factory(
        lambda: TTLCache(maxsize=_REMEMBERED_MAX, ttl=CHECKOUT_LIFE.total_seconds())
    )
    _opening: WeakValueDictionary[OrderId, asyncio.Lock] = Factory(WeakValueDictionary)

    async def open(self, request: CheckoutRequest) -> CheckoutOpened:
        """Return the order's checkout page. Raises ProviderUnavailable, ProviderRefused."""
        order_id = request.order.id
        lock = self._opening.setdefault(order_id, asyncio.Lock())
        async with lock:
            opened = self._opened.get(order_id)
            if opened is None:
                opened = await self._new(request)
                self._opened[order_id] = opened
        return opened

    async def _new(self, request: CheckoutRequest) -> CheckoutOpened:
        order = request.order
        if request.reference is None:
            raise refused("it sells only products that were entered there")
        body = _asked_for(request, request.reference) | await self._reduction(
            order, request.reference
        )
        # A page that was made without our hearing of it is no harm: nobody is ever sent there.
        checkout = await self.client.post("/v1/checkouts", CheckoutData, body, is_repeatable=True)
        return CheckoutOpened(
            session_id=checkout.id,
            url=safe_address(checkout.checkout_url),
            expires_at=order.expires_at or order.created_at + CHECKOUT_LIFE,
        )

    async def _reduction(self, order: Order, product_id: str) -> dict[str, Any]:
        """Return how our coupon reaches Creem.

        A one-off product may be given a price: that is exact, needs no second call, leaves nothing
        behind, and cannot be used elsewhere. Creem allows it for one-off products alone, and not
        below a least price; all else takes a discount code made for this order.
        """
        if order.discount_minor == 0:
            return {}
        is_one_off = order.line.type is OrderType.CREDITS
        if is_one_off and CUSTOM_PRICE_MIN <= order.due_minor <= CUSTOM_PRICE_MAX:
            return {"custom_price": order.due_minor}
        return {"discount_code": await self.discounts.code_for(order, product_id)}


def safe_address(address: str | None) -> str:
    """Return an address that a buyer can be sent to. Raises ProviderUnavailable for any other."""
    if address is None or not address.startswith("https://"):
        raise unavailable()
    return address


def _asked_for(request: CheckoutRequest, product_id: str) -> dict[str, Any]:
    order = request.order
    body: dict[str, Any] = {
        "product_id": product_id,
        "request_id": order.id,
        "metadata": marks_of(order.id, order.account_id),
    }
    # Creem refuses a customer that is named both ways, and an e-mail given is fixed on the page.
    if request.customer_id is not None:
        body["customer"] = {"id": request.customer_id}
    elif request.email is not None:
        body["customer"] = {"email": request.email}
    if order.success_url is not None:
        body["success_url"] = order.success_url
    return body
