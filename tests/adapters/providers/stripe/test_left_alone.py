"""Stripe left alone for a while: when nothing comes back, and when it is asked too much."""

import asyncio

import pytest
from aiohttp import web

from adapters.providers.stripe.calls import Limits
from application.payments.receive_event import APPLY_SECONDS_MAX
from domain.payments.errors import ProviderBusy, ProviderRefused, ProviderUnavailable
from tests.adapters.providers.stripe.broken import (
    THEIR_WORDS,
    Broken,
    an_error,
    open_checkout,
    silence,
)
from tests.support.fake_stripe.side import a_stripe


async def _fault_not_to_be_repeated(request: web.Request) -> web.StreamResponse:
    error = {"type": "api_error", "message": THEIR_WORDS}
    headers = {"stripe-should-retry": "false"}
    return web.json_response({"error": error}, status=500, headers=headers)


async def test_after_five_faults_stripe_is_left_alone_for_a_while() -> None:
    broken = Broken(_fault_not_to_be_repeated)
    async with a_stripe(middlewares=[broken.middleware()]) as stripe:
        for _ in range(8):
            with pytest.raises(ProviderUnavailable):
                await open_checkout(stripe)

    assert broken.tries == 5


@pytest.mark.parametrize(("told", "seconds"), [("7", 7), ("600", 60), ("soon", 1), (None, 1)])
async def test_too_many_requests_are_no_fault_and_nobody_asks_for_as_long_as_stripe_says(
    told: str | None, seconds: int
) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        error = {"type": "invalid_request_error", "message": THEIR_WORDS, "code": "rate_limit"}
        headers = {} if told is None else {"Retry-After": told}
        return web.json_response({"error": error}, status=429, headers=headers)

    broken, now = Broken(answer), [0.0]
    async with a_stripe(middlewares=[broken.middleware()]) as stripe:
        stripe.provider.calls.breaker.seconds = lambda: now[0]
        for asked in range(1, 9):
            with pytest.raises(ProviderBusy):
                await open_checkout(stripe)
            now[0] += seconds - 0.5
            with pytest.raises(ProviderBusy) as meanwhile:
                await open_checkout(stripe)
            assert (broken.tries, meanwhile.value.retry_after_s) == (asked, 1)
            now[0] += 0.5


async def test_a_lock_on_one_thing_holds_up_nothing_else() -> None:
    broken = an_error(429, "lock_timeout")
    async with a_stripe(middlewares=[broken.middleware()]) as stripe:
        for _ in range(8):
            with pytest.raises(ProviderUnavailable):
                await open_checkout(stripe)

    assert broken.tries == 8


async def test_refusals_do_not_open_the_breaker() -> None:
    broken = an_error(404, "resource_missing")
    async with a_stripe(middlewares=[broken.middleware()]) as stripe:
        for _ in range(8):
            with pytest.raises(ProviderRefused):
                await open_checkout(stripe)

    assert broken.tries == 8


async def test_calls_that_hang_open_the_breaker_too() -> None:
    broken = Broken(silence)
    limits = Limits(try_seconds=0.02, call_seconds=0.03, step_seconds=0.5, haste=0.001)
    async with a_stripe(middlewares=[broken.middleware()], limits=limits) as stripe:
        for _ in range(5):
            with pytest.raises(ProviderUnavailable):
                await open_checkout(stripe)
        asked = broken.tries
        with pytest.raises(ProviderUnavailable):
            await open_checkout(stripe)

    assert broken.tries == asked


async def test_callers_that_give_up_onsilence_open_the_breaker_too() -> None:
    broken = Broken(silence)
    limits = Limits(silence_seconds=0.05)
    async with a_stripe(middlewares=[broken.middleware()], limits=limits) as stripe:
        for _ in range(5):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.15):
                    await open_checkout(stripe)
        asked = broken.tries
        with pytest.raises(ProviderUnavailable):
            await open_checkout(stripe)

    assert broken.tries == asked == 5


async def test_callers_that_leave_at_once_say_nothing_about_stripe() -> None:
    broken = Broken(silence)
    async with a_stripe(middlewares=[broken.middleware()]) as stripe:
        for _ in range(8):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await open_checkout(stripe)

        assert stripe.breaker.admits()


def test_a_webhook_waits_longer_than_it_takes_to_see_that_nobody_answers() -> None:
    assert Limits().silence_seconds < APPLY_SECONDS_MAX < Limits().call_seconds
