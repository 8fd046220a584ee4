"""What the contract suite asks of a provider."""

from collections.abc import Awaitable, Callable, Mapping

import pytest
from attrs import evolve, frozen

from application.ports.provider import CheckoutRequest, Provider
from domain.payments.inbox import InboxEvent
from domain.payments.order import Order
from domain.payments.provider_event import ProviderEvent
from tests.support.builders.payments import an_inbox_event
from tests.support.clock import NOON
from tests.support.sandbox import a_request


@frozen(kw_only=True)
class ProviderUnderTest:
    """A provider with what is needed to speak to it in its own tongue.

    `secret_of_another` is a webhook secret it does not know. `paid_body` is the webhook that says
    that an order's checkout was paid, `unknown_body` one of a type we do not know. `reference` is
    something to sell, where the provider can only sell what was entered there before.
    """

    provider: Provider
    secret: str
    sign: Callable[[bytes, str], Mapping[str, str]]
    paid_body: Callable[[Order], bytes]
    unknown_body: bytes
    customer_of: Callable[[Order], Awaitable[str]]
    reference: str | None = None

    def request(self, order: Order) -> CheckoutRequest:
        """Return what the service asks of the provider to sell an order."""
        return evolve(a_request(order), reference=self.reference)

    async def taken(self, body: bytes) -> tuple[ProviderEvent, ...]:
        """Take a webhook as the service does: verified, stored, translated."""
        signed = self.provider.verify(body, self.sign(body, self.secret), NOON)
        return await self.provider.translate(self.stored(body, type=signed.type))

    def stored(self, body: bytes, *, type: str) -> InboxEvent:
        """Return a webhook as it lies in the inbox."""
        return an_inbox_event(channel=self.provider.channel, type=type, body=body)


OpenProvider = Callable[[pytest.FixtureRequest], ProviderUnderTest]
"""Put a provider together for one test."""
