"""A payment provider that really signs, for tests of everything between it and the ledger."""

import hashlib
import json
from collections.abc import AsyncIterator, Mapping
from datetime import datetime

from attrs import Factory, define, evolve

from application.ports.provider import Capability, CheckoutOpened, CheckoutRequest, SignedEvent
from application.ports.provider import Provider as ProviderPort
from application.ports.provider_calls import (
    ChangePreview,
    PlanChange,
    ProviderPrice,
    RefundRequest,
    RefundTaken,
    SubscriptionAction,
)
from domain.errors import BillingError
from domain.payments.errors import ProviderUnavailable, SignatureRefused, WebhookUnreadable
from domain.payments.ids import Channel, OrderId
from domain.payments.inbox import InboxEvent
from domain.payments.order import OrderType
from domain.payments.payment import Payment
from domain.payments.provider_event import (
    CheckoutPaid,
    ProviderEvent,
    ProviderStatus,
    RefundStatus,
    SubscriptionReported,
)
from domain.period import Period, add_months
from tests.support.builders.payments import SANDBOX, an_inbox_event
from tests.support.clock import NOON

SIGNATURE = "Pay-Signature"
_SECRET = b"the provider's webhook secret"


def signature_of(body: bytes) -> str:
    """Sign a webhook as the provider does."""
    return hashlib.sha256(_SECRET + body).hexdigest()


def paid_event(order_id: str, *, net_minor: int, event_id: str = "evt_1") -> bytes:
    """Return the webhook that says an order was paid."""
    return json.dumps(
        {"id": event_id, "type": "paid", "order_id": order_id, "net_minor": net_minor}
    ).encode()


@define(kw_only=True)
class SigningProvider(ProviderPort):
    """A channel whose webhooks are signed JSON; tests choose what it can do and what it refuses.

    `paid_sessions` hold the webhook that a checkout's payment causes, `undelivered` those that it
    lists, and which never came.
    """

    channel: Channel = SANDBOX
    capabilities: frozenset[Capability] = frozenset(Capability)
    is_reference_needed: bool = False
    refusal: BillingError | None = None
    asked: list[CheckoutRequest] = Factory(list)
    paid_sessions: dict[str, bytes] = Factory(dict)
    undelivered: list[bytes] = Factory(list)
    prices: dict[str, ProviderPrice] = Factory(dict)
    refunded: list[RefundRequest] = Factory(list)
    acted: list[SubscriptionAction] = Factory(list)

    def needs_reference_for(self, type: OrderType) -> bool:
        return self.is_reference_needed

    async def open_checkout(self, request: CheckoutRequest) -> CheckoutOpened:
        """Open a page, unless the test wants a refusal."""
        self.asked.append(request)
        if self.refusal is not None:
            raise self.refusal
        order = request.order
        return CheckoutOpened(
            session_id=f"session_{order.id}",
            url=f"https://pay.example/{order.id}",
            expires_at=order.expires_at or NOON,
        )

    async def open_portal(self, customer_id: str, return_url: str) -> str:
        """Open a page about a customer, unless the test wants a refusal."""
        if self.refusal is not None:
            raise self.refusal
        return f"https://pay.example/portal/{customer_id}"

    def verify(self, body: bytes, headers: Mapping[str, str], now: datetime) -> SignedEvent:
        """Believe what is signed."""
        if headers.get(SIGNATURE.lower()) != signature_of(body):
            raise SignatureRefused(channel=self.channel, reason="it does not match")
        try:
            event = json.loads(body)
        except ValueError:
            raise WebhookUnreadable(channel=self.channel, problem="is not JSON") from None
        return SignedEvent(event_id=event["id"], type=event["type"])

    async def read_checkout(self, session_id: str) -> tuple[ProviderEvent, ...]:
        """Say what a checkout's webhook says, unless the test wants a refusal."""
        if self.refusal is not None:
            raise self.refusal
        told = self.paid_sessions.get(session_id)
        return () if told is None else await self.translate(an_inbox_event(body=told))

    async def refund(self, request: RefundRequest) -> RefundTaken:
        """Give money back, unless the test wants a refusal."""
        self.refunded.append(request)
        if self.refusal is not None:
            raise self.refusal
        return RefundTaken(refund_id=f"re_{request.key}", status=RefundStatus.SUCCEEDED)

    async def act(
        self, provider_subscription_id: str, action: SubscriptionAction, key: str
    ) -> SubscriptionReported:
        """Say how a subscription begun at noon stands then, unless the test wants a refusal."""
        self.acted.append(action)
        if self.refusal is not None:
            raise self.refusal
        status = {
            SubscriptionAction.CANCEL_NOW: ProviderStatus.CANCELED,
            SubscriptionAction.PAUSE: ProviderStatus.PAUSED,
        }
        return SubscriptionReported(
            channel=self.channel,
            provider_subscription_id=provider_subscription_id,
            status=status.get(action, ProviderStatus.ACTIVE),
            period=Period(NOON, add_months(NOON, 1)),
            cancel_at_period_end=action is SubscriptionAction.CANCEL_AT_PERIOD_END,
            as_of=NOON,
        )

    async def preview_change(self, change: PlanChange) -> ChangePreview:
        """Say that nothing is due, unless the test wants a refusal."""
        if self.refusal is not None:
            raise self.refusal
        return ChangePreview(due_now_minor=0, currency="USD", is_exact=True)

    async def change_plan(self, change: PlanChange) -> SubscriptionReported:
        """Bill the new price from then on, unless the test wants a refusal."""
        reported = await self.act(
            change.provider_subscription_id, SubscriptionAction.UNDO_CANCEL, change.key
        )
        return evolve(reported, reference=change.reference)

    async def read_price(self, reference: str) -> ProviderPrice:
        """Return the price that the test has given."""
        if reference not in self.prices:
            raise ProviderUnavailable(channel=self.channel)
        return self.prices[reference]

    async def pull(self, since: datetime) -> AsyncIterator[InboxEvent]:
        """List what never came."""
        for body in self.undelivered:
            event = json.loads(body)
            yield an_inbox_event(
                channel=self.channel, event_id=event["id"], type=event["type"], body=body
            )
        if self.refusal is not None:
            raise self.refusal

    async def translate(self, event: InboxEvent) -> tuple[ProviderEvent, ...]:
        """Say what a payment means; anything else means nothing."""
        told = json.loads(event.body)
        if told["type"] != "paid":
            return ()
        order_id = told["order_id"]
        payment = Payment(
            channel=self.channel,
            provider_payment_id=f"pay_{order_id}",
            net_minor=told["net_minor"],
            currency="USD",
            paid_at=event.received_at,
        )
        paid = CheckoutPaid(
            order_id=OrderId(order_id),
            payment=payment,
            customer_id=f"cus_{order_id}",
            provider_subscription_id=f"sub_{order_id}",
            period=Period(event.received_at, add_months(event.received_at, 1)),
        )
        return (paid,)
