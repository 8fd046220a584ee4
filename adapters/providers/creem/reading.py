"""Reading what Creem knows: each object by its id, as one of our classes."""

from __future__ import annotations

from urllib.parse import quote

from attrs import frozen

from adapters.providers.creem.client import CreemClient
from adapters.providers.creem.wire import (
    CheckoutData,
    DiscountData,
    ProductData,
    SubscriptionData,
    SubscriptionsData,
    TransactionData,
    TransactionsData,
)

PAGE_SIZE = 50
_OF_AN_ORDER_MAX = 20


@frozen(kw_only=True)
class CreemReading:
    """The calls that change nothing. Each raises ProviderUnavailable or ProviderRefused."""

    client: CreemClient

    async def checkout(self, checkout_id: str) -> CheckoutData:
        """Return a checkout."""
        return await self.client.get("/v1/checkouts", CheckoutData, {"checkout_id": checkout_id})

    async def subscription(self, subscription_id: str) -> SubscriptionData:
        """Return a subscription."""
        query = {"subscription_id": subscription_id}
        return await self.client.get("/v1/subscriptions", SubscriptionData, query)

    async def transaction(self, transaction_id: str) -> TransactionData:
        """Return a transaction."""
        query = {"transaction_id": transaction_id}
        return await self.client.get("/v1/transactions", TransactionData, query)

    async def product(self, product_id: str) -> ProductData:
        """Return a product."""
        return await self.client.get(f"/v1/products/{segment(product_id)}", ProductData)

    async def discount(self, code: str) -> DiscountData:
        """Return a discount by its code."""
        return await self.client.get("/v1/discounts", DiscountData, {"discount_code": code})

    async def transactions_of_order(self, creem_order_id: str) -> list[TransactionData]:
        """Return the transactions of one of Creem's orders."""
        query = {
            "order_id": creem_order_id,
            "page_number": "1",
            "page_size": str(_OF_AN_ORDER_MAX),
        }
        page = await self.client.get("/v1/transactions/search", TransactionsData, query)
        return page.items

    async def transactions(self, page_number: int) -> TransactionsData:
        """Return a page of all transactions."""
        path = "/v1/transactions/search"
        return await self.client.get(path, TransactionsData, _page(page_number))

    async def subscriptions(self, page_number: int) -> SubscriptionsData:
        """Return a page of all subscriptions, those that have ended included."""
        path = "/v1/subscriptions/search"
        return await self.client.get(path, SubscriptionsData, _page(page_number))


def segment(id: str) -> str:
    """Return an id as one segment of a path, whatever is in it."""
    return quote(id, safe="")


def _page(number: int) -> dict[str, str]:
    return {"page_number": str(number), "page_size": str(PAGE_SIZE)}
