"""The sandbox as the service sees it: one more channel behind the provider port."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from attrs import field, frozen

from adapters.providers.sandbox.events import named, translated
from adapters.providers.sandbox.records import (
    CHECKOUT,
    CUSTOMER,
    CheckoutState,
    CheckoutTicket,
    CustomerState,
    PortalTicket,
    customer_id_of,
    state_of,
)
from adapters.providers.sandbox.signature import CHANNEL, check, secrets_given
from application.ports.provider import (
    Capability,
    CheckoutOpened,
    CheckoutRequest,
    Provider,
    SignedEvent,
)
from application.ports.system import Clock, NewSecret
from application.ports.unit_of_work import BeginWork
from domain.payments.errors import ProviderRefused
from domain.payments.ids import Channel
from domain.payments.inbox import InboxEvent
from domain.payments.provider_event import ProviderEvent

CHECKOUT_LIFE = timedelta(hours=24)
PORTAL_LIFE = timedelta(hours=1)


@frozen(kw_only=True)
class SandboxProvider(Provider):
    """A provider that is always there, sells whatever it is asked to, and moves no money.

    `clock` is the billing clock, which may be virtual: a checkout ages with it. `wall_clock` is the
    real time: signatures and portal tickets are security, and a virtual clock that is set back or
    stands still must not make an old one count again.
    """

    begin: BeginWork
    public_url: str
    secrets: tuple[str, ...] = field(repr=False, validator=secrets_given)
    clock: Clock
    wall_clock: Clock
    new_secret: NewSecret

    @property
    def channel(self) -> Channel:
        return CHANNEL

    @property
    def capabilities(self) -> frozenset[Capability]:
        return frozenset(
            {Capability.SUBSCRIPTIONS, Capability.ONE_OFF, Capability.PORTAL, Capability.COUPONS}
        )

    @property
    def needs_reference(self) -> bool:
        return False

    async def open_checkout(self, request: CheckoutRequest) -> CheckoutOpened:
        """Open an order's checkout page; repeated, it is the same page, whatever became of it."""
        async with self.begin() as work:
            customer_id = customer_id_of(request.order.account_id)
            known = await work.sandbox.get(CUSTOMER, customer_id)
            email = request.email
            if email is None and known is not None:
                email = state_of(known, CustomerState).email
            # Written every time: whoever writes the customer holds it until the end, and so one
            # checkout of an account is opened at a time.
            await work.sandbox.put(CustomerState(id=customer_id, email=email).record())
            record = await work.sandbox.get(CHECKOUT, request.order.id)
            if record is not None:
                checkout = state_of(record, CheckoutState)
            else:
                checkout = self._checkout(request, customer_id, email)
                ticket = CheckoutTicket(order_id=checkout.order_id)
                await work.sandbox.put(checkout.record())
                await work.sandbox.put(ticket.record(checkout.ticket))
            await work.commit()
        return CheckoutOpened(
            session_id=checkout.session_id,
            url=f"{self.public_url}/sandbox/checkout/{checkout.ticket}",
            expires_at=checkout.expires_at,
        )

    async def open_portal(self, customer_id: str, return_url: str) -> str:
        """Make a fresh ticket to a customer's portal page. Raises ProviderRefused."""
        async with self.begin() as work:
            if await work.sandbox.get(CUSTOMER, customer_id) is None:
                raise ProviderRefused(channel=CHANNEL, reason="it has no such customer")
            ticket = self.new_secret()
            portal = PortalTicket(
                customer_id=customer_id,
                return_url=return_url,
                expires_at=self.wall_clock() + PORTAL_LIFE,
            )
            await work.sandbox.put(portal.record(ticket))
            await work.commit()
        return f"{self.public_url}/sandbox/portal/{ticket}"

    def verify(self, body: bytes, headers: Mapping[str, str], now: datetime) -> SignedEvent:
        """Check the signature, by the real time: `now` is the billing clock's and is not used."""
        check(body, headers, self.secrets, self.wall_clock())
        return named(body)

    async def translate(self, event: InboxEvent) -> tuple[ProviderEvent, ...]:
        """Say in our words what a stored event means. Raises WebhookUnreadable."""
        return translated(event.body)

    def _checkout(
        self, request: CheckoutRequest, customer_id: str, email: str | None
    ) -> CheckoutState:
        order = request.order
        assert order.success_url is not None
        assert order.cancel_url is not None
        return CheckoutState(
            order_id=order.id,
            session_id=f"session_{order.id}",
            ticket=self.new_secret(),
            customer_id=customer_id,
            item=order.line.name,
            interval=order.line.interval,
            credits=order.line.credits,
            price_minor=order.line.price_minor,
            discount_minor=order.discount_minor,
            currency=order.line.currency,
            email=email,
            coupon_code=order.coupon_code,
            success_url=order.success_url,
            cancel_url=order.cancel_url,
            expires_at=self.clock() + CHECKOUT_LIFE,
        )
