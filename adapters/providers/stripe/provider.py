"""Stripe as the service sees it: one channel behind the provider port."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from types import TracebackType
from typing import Self

from attrs import field, frozen

from adapters.providers.stripe.calls import StripeCalls
from adapters.providers.stripe.checkouts import StripeCheckouts
from adapters.providers.stripe.events import named
from adapters.providers.stripe.facts import provider_price
from adapters.providers.stripe.listing import StripeListing
from adapters.providers.stripe.meaning import StripeMeaning
from adapters.providers.stripe.objects import PortalSession, PriceObject
from adapters.providers.stripe.pulling import StripePulling
from adapters.providers.stripe.reading import StripeReading
from adapters.providers.stripe.refunds import StripeRefunds
from adapters.providers.stripe.rights import tried
from adapters.providers.stripe.signature import CHANNEL, check, secrets_given
from adapters.providers.stripe.subscriptions import StripeSubscriptions
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
    RightTried,
    SubscriptionAction,
)
from application.ports.system import Clock, NewId
from domain.payments.ids import Channel
from domain.payments.inbox import InboxEvent
from domain.payments.order import OrderType
from domain.payments.provider_event import ProviderEvent, SubscriptionReported

_PREFIXES: Mapping[bool, tuple[str, ...]] = {
    True: ("sk_live_", "rk_live_"),
    False: ("sk_test_", "rk_test_"),
}


def key_fits(secret_key: str, *, is_live: bool) -> bool:
    """Say whether a secret key, restricted or not, is one of this mode."""
    return secret_key.startswith(_PREFIXES[is_live])


@frozen(kw_only=True)
class StripeProvider(Provider):
    """Sells through Stripe's hosted checkout, and hears from Stripe by webhooks.

    `clock` is the billing clock, which may be virtual; it dates what comes into our inbox.
    `wall_clock` is the real time, which Stripe lives in: signatures and reports are judged by it.
    A context manager: at the end, connections that are open are closed.
    """

    calls: StripeCalls
    secrets: tuple[str, ...] = field(repr=False, validator=secrets_given)
    is_live: bool
    has_automatic_tax: bool
    clock: Clock = field(repr=False)
    wall_clock: Clock = field(repr=False)
    new_id: NewId = field(repr=False)

    @property
    def channel(self) -> Channel:
        return CHANNEL

    @property
    def capabilities(self) -> frozenset[Capability]:
        return frozenset(Capability)

    @property
    def told_at(self) -> datetime | None:
        return self.calls.http.told_at

    @property
    def lists_subscriptions(self) -> bool:
        return True

    def needs_reference_for(self, type: OrderType) -> bool:
        """Say whether a kind of thing is sold only by a price that was entered at Stripe."""
        return type is OrderType.SUBSCRIPTION

    async def open_checkout(self, request: CheckoutRequest) -> CheckoutOpened:
        """Open an order's page: a pack by its price or at ours, a plan by its price alone."""
        async with self.calls.step():
            return await self._checkouts.open(request)

    async def close_checkout(self, session_id: str) -> None:
        """Close a page, so that it cannot be paid any more."""
        async with self.calls.step():
            await self._checkouts.close(session_id)

    async def open_portal(self, customer_id: str, return_url: str) -> str:
        """Return the address of a customer's page; it must never be stored or logged."""
        session = await self.calls.ask(
            lambda stripe: stripe.v1.billing_portal.sessions.create_async(
                {"customer": customer_id, "return_url": return_url}
            ),
            PortalSession,
        )
        return session.url

    def verify(self, body: bytes, headers: Mapping[str, str], now: datetime) -> SignedEvent:
        """Check the signature, by the real time: `now` is the billing clock's and is not used."""
        check(body, headers, self.secrets, self.wall_clock())
        return named(body, self.is_live)

    async def translate(self, event: InboxEvent) -> tuple[ProviderEvent, ...]:
        """Say what a stored event means, asking Stripe again where it may have changed since."""
        meaning = StripeMeaning(reading=self._reading, is_live=self.is_live)
        async with self.calls.step():
            return await meaning.of(event.body)

    async def refund(self, request: RefundRequest) -> RefundTaken:
        """Give money back, once for the key of the request."""
        refunds = StripeRefunds(calls=self.calls, reading=self._reading)
        async with self.calls.step():
            return await refunds.take(request)

    async def act(
        self, provider_subscription_id: str, action: SubscriptionAction, key: str
    ) -> SubscriptionReported:
        """Cancel, pause or resume a subscription, or find that done."""
        async with self.calls.step():
            return await self._subscriptions.act(provider_subscription_id, action, key)

    async def preview_change(self, change: PlanChange) -> ChangePreview:
        """Return what a change of plan would cost now."""
        async with self.calls.step():
            return await self._subscriptions.preview(change)

    async def change_plan(self, change: PlanChange) -> SubscriptionReported:
        """Change a plan; where a payment is due and fails, nothing changes."""
        async with self.calls.step():
            return await self._subscriptions.change(change)

    async def read_checkout(self, session_id: str) -> tuple[ProviderEvent, ...]:
        """Return what has become of a checkout."""
        async with self.calls.step():
            return await self._reading.checkout(session_id)

    async def read_subscription(self, provider_subscription_id: str) -> SubscriptionReported:
        """Return what a subscription is like now."""
        async with self.calls.step():
            return await self._reading.reported(provider_subscription_id)

    async def list_known(self, since: datetime, after: str | None) -> Listed:
        """Return a page of the subscriptions that live."""
        listing = StripeListing(calls=self.calls, wall_clock=self.wall_clock)
        async with self.calls.step():
            return await listing.page(after)

    async def read_payment(self, provider_payment_id: str) -> tuple[ProviderEvent, ...]:
        """Return refunds and disputes of a payment, as they stand now."""
        async with self.calls.step():
            return await self._reading.payment(provider_payment_id)

    async def read_price(self, reference: str) -> ProviderPrice:
        """Return what Stripe charges under a price."""
        price = await self.calls.ask(
            lambda stripe: stripe.v1.prices.retrieve_async(reference), PriceObject
        )
        return provider_price(price)

    def pull(self, since: datetime) -> AsyncIterator[InboxEvent]:
        """Yield what has happened since, newest first, whether or not its webhook came."""
        pulling = StripePulling(
            calls=self.calls, clock=self.clock, new_id=self.new_id, is_live=self.is_live
        )
        return pulling.since(since)

    async def try_rights(self) -> Sequence[RightTried]:
        """Try every right to read that a restricted key may lack."""
        return await tried(self.calls)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.calls.__aexit__(kind, error, trace)

    @property
    def _reading(self) -> StripeReading:
        return StripeReading(calls=self.calls, wall_clock=self.wall_clock)

    @property
    def _checkouts(self) -> StripeCheckouts:
        return StripeCheckouts(
            calls=self.calls, reading=self._reading, has_automatic_tax=self.has_automatic_tax
        )

    @property
    def _subscriptions(self) -> StripeSubscriptions:
        return StripeSubscriptions(
            calls=self.calls, reading=self._reading, wall_clock=self.wall_clock
        )
