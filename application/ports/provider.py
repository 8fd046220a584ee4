"""A payment provider: check out, portal, and translating what it tells us."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from enum import Enum
from typing import Protocol

from attrs import frozen

from application.ports.provider_calls import (
    ChangePreview,
    PlanChange,
    ProviderPrice,
    RefundRequest,
    RefundTaken,
    RightTried,
    SubscriptionAction,
)
from domain.payments.errors import CapabilityMissing
from domain.payments.ids import Channel
from domain.payments.inbox import InboxEvent
from domain.payments.order import Order, OrderType
from domain.payments.provider_event import ProviderEvent, SubscriptionReported


class Capability(Enum):
    """What a provider can do; asking one for something else is refused by name."""

    SUBSCRIPTIONS = "subscriptions"
    ONE_OFF = "one_off"
    PORTAL = "portal"
    COUPONS = "coupons"
    RECURRING_COUPONS = "recurring_coupons"
    PAUSE = "pause"
    TRIALS = "trials"
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


@frozen(kw_only=True)
class Listed:
    """A page of what a provider lists: how subscriptions stand, and what may have been missed.

    What cannot be read is left out. `next` is the position behind the page, in the provider's own
    words, which it takes again at any later time; None at the end.
    """

    reports: tuple[SubscriptionReported, ...] = ()
    events: tuple[InboxEvent, ...] = ()
    next: str | None = None


class Provider(Protocol):
    """One channel. Calls out raise ProviderUnavailable or ProviderRefused, in bounded time.

    What a provider cannot do it does not implement: the refusal that names the capability is here.
    """

    @property
    def channel(self) -> Channel: ...

    @property
    def capabilities(self) -> frozenset[Capability]: ...

    @property
    def told_at(self) -> datetime | None:
        """Return what its clock showed with its latest answer; None if there was no answer yet."""
        return None

    @property
    def lists_subscriptions(self) -> bool:
        """Say whether `list_known` goes through its live subscriptions; else each is asked for."""
        return False

    def needs_reference_for(self, type: OrderType) -> bool:
        """Say whether it can sell something of this kind only if it was entered there before."""
        ...

    async def open_checkout(self, request: CheckoutRequest) -> CheckoutOpened:
        """Open a checkout page. Repeating it for the same order opens no second one that counts."""
        ...

    async def close_checkout(self, session_id: str) -> None:
        """Close a checkout page, so that it cannot be paid any more, where that is possible."""
        return

    async def open_portal(self, customer_id: str, return_url: str) -> str:
        """Return the address of the provider's page on which a customer manages what they have."""
        raise self._unable(Capability.PORTAL)

    def verify(self, body: bytes, headers: Mapping[str, str], now: datetime) -> SignedEvent:
        """Check a webhook's signature over its raw bytes; header names are in lower case.

        Raises SignatureRefused, WebhookUnreadable.
        """
        ...

    async def translate(self, event: InboxEvent) -> tuple[ProviderEvent, ...]:
        """Say in our words what a stored event means: nothing, one fact, or several.

        It may ask the provider where the event alone does not say. Raises WebhookUnreadable.
        """
        ...

    async def refund(self, request: RefundRequest) -> RefundTaken:
        """Give money of a payment back. Repeating it under the same key gives back nothing more."""
        raise self._unable(Capability.REFUND)

    async def act(
        self, provider_subscription_id: str, action: SubscriptionAction, key: str
    ) -> SubscriptionReported:
        """Cancel, pause or resume a subscription; return how it stands then."""
        raise self._unable(Capability.SUBSCRIPTIONS)

    async def preview_change(self, change: PlanChange) -> ChangePreview:
        """Say what a change of plan would cost, and change nothing."""
        raise self._unable(Capability.CHANGE_PLAN)

    async def change_plan(self, change: PlanChange) -> SubscriptionReported:
        """Move a subscription to another price; return how it stands then."""
        raise self._unable(Capability.CHANGE_PLAN)

    async def read_checkout(self, session_id: str) -> tuple[ProviderEvent, ...]:
        """Return what has become of a checkout, as facts of the kind webhooks tell."""
        raise self._unable(Capability.READ)

    async def read_subscription(self, provider_subscription_id: str) -> SubscriptionReported:
        """Return how a subscription stands now."""
        raise self._unable(Capability.READ)

    async def read_payment(self, provider_payment_id: str) -> tuple[ProviderEvent, ...]:
        """Return the refunds and disputes of a payment, as they stand now."""
        raise self._unable(Capability.READ)

    async def read_price(self, reference: str) -> ProviderPrice:
        """Return what the provider charges for an item."""
        raise self._unable(Capability.READ)

    def pull(self, since: datetime) -> AsyncIterator[InboxEvent]:
        """Return everything that has happened since then, as events for the inbox.

        Each has an id that stays the same, so that pulling twice tells nothing new.
        """
        raise self._unable(Capability.READ)

    async def try_rights(self) -> Sequence[RightTried]:
        """Try once to read each kind of thing that the service reads there, changing nothing.

        A provider whose keys may do everything or nothing has nothing to try.
        """
        return ()

    async def list_known(self, since: datetime, after: str | None) -> Listed:
        """Return the page behind a position of all that it lists, the first one behind None.

        Its events are of what may have happened since an instant and `pull` does not tell. What was
        listed before may be listed again; what comes to be meanwhile may be missing.
        """
        return Listed()

    def _unable(self, capability: Capability) -> CapabilityMissing:
        return CapabilityMissing(channel=self.channel, capability=capability.value)


Providers = Mapping[Channel, Provider]
