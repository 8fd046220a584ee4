"""Adapters that soon lose patience, for tests that cannot wait for ten seconds."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from adapters.providers.breaker import Breaker as CreemBreaker
from adapters.providers.breaker import Breaker as StripeBreaker
from adapters.providers.creem.client import Limits as CreemLimits
from adapters.providers.creem.client import creem_client
from adapters.providers.creem.mode import CreemMode
from adapters.providers.creem.provider import CreemProvider
from adapters.providers.creem.signature import CHANNEL as CREEM
from adapters.providers.stripe.calls import Limits as StripeLimits
from adapters.providers.stripe.calls import stripe_calls
from adapters.providers.stripe.provider import StripeProvider
from adapters.providers.stripe.signature import CHANNEL as STRIPE
from application.ports.provider import Provider
from domain.payments.ids import Channel
from tests.support.clock import CountedIds, SettableClock
from tests.support.fake_creem.server import API_KEY
from tests.support.fake_creem.telling import SECRET
from tests.support.fake_stripe.server import SECRET_KEY, WEBHOOK_SECRET

NEVER = 1_000_000
"""A breaker that waits for so many faults never opens."""

DEADLINE_SECONDS = 2.0
"""No call of an impatient adapter takes longer, even on a busy machine."""

STRIPE_LIMITS = StripeLimits(try_seconds=0.4, call_seconds=0.7, step_seconds=0.9, haste=0.001)
CREEM_LIMITS = CreemLimits(call_seconds=0.7, step_seconds=0.9, wait_seconds=0.0)


@asynccontextmanager
async def impatient_stripe(
    address: str, clock: SettableClock, *, faults_max: int
) -> AsyncIterator[StripeProvider]:
    """Connect to a fake Stripe."""
    provider = StripeProvider(
        calls=stripe_calls(
            SECRET_KEY,
            api_base=address,
            limits=STRIPE_LIMITS,
            breaker=StripeBreaker(faults_max=faults_max),
        ),
        secrets=(WEBHOOK_SECRET,),
        is_live=False,
        has_automatic_tax=False,
        clock=clock,
        wall_clock=clock,
        new_id=CountedIds(lane=7),
    )
    async with provider:
        yield provider


@asynccontextmanager
async def impatient_creem(
    address: str, clock: SettableClock, *, faults_max: int
) -> AsyncIterator[CreemProvider]:
    """Connect to a fake Creem."""
    provider = CreemProvider(
        client=creem_client(
            API_KEY,
            CreemMode.TEST,
            api_base=address,
            limits=CREEM_LIMITS,
            breaker=CreemBreaker(faults_max=faults_max),
        ),
        secrets=(SECRET,),
        mode=CreemMode.TEST,
        clock=clock,
        wall_clock=clock,
        new_id=CountedIds(lane=7),
    )
    async with provider:
        yield provider


Impatient = Callable[..., AbstractAsyncContextManager[Provider]]

IMPATIENT: Mapping[Channel, Impatient] = {STRIPE: impatient_stripe, CREEM: impatient_creem}
"""How one connects to the fake of each channel."""


def let_rest(provider: Provider) -> None:
    """Let the rest of an open breaker be over."""
    assert isinstance(provider, StripeProvider | CreemProvider)
    breaker = (
        provider.calls.breaker if isinstance(provider, StripeProvider) else provider.client.breaker
    )
    before = breaker.seconds
    breaker.seconds = lambda: before() + breaker.rest_seconds
