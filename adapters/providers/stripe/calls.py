"""Calls to Stripe, guarded: a deadline, then the breaker, then the package's bounded retries."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Self, TypeVar

import msgspec
import stripe
from aiohttp import TraceConfig
from attrs import field, frozen

from adapters.providers.breaker import Breaker
from adapters.providers.stripe.http import TRY_SECONDS_MAX, BoundedHttp
from adapters.providers.stripe.refusals import busy, in_our_words, unavailable
from domain.errors import InvalidField

T = TypeVar("T")

RETRIES_MAX = 2
CALL_SECONDS_MAX = 8.0
STEP_SECONDS_MAX = 10.0
SILENCE_SECONDS = 4.0

_KEY_LENGTH_MAX = 255
_PRINTABLE = re.compile(r"[!-~]+")
_LOG = logging.getLogger(__name__)


@frozen(kw_only=True)
class Limits:
    """How long Stripe may take: over one try, one call with its retries, one step of several calls.

    A call counts as unanswered, too, if whoever made it gives up after `silence_seconds` of it. A
    webhook is given up after 5 seconds, so this is less.
    `haste` scales the waits between tries; only tests are in a hurry.
    """

    try_seconds: float = TRY_SECONDS_MAX
    call_seconds: float = CALL_SECONDS_MAX
    step_seconds: float = STEP_SECONDS_MAX
    silence_seconds: float = SILENCE_SECONDS
    haste: float = 1.0


@frozen(kw_only=True)
class StripeCalls:
    """What every call to Stripe goes through; its answer comes as one of our own classes.

    Nothing is opened before the first call. Raises ProviderUnavailable where there is no usable
    answer in time, StripeRefused where the answer is no; never anything else.
    """

    client: stripe.StripeClient = field(repr=False)
    http: BoundedHttp = field(repr=False)
    breaker: Breaker = field(repr=False)
    limits: Limits

    async def ask(
        self,
        call: Callable[[stripe.StripeClient], Awaitable[stripe.StripeObject]],
        answer: type[T],
    ) -> T:
        """Make one call and return its answer. Raises ProviderUnavailable, StripeRefused."""
        wait = self.breaker.left_to_wait()
        if wait > 0:
            raise busy(wait)
        if not self.breaker.admits():
            raise unavailable()
        with self.breaker.watching(self.limits.silence_seconds):
            return _read(await self._body(call), answer)

    @asynccontextmanager
    async def step(self) -> AsyncIterator[None]:
        """Bound what is done in several calls, and refuse an answer that makes no sense to us.

        A whole step may take a little longer than its one call, so that a call that hangs is seen
        by the breaker before its step is given up; `ask` sees to callers who give up sooner.
        """
        try:
            async with asyncio.timeout(self.limits.step_seconds):
                yield
        except TimeoutError:
            raise unavailable() from None
        except InvalidField as fault:
            _LOG.warning("Stripe's answer makes no sense to us: %s", fault)
            raise unavailable() from fault

    async def _body(
        self, call: Callable[[stripe.StripeClient], Awaitable[stripe.StripeObject]]
    ) -> str:
        try:
            async with asyncio.timeout(self.limits.call_seconds):
                found = await call(self.client)
        except stripe.StripeError as fault:
            # Not chained: Stripe's text would travel along into every log of the refusal.
            raise in_our_words(fault) from None
        except TimeoutError:
            raise unavailable() from None
        except (
            # How the package stumbles over JSON that is not of the shape it takes for granted.
            ArithmeticError,
            AttributeError,
            LookupError,
            RecursionError,
            TypeError,
            ValueError,
        ) as fault:
            _LOG.warning("Stripe's answer cannot be read (%s)", type(fault).__name__)
            raise unavailable() from None
        response = found.last_response
        assert response is not None, "what was asked for over HTTP has an answer"
        return response.body

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.http.close_async()


def stripe_calls(
    secret_key: str,
    *,
    api_base: str | None = None,
    limits: Limits | None = None,
    breaker: Breaker | None = None,
    watched_by: Sequence[TraceConfig] = (),
) -> StripeCalls:
    """Return calls under a secret key, to another address than Stripe's only in tests."""
    # The package would write a file under the home directory and send platform data.
    stripe.enable_telemetry = False
    # What it logs holds Stripe's texts and, at its finest, what buyers typed.
    logging.getLogger("stripe").setLevel(logging.CRITICAL)
    bounds = limits or Limits()
    http = BoundedHttp(try_seconds=bounds.try_seconds, haste=bounds.haste, watched_by=watched_by)
    client = stripe.StripeClient(
        secret_key,
        http_client=http,
        base_addresses=None if api_base is None else {"api": api_base.rstrip("/")},
        max_network_retries=RETRIES_MAX,
    )
    return StripeCalls(client=client, http=http, breaker=breaker or Breaker(), limits=bounds)


def key_of(kind: str, text: str) -> str:
    """Return an idempotency key that Stripe takes, always the same for the same text."""
    key = f"{kind}:{text}"
    if len(key) <= _KEY_LENGTH_MAX and _PRINTABLE.fullmatch(key):
        return key
    return f"{kind}:{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()}"


def _read(body: str, answer: type[T]) -> T:
    try:
        return msgspec.json.decode(body, type=answer)
    except (msgspec.MsgspecError, RecursionError) as fault:
        # The fault names a path and types, never a value.
        _LOG.warning("Stripe's answer is not a %s: %s", answer.__name__, fault)
        raise unavailable() from None
