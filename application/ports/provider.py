"""A payment provider: check out, portal, and translating what it tells us."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Protocol

from attrs import frozen

from domain.payments.ids import Channel
from domain.payments.inbox import InboxEvent
from domain.payments.order import Order
from domain.payments.provider_event import ProviderEvent


class Capability(Enum):
    """What a provider can do; asking one for something else is refused by name."""

    SUBSCRIPTIONS = "subscriptions"
    ONE_OFF = "one_off"
    PORTAL = "portal"
    COUPONS = "coupons"
    PAUSE = "pause"
    CHANGE_PLAN = "change_plan"
    REFUND = "refund"
    PARTIAL_REFUND = "partial_refund"
    READ = "read"


@frozen(kw_only=True)
class CheckoutRequest:
    """What a provider needs to sell an order.

    `reference` is the provider's own id for the item, where it needs one. The order's id is the
    provider's idempotency key.
    """

    order: Order
    reference: str | None
    email: str | None
    customer_id: str | None


@frozen(kw_only=True)
class CheckoutOpened:
    """A provider's checkout page, open for the buyer until `expires_at`."""

    session_id: str
    url: str
    expires_at: datetime


@frozen(kw_only=True)
class SignedEvent:
    """A webhook whose signature holds: the provider's id and type for it."""

    event_id: str
    type: str


class Provider(Protocol):
    """One channel. Calls out raise ProviderUnavailable or ProviderRefused, in bounded time."""

    @property
    def channel(self) -> Channel: ...

    @property
    def capabilities(self) -> frozenset[Capability]: ...

    @property
    def needs_reference(self) -> bool:
        """Say whether it can only sell what was entered there before."""
        ...

    async def open_checkout(self, request: CheckoutRequest) -> CheckoutOpened:
        """Open a checkout page. Repeating it for the same order opens no second one that counts."""
        ...

    async def open_portal(self, customer_id: str, return_url: str) -> str:
        """Return the address of the provider's page on which a customer manages what they have."""
        ...

    def verify(self, body: bytes, headers: Mapping[str, str], now: datetime) -> SignedEvent:
        """Check a webhook's signature over its raw bytes; header names are in lower case.

        Raises SignatureRefused, WebhookUnreadable.
        """
        ...

    def translate(self, event: InboxEvent) -> ProviderEvent:
        """Say in our words what a stored event means. Raises WebhookUnreadable."""
        ...


Providers = Mapping[Channel, Provider]
