"""Something in front of a provider that hands everything on, for others to change one thing."""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime

from attrs import frozen

from application.ports.provider import (
    Capability,
    CheckoutOpened,
    CheckoutRequest,
    Listed,
    Provider,
    SignedEvent,
)
from application.ports.provider_calls import (
    ChangePreview,
    PlanChange,
    ProviderPrice,
    RefundRequest,
    RefundTaken,
    SubscriptionAction,
)
from domain.payments.ids import Channel
from domain.payments.inbox import InboxEvent
from domain.payments.order import OrderType
from domain.payments.provider_event import ProviderEvent, SubscriptionReported


@frozen
class InFront(Provider):
    """A provider as it is."""

    provider: Provider

    @property
    def channel(self) -> Channel:
        return self.provider.channel

    @property
    def capabilities(self) -> frozenset[Capability]:
        return self.provider.capabilities

    @property
    def told_at(self) -> datetime | None:
        return self.provider.told_at

    def needs_reference_for(self, type: OrderType) -> bool:
        return self.provider.needs_reference_for(type)

    async def open_checkout(self, request: CheckoutRequest) -> CheckoutOpened:
        return await self.provider.open_checkout(request)

    async def close_checkout(self, session_id: str) -> None:
        await self.provider.close_checkout(session_id)

    async def open_portal(self, customer_id: str, return_url: str) -> str:
        return await self.provider.open_portal(customer_id, return_url)

    def verify(self, body: bytes, headers: Mapping[str, str], now: datetime) -> SignedEvent:
        return self.provider.verify(body, headers, now)

    async def translate(self, event: InboxEvent) -> tuple[ProviderEvent, ...]:
        return await self.provider.translate(event)

    async def refund(self, request: RefundRequest) -> RefundTaken:
        return await self.provider.refund(request)

    async def act(
        self, provider_subscription_id: str, action: SubscriptionAction, key: str
    ) -> SubscriptionReported:
        return await self.provider.act(provider_subscription_id, action, key)

    async def preview_change(self, change: PlanChange) -> ChangePreview:
        return await self.provider.preview_change(change)

    async def change_plan(self, change: PlanChange) -> SubscriptionReported:
        return await self.provider.change_plan(change)

    async def read_checkout(self, session_id: str) -> tuple[ProviderEvent, ...]:
        return await self.provider.read_checkout(session_id)

    async def read_subscription(self, provider_subscription_id: str) -> SubscriptionReported:
        return await self.provider.read_subscription(provider_subscription_id)

    @property
    def lists_subscriptions(self) -> bool:
        return self.provider.lists_subscriptions

    async def list_known(self, since: datetime, after: str | None) -> Listed:
        return await self.provider.list_known(since, after)

    async def read_payment(self, provider_payment_id: str) -> tuple[ProviderEvent, ...]:
        return await self.provider.read_payment(provider_payment_id)

    async def read_price(self, reference: str) -> ProviderPrice:
        return await self.provider.read_price(reference)

    def pull(self, since: datetime) -> AsyncIterator[InboxEvent]:
        return self.provider.pull(since)
