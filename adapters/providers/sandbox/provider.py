"""The sandbox as the service sees it: one more channel behind the provider port."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta

from attrs import evolve, field, frozen

from adapters.providers.sandbox import tellings
from adapters.providers.sandbox.acting import act_on
from adapters.providers.sandbox.changing import change_of, cost_of
from adapters.providers.sandbox.events import (
    CHECKOUT_EXPIRED,
    REFUND_UPDATED,
    Outgoing,
    named,
    translated,
)
from adapters.providers.sandbox.reading import (
    SESSION,
    checkout_facts,
    payment_facts,
    payment_of,
    report_of,
    subscription_report,
)
from adapters.providers.sandbox.records import (
    CHECKOUT,
    CUSTOMER,
    WEBHOOK,
    CheckoutState,
    CheckoutStatus,
    CheckoutTicket,
    CustomerState,
    PortalTicket,
    WebhookState,
    customer_id_of,
    later_than,
    state_of,
)
from adapters.providers.sandbox.signature import CHANNEL, check, secrets_given
from adapters.providers.sandbox.webhooks import keep_webhook
from application.ports.provider import (
    Capability,
    CheckoutOpened,
    CheckoutRequest,
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
from application.ports.system import Clock, NewId, NewSecret
from application.ports.unit_of_work import BeginWork
from domain.payments.errors import ProviderRefused
from domain.payments.ids import Channel, InboxId
from domain.payments.inbox import InboxEvent
from domain.payments.order import OrderType
from domain.payments.provider_event import ProviderEvent, RefundStatus, SubscriptionReported

CHECKOUT_LIFE = timedelta(hours=24)
PORTAL_LIFE = timedelta(hours=1)
PULLED_MAX = 1000


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
    new_id: NewId
    new_secret: NewSecret

    @property
    def channel(self) -> Channel:
        return CHANNEL

    @property
    def capabilities(self) -> frozenset[Capability]:
        return frozenset(
            {
                Capability.SUBSCRIPTIONS,
                Capability.ONE_OFF,
                Capability.PORTAL,
                Capability.COUPONS,
                Capability.RECURRING_COUPONS,
                Capability.PAUSE,
                Capability.TRIALS,
                Capability.CHANGE_PLAN,
                Capability.REFUND,
                Capability.PARTIAL_REFUND,
                Capability.READ,
            }
        )

    def needs_reference_for(self, type: OrderType) -> bool:
        return False

    async def open_checkout(self, request: CheckoutRequest) -> CheckoutOpened:
        """Open an order's checkout page; repeated, it is the same page, whatever became of it."""
        async with self.begin() as work:
            customer_id = customer_id_of(request.order.account_id)
            known = await work.sandbox.get(CUSTOMER, customer_id)
            customer = CustomerState(id=customer_id, email=request.email)
            if known is not None:
                before = state_of(known, CustomerState)
                email = customer.email or before.email
                customer = evolve(before, email=email)
            # Written every time: whoever writes the customer holds it until the end, and so one
            # checkout of an account is opened at a time.
            await work.sandbox.put(customer.record())
            record = await work.sandbox.get(CHECKOUT, request.order.id)
            if record is not None:
                checkout = state_of(record, CheckoutState)
            else:
                checkout = self._checkout(request, customer_id, customer.email)
                ticket = CheckoutTicket(order_id=checkout.order_id)
                await work.sandbox.put(checkout.record())
                await work.sandbox.put(ticket.record(checkout.ticket))
            await work.commit()
        return CheckoutOpened(
            session_id=checkout.session_id,
            url=f"{self.public_url}/sandbox/checkout/{checkout.ticket}",
            expires_at=checkout.expires_at,
        )

    async def close_checkout(self, session_id: str) -> None:
        """Close a page that waits to be paid, and have the webhook that says so sent soon."""
        async with self.begin() as work:
            record = await work.sandbox.get(CHECKOUT, session_id.removeprefix(SESSION))
            if record is None:
                raise ProviderRefused(channel=CHANNEL, reason="it has no such checkout")
            checkout = state_of(record, CheckoutState)
            now = self.clock()
            if checkout.status_at(now) is not CheckoutStatus.OPEN:
                return
            told_at = later_than(now, checkout.told_at)
            await work.sandbox.put(checkout.become(CheckoutStatus.CLOSED, told_at).record())
            event = Outgoing(
                id=f"evt_{self.new_id()}",
                type=CHECKOUT_EXPIRED,
                created_at=told_at,
                data=tellings.checkout_unpaid(checkout),
            )
            await keep_webhook(work, checkout.order_id, event, self.wall_clock())
            await work.commit()

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

    async def refund(self, request: RefundRequest) -> RefundTaken:
        """Let money go back at once, and have the webhook that says so sent soon.

        Raises ProviderRefused for a payment that is unknown, or of which less is left.
        """
        async with self.begin() as work:
            payment = await payment_of(work, request.provider_payment_id)
            known = payment.refund_for(request.key)
            if known is not None:
                return RefundTaken(refund_id=known.id, status=RefundStatus.SUCCEEDED)
            left = payment.left_minor
            amount = left if request.amount_minor is None else request.amount_minor
            if not 0 < amount <= left:
                raise ProviderRefused(channel=CHANNEL, reason="less is left of the payment")
            told_at = later_than(self.clock(), payment.told_at)
            after = payment.refunded(request.key, amount, told_at)
            await work.sandbox.put(after.record())
            event = Outgoing(
                id=f"evt_{self.new_id()}",
                type=REFUND_UPDATED,
                created_at=told_at,
                data=tellings.refunded(after, after.refunds[-1]),
            )
            await keep_webhook(work, after.id, event, self.wall_clock())
            await work.commit()
        return RefundTaken(refund_id=after.refunds[-1].id, status=RefundStatus.SUCCEEDED)

    async def act(
        self, provider_subscription_id: str, action: SubscriptionAction, key: str
    ) -> SubscriptionReported:
        """Do it at once, and have the webhooks that say so sent soon; done before, it is left so.

        Raises ProviderRefused.
        """
        async with self.begin() as work:
            now = self.clock()
            after, events = await act_on(work, provider_subscription_id, action, now, self.new_id)
            for event in events:
                await keep_webhook(work, after.order_id, event, self.wall_clock())
            await work.commit()
        return report_of(after, now)

    async def preview_change(self, change: PlanChange) -> ChangePreview:
        """Say what a change would cost, to the minor unit. Raises ProviderRefused."""
        async with self.begin() as work:
            return await cost_of(work, change)

    async def change_plan(self, change: PlanChange) -> SubscriptionReported:
        """Collect what it costs and bill the new price from then on, once for a key.

        Raises ProviderRefused.
        """
        async with self.begin() as work:
            now = self.clock()
            after, events = await change_of(work, change, now, self.new_id)
            for event in events:
                await keep_webhook(work, after.order_id, event, self.wall_clock())
            await work.commit()
        return report_of(after, now)

    async def read_checkout(self, session_id: str) -> tuple[ProviderEvent, ...]:
        """Return what has become of a checkout. Raises ProviderRefused."""
        async with self.begin() as work:
            return await checkout_facts(work, session_id, self.clock())

    async def read_subscription(self, provider_subscription_id: str) -> SubscriptionReported:
        """Return how a subscription stands. Raises ProviderRefused."""
        async with self.begin() as work:
            return await subscription_report(work, provider_subscription_id, self.clock())

    async def read_payment(self, provider_payment_id: str) -> tuple[ProviderEvent, ...]:
        """Return the refunds of a payment and the dispute about it. Raises ProviderRefused."""
        async with self.begin() as work:
            return await payment_facts(work, provider_payment_id)

    async def read_price(self, reference: str) -> ProviderPrice:
        """Refuse: it sells whatever it is told to, at whatever price."""
        raise ProviderRefused(channel=CHANNEL, reason="it keeps no prices")

    async def pull(self, since: datetime) -> AsyncIterator[InboxEvent]:
        """Return what has not arrived yet; all else it has told, for it tries for ever."""
        async with self.begin() as work:
            records = await work.sandbox.of_kind(WEBHOOK, "", PULLED_MAX)
        for record in records:
            body = state_of(record, WebhookState).event.encode()
            signed = named(body)
            now = self.clock()
            yield InboxEvent(
                id=InboxId(self.new_id()),
                channel=CHANNEL,
                event_id=signed.event_id,
                type=signed.type,
                body=body,
                received_at=now,
                next_try_at=now,
            )

    def _checkout(
        self, request: CheckoutRequest, customer_id: str, email: str | None
    ) -> CheckoutState:
        order = request.order
        assert order.success_url is not None
        assert order.cancel_url is not None
        return CheckoutState(
            order_id=order.id,
            session_id=f"{SESSION}{order.id}",
            ticket=self.new_secret(),
            customer_id=customer_id,
            item=order.line.name,
            interval=order.line.interval,
            credits=order.line.credits,
            price_minor=order.line.price_minor,
            discount_minor=order.discount_minor,
            discount_periods=order.discount_periods,
            currency=order.line.currency,
            email=email,
            coupon_code=order.coupon_code,
            trial_days=order.trial_days,
            success_url=order.success_url,
            cancel_url=order.cancel_url,
            expires_at=self.clock() + CHECKOUT_LIFE,
            account_id=order.account_id,
        )
