"""Creem as the service sees it: one more channel behind the provider port."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from types import TracebackType
from typing import Self

from attrs import Factory, field, frozen

from adapters.providers.creem.checkouts import CreemCheckouts, safe_address
from adapters.providers.creem.client import CreemClient
from adapters.providers.creem.discounts import CreemDiscounts
from adapters.providers.creem.events import CreemTranslation, named
from adapters.providers.creem.mode import CreemMode
from adapters.providers.creem.pulling import CreemPull
from adapters.providers.creem.reading import CreemReading
from adapters.providers.creem.refunds import CreemRefunds
from adapters.providers.creem.refusals import refused, unavailable, unreadable
from adapters.providers.creem.reversals import gone_back
from adapters.providers.creem.signature import CHANNEL, check, secrets_given
from adapters.providers.creem.statuses import interval_of
from adapters.providers.creem.subscriptions import CreemSubscriptions
from adapters.providers.creem.wire import PortalData, minor_of
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
from application.ports.system import Clock, NewId
from domain.errors import InvalidField
from domain.payments.errors import ProviderRefused, WebhookUnreadable
from domain.payments.ids import Channel
from domain.payments.inbox import InboxEvent
from domain.payments.order import OrderType
from domain.payments.provider_event import ProviderEvent, SubscriptionReported

# A trial belongs to the product there: no checkout can ask for one, or for none.
_CAPABILITIES = frozenset(Capability) - {Capability.PARTIAL_REFUND, Capability.TRIALS}


@frozen(kw_only=True)
class CreemProvider(Provider):
    """A seller of record: it sells what was entered there, collects tax, and pays us out.

    Every call has a deadline. `clock` is the billing clock, `wall_clock` the real time, in which
    Creem lives. What Creem cannot do: refund a part, close a checkout, or send a buyer who gives up
    back to us. A context manager: at the end, connections that are open are closed.
    """

    client: CreemClient
    secrets: tuple[str, ...] = field(repr=False, validator=secrets_given)
    mode: CreemMode
    clock: Clock
    wall_clock: Clock
    new_id: NewId
    _reading: CreemReading = field(
        init=False, default=Factory(lambda self: CreemReading(client=self.client), takes_self=True)
    )
    _checkouts: CreemCheckouts = field(
        init=False,
        default=Factory(
            lambda self: CreemCheckouts(
                client=self.client,
                discounts=CreemDiscounts(client=self.client, reading=self._reading),
            ),
            takes_self=True,
        ),
    )

    @property
    def channel(self) -> Channel:
        return CHANNEL

    @property
    def capabilities(self) -> frozenset[Capability]:
        return _CAPABILITIES

    @property
    def told_at(self) -> datetime | None:
        return self.client.told_at

    @property
    def lists_subscriptions(self) -> bool:
        return True

    def needs_reference_for(self, type: OrderType) -> bool:
        return True

    async def open_checkout(self, request: CheckoutRequest) -> CheckoutOpened:
        """Open an order's checkout page; the buyer who gives up there is not sent back to us."""
        async with self._step():
            return await self._checkouts.open(request)

    async def open_portal(self, customer_id: str, return_url: str) -> str:
        """Return the customer's portal at Creem, which knows no way back to us."""
        async with self._step():
            asked = {"customer_id": customer_id}
            path = "/v1/customers/billing"
            portal = await self.client.post(path, PortalData, asked, is_repeatable=True)
            return safe_address(portal.customer_portal_link)

    def verify(self, body: bytes, headers: Mapping[str, str], now: datetime) -> SignedEvent:
        """Check a webhook's signature, then that it is an event of the mode we run in."""
        check(body, headers, self.secrets)
        return named(body, self.mode)

    async def translate(self, event: InboxEvent) -> tuple[ProviderEvent, ...]:
        """Say what an event means, asking Creem for what it leaves out."""
        try:
            async with asyncio.timeout(self.client.limits.step_seconds):
                return await self._translation.translated(event.body)
        except TimeoutError:
            raise unavailable() from None
        except ProviderRefused as missing:
            raise unreadable(f"what it is about could not be read: {missing.reason}") from None
        except InvalidField as nonsense:
            raise unreadable(str(nonsense)) from nonsense

    async def refund(self, request: RefundRequest) -> RefundTaken:
        """Give back all that is left of a payment; a part of it is refused by capability."""
        async with self._step():
            return await self._refunds.refund(request)

    async def act(
        self, provider_subscription_id: str, action: SubscriptionAction, key: str
    ) -> SubscriptionReported:
        """Cancel, pause or resume a subscription. The key has no use at Creem: see its docs."""
        async with self._step():
            return await self._subscriptions.act(provider_subscription_id, action)

    async def preview_change(self, change: PlanChange) -> ChangePreview:
        """Estimate what a change of plan would cost now, before tax."""
        async with self._step():
            return await self._subscriptions.preview_change(change)

    async def change_plan(self, change: PlanChange) -> SubscriptionReported:
        """Move a subscription to another product."""
        async with self._step():
            return await self._subscriptions.change_plan(change)

    async def read_checkout(self, session_id: str) -> tuple[ProviderEvent, ...]:
        """Return what has become of a checkout, the first payment of a subscription included."""
        async with self._step():
            return await self._translation.of_checkout(session_id)

    async def read_subscription(self, provider_subscription_id: str) -> SubscriptionReported:
        """Return how a subscription stands now."""
        async with self._step():
            return await self._subscriptions.read(provider_subscription_id)

    async def read_payment(self, provider_payment_id: str) -> tuple[ProviderEvent, ...]:
        """Return what has gone back of a payment, which Creem does not announce by itself."""
        async with self._step():
            now = self.wall_clock()
            found = await self._refunds.of_payment(provider_payment_id)
            return tuple(fact for each in found for fact in gone_back(each, now))

    async def read_price(self, reference: str) -> ProviderPrice:
        """Return what a product costs, and how often."""
        async with self._step():
            product = await self._reading.product(reference)
            amount, interval = minor_of(product.price), interval_of(product)
            if amount is None or product.currency is None:
                raise unavailable()
            if interval is None and product.billing_type == "recurring":
                raise refused("the product is paid at an interval that is not sold here")
            return ProviderPrice(
                reference=reference,
                amount_minor=amount,
                currency=product.currency.upper(),
                interval=interval,
                is_active=product.status == "active",
            )

    async def pull(self, since: datetime) -> AsyncIterator[InboxEvent]:
        """Return what subscriptions have paid since then, as events of our own making."""
        try:
            async for event in self._pull.since(since):
                yield event
        except WebhookUnreadable:
            raise unavailable() from None

    async def list_known(self, since: datetime, after: str | None) -> Listed:
        """Return a page of the payments, later of the subscriptions.

        Of one-off payments only what goes back: that they were paid, their checkouts tell.
        """
        async with self._step():
            return await self._pull.page(since, after)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.client.__aexit__(kind, error, trace)

    @property
    def _pull(self) -> CreemPull:
        return CreemPull(
            reading=self._reading,
            clock=self.clock,
            wall_clock=self.wall_clock,
            new_id=self.new_id,
        )

    @property
    def _translation(self) -> CreemTranslation:
        return CreemTranslation(reading=self._reading, mode=self.mode)

    @property
    def _refunds(self) -> CreemRefunds:
        return CreemRefunds(client=self.client, reading=self._reading)

    @property
    def _subscriptions(self) -> CreemSubscriptions:
        return CreemSubscriptions(
            client=self.client, reading=self._reading, wall_clock=self.wall_clock
        )

    @asynccontextmanager
    async def _step(self) -> AsyncIterator[None]:
        """Bound what is done in several calls, and refuse an answer that makes no sense to us."""
        try:
            async with asyncio.timeout(self.client.limits.step_seconds):
                yield
        except TimeoutError:
            raise unavailable() from None
        except (InvalidField, WebhookUnreadable):
            raise unavailable() from None
