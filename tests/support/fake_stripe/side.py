"""The Stripe adapter with the fake behind it, as tests of any layer use it."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

from aiohttp.test_utils import TestServer
from aiohttp.typedefs import Middleware
from attrs import frozen

from adapters.providers.breaker import Breaker
from adapters.providers.stripe.calls import Limits, stripe_calls
from adapters.providers.stripe.provider import StripeProvider
from adapters.providers.stripe.signature import CHANNEL
from domain.payments.inbox import InboxEvent
from domain.payments.provider_event import ProviderEvent
from tests.support.builders.payments import an_inbox_event
from tests.support.clock import CountedIds, SettableClock
from tests.support.fake_stripe.objects import Thing
from tests.support.fake_stripe.server import SECRET_KEY, WEBHOOK_SECRET, FakeStripe
from tests.support.fake_stripe.world import StripeWorld

# Short enough to wait out in a test, long enough for a busy machine to answer in.
QUICK = Limits(try_seconds=3.0, call_seconds=4.0, step_seconds=5.0, haste=0.001)


@frozen(kw_only=True)
class StripeSide:
    """The adapter, the fake it speaks to, and the clock both go by."""

    provider: StripeProvider
    fake: FakeStripe
    clock: SettableClock
    breaker: Breaker

    @property
    def world(self) -> StripeWorld:
        """What happens at Stripe."""
        return self.fake.world

    def received(self, event: Thing, *, is_older: bool = False) -> InboxEvent:
        """Take an event's webhook as the service does: verified, and stored as it came."""
        body, headers = self.fake.webhook(event, is_older=is_older)
        signed = self.provider.verify(body, headers, self.clock())
        return an_inbox_event(
            channel=CHANNEL, event_id=signed.event_id, type=signed.type, body=body
        )

    async def meaning_of(
        self, event: Thing, *, is_older: bool = False
    ) -> tuple[ProviderEvent, ...]:
        """Return what an event means, delivered in either shape."""
        return await self.provider.translate(self.received(event, is_older=is_older))

    async def told(self, type: str, *, is_older: bool = False) -> tuple[ProviderEvent, ...]:
        """Return what the latest event of a type means."""
        return await self.meaning_of(self.world.told(type), is_older=is_older)

    def now(self) -> datetime:
        """The instant it is on both sides."""
        return self.clock()


@asynccontextmanager
async def a_stripe(
    *,
    middlewares: Sequence[Middleware] = (),
    has_automatic_tax: bool = False,
    limits: Limits = QUICK,
    secret_key: str = SECRET_KEY,
    secrets: tuple[str, ...] = (WEBHOOK_SECRET,),
    api_base: str | None = None,
) -> AsyncIterator[StripeSide]:
    """Serve a fake Stripe for a while; a request it found wrong fails the test at the end.

    With `api_base` the adapter speaks to something else instead.
    """
    clock = SettableClock()
    fake = FakeStripe(world=StripeWorld(clock=clock))
    breaker = Breaker()
    server = TestServer(fake.app(middlewares))
    await server.start_server()
    base = api_base or str(server.make_url("")).rstrip("/")
    calls = stripe_calls(secret_key, api_base=base, limits=limits, breaker=breaker)
    provider = StripeProvider(
        calls=calls,
        secrets=secrets,
        is_live=False,
        has_automatic_tax=has_automatic_tax,
        clock=clock,
        wall_clock=clock,
        new_id=CountedIds(lane=7),
    )
    try:
        async with provider:
            yield StripeSide(provider=provider, fake=fake, clock=clock, breaker=breaker)
    finally:
        await server.close()
    assert not fake.problems, "\n".join(fake.problems)
