"""A payment provider on strings: a test says what its webhooks mean and when it fails."""

from collections import deque
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import Enum

from attrs import Factory, define

from application.ports.provider import (
    Capability,
    CheckoutOpened,
    CheckoutRequest,
    Provider,
    SignedEvent,
)
from domain.payments.errors import ProviderUnavailable, SignatureRefused, WebhookUnreadable
from domain.payments.ids import Channel, OrderId
from domain.payments.inbox import InboxEvent
from domain.payments.provider_event import ProviderEvent
from tests.support.builders.payments import SANDBOX

SIGNATURE_HEADER = "signature"
SIGNATURE = "valid"
CHECKOUT_LIFE = timedelta(hours=1)


class Silence(Enum):
    """How a call ends without an answer."""

    BEFORE = "the provider did not hear"
    AFTER = "the provider did it, and its answer was lost"


Nothing = tuple[()]
NOTHING: Nothing = ()
"""The meaning of a webhook that means nothing to us."""


@define(kw_only=True)
class MarionetteProvider(Provider):
    """A provider whose webhooks are bare event ids; `meanings` says what each means, or why not.

    It keeps one checkout for an order, however often it is asked. `silences` befall calls in turn.
    """

    channel: Channel = SANDBOX
    capabilities: frozenset[Capability] = frozenset(Capability)
    needs_reference: bool = False
    meanings: dict[str, ProviderEvent | Nothing | Exception] = Factory(dict)
    silences: deque[Silence] = Factory(deque)
    asked: list[CheckoutRequest] = Factory(list)
    checkouts: dict[OrderId, CheckoutOpened] = Factory(dict)
    portals: list[tuple[str, str]] = Factory(list)

    async def open_checkout(self, request: CheckoutRequest) -> CheckoutOpened:
        self.asked.append(request)
        silence = self.silences.popleft() if self.silences else None
        if silence is Silence.BEFORE:
            raise ProviderUnavailable(channel=self.channel)
        order = request.order
        session_id = f"session-{len(self.checkouts) + 1}"
        opened = self.checkouts.setdefault(
            order.id,
            CheckoutOpened(
                session_id=session_id,
                url=f"https://pay.example/{session_id}",
                expires_at=order.created_at + CHECKOUT_LIFE,
            ),
        )
        if silence is Silence.AFTER:
            raise ProviderUnavailable(channel=self.channel)
        return opened

    async def open_portal(self, customer_id: str, return_url: str) -> str:
        self.portals.append((customer_id, return_url))
        return f"https://pay.example/portal/{customer_id}"

    def verify(self, body: bytes, headers: Mapping[str, str], now: datetime) -> SignedEvent:
        if headers.get(SIGNATURE_HEADER) != SIGNATURE:
            raise SignatureRefused(channel=self.channel, reason="it is not ours")
        return SignedEvent(event_id=body.decode(), type="told")

    async def translate(self, event: InboxEvent) -> tuple[ProviderEvent, ...]:
        meaning = self.meanings.get(event.event_id)
        if meaning is None:
            raise WebhookUnreadable(channel=self.channel, problem="means nothing to anybody")
        if isinstance(meaning, Exception):
            raise meaning
        return () if isinstance(meaning, tuple) else (meaning,)
