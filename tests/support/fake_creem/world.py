"""The service's side and Creem's side together, for one test."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp.typedefs import Middleware
from attrs import define

from adapters.providers.breaker import Breaker
from adapters.providers.creem.client import CreemClient, Limits, creem_client
from adapters.providers.creem.mode import CreemMode
from adapters.providers.creem.provider import CreemProvider
from adapters.providers.creem.signature import CHANNEL
from application.ports.provider import CheckoutOpened, CheckoutRequest
from domain.payments.inbox import InboxEvent
from domain.payments.order import Order, OrderLine, OrderType
from domain.payments.provider_event import ProviderEvent
from domain.period import Interval
from tests.support.builders.payments import an_inbox_event, an_order, an_order_line
from tests.support.clock import NOON, CountedIds, SettableClock
from tests.support.fake_creem.books import Books
from tests.support.fake_creem.server import API_KEY, FakeCreem, running
from tests.support.fake_creem.telling import SECRET, CreemEvent

OLD_SECRET = "whsec_of_before"
HASTY = Limits(call_seconds=5.0, step_seconds=6.0, wait_seconds=0.0)


@define(kw_only=True)
class CreemWorld:
    """A provider that talks to a fake."""

    fake: FakeCreem
    client: CreemClient
    provider: CreemProvider
    clock: SettableClock
    wall_clock: SettableClock

    @property
    def books(self) -> Books:
        """What the fake remembers."""
        return self.fake.books

    async def opened(self, order: Order, product_id: str, **who: Any) -> CheckoutOpened:
        """Open the checkout of an order for a product."""
        return await self.provider.open_checkout(a_request(order, product_id, **who))

    async def sold(self, order: Order, product_id: str, *, tax_percent: int = 0) -> str:
        """Sell an order and have it paid; return the checkout's id."""
        opened = await self.opened(order, product_id)
        self.books.pay(opened.session_id, tax_percent=tax_percent)
        return opened.session_id

    async def subscribed(self, order: Order | None = None, *, price: int = 1000) -> str:
        """Sell a subscription, have its first period paid, and return its id at Creem."""
        product_id = self.books.add_product(price=price, period="every-month")
        await self.sold(order or a_subscription_order(price_minor=price), product_id)
        return next(reversed(self.books.subscriptions))

    def stored(self, event: CreemEvent) -> InboxEvent:
        """Take an event as the service does: verified, then as it lies in the inbox."""
        signed = self.provider.verify(event.body, event.signed(), NOON)
        return an_inbox_event(
            channel=CHANNEL, event_id=signed.event_id, type=signed.type, body=event.body
        )

    async def taken(self, event: CreemEvent) -> tuple[ProviderEvent, ...]:
        """Return what an event means, taken as the service does."""
        return await self.provider.translate(self.stored(event))


@asynccontextmanager
async def creem_world(
    *,
    books: Books | None = None,
    faults: Middleware | None = None,
    limits: Limits = HASTY,
    breaker: Breaker | None = None,
    mode: CreemMode = CreemMode.TEST,
) -> AsyncIterator[CreemWorld]:
    """Run a fake, and a provider that talks to it. No request may break Creem's own schemas."""
    clock, wall_clock = SettableClock(), SettableClock()
    fake = FakeCreem(books=books or Books())
    async with running(fake, faults):
        client = creem_client(API_KEY, mode, api_base=fake.address, limits=limits, breaker=breaker)
        async with client:
            provider = CreemProvider(
                client=client,
                secrets=(SECRET, OLD_SECRET),
                mode=mode,
                clock=clock,
                wall_clock=wall_clock,
                new_id=CountedIds(lane=7),
            )
            yield CreemWorld(
                fake=fake, client=client, provider=provider, clock=clock, wall_clock=wall_clock
            )
    assert fake.violations == []


def a_request(
    order: Order,
    product_id: str | None,
    *,
    email: str | None = None,
    customer_id: str | None = None,
) -> CheckoutRequest:
    """Return the request to sell an order as a product of Creem's."""
    return CheckoutRequest(order=order, reference=product_id, email=email, customer_id=customer_id)


def a_pack_order(
    *, price_minor: int = 1000, discount_minor: int = 0, coupon_code: str | None = None
) -> Order:
    """Return an order of a credit pack, in euros."""
    return an_order(
        channel=CHANNEL,
        line=an_order_line(price_minor=price_minor, currency="EUR"),
        discount_minor=discount_minor,
        coupon_code=coupon_code,
    )


def a_subscription_order(*, price_minor: int = 1000, discount_minor: int = 0) -> Order:
    """Return an order of a plan by the month, in euros."""
    line: OrderLine = an_order_line(
        type=OrderType.SUBSCRIPTION,
        interval=Interval.MONTHLY,
        price_minor=price_minor,
        currency="EUR",
    )
    return an_order(channel=CHANNEL, line=line, discount_minor=discount_minor)
