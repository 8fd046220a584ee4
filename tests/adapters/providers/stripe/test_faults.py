"""Stripe refusing, failing, dawdling or talking nonsense: always one of two refusals, in time."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest
from aiohttp import web
from aiohttp.test_utils import unused_port
from aiohttp.typedefs import Handler

from adapters.providers.stripe.calls import stripe_calls
from adapters.providers.stripe.provider import key_fits
from application.ports.provider_calls import RefundReason, RefundRequest
from domain.payments.errors import ProviderRefused, ProviderUnavailable
from tests.adapters.providers.stripe.broken import (
    HASTY,
    Answer,
    Broken,
    a_text,
    an_error,
    open_checkout,
    silence,
)
from tests.adapters.providers.stripe.sales import a_pack_sale, a_request, sold_pack
from tests.support.fake_stripe.server import SECRET_KEY
from tests.support.fake_stripe.side import StripeSide, a_stripe

REFUSED: dict[str, tuple[Broken, str]] = {
    "wrong parameters": (an_error(400, "parameter_unknown"), "does not accept this request"),
    "not there": (an_error(404, "resource_missing"), "no such thing"),
    "another request's key": (
        an_error(400, type="idempotency_error"),
        "used before for something else",
    ),
    "a wrong key": (an_error(401), "configured secret key"),
    "a declined card": (an_error(402, "card_declined", "card_error"), "was declined"),
    "a key without the right": (an_error(403), "lacks a right"),
}

UNAVAILABLE: dict[str, tuple[Broken, int]] = {
    "a key in use": (an_error(409, "idempotency_key_in_use"), 3),
    "too many requests": (an_error(429, "lock_timeout"), 1),
    "too many requests, as once told": (an_error(400, "rate_limit"), 1),
    "a fault": (an_error(500, type="api_error"), 3),
    "a page instead": (a_text(502, "<html>Bad Gateway</html>"), 3),
    "a page that says all is well": (a_text(200, "<html>Hello</html>"), 3),
    "nothing": (a_text(200, ""), 3),
    "cut JSON": (a_text(200, '{"id": "cs_test_1", "mo'), 3),
    "a list": (a_text(200, "[]"), 3),
    "null": (a_text(200, "null"), 3),
    "bytes that are no text": (a_text(200, b'{"id": "\xff\xfe"}'), 3),
    "endless nesting": (a_text(200, '{"a":' * 5000 + "1" + "}" * 5000), 3),
    "an error in a word": (a_text(400, '{"error": "no"}'), 3),
    "an error without an error": (a_text(400, "{}"), 3),
    "missing fields": (a_text(200, '{"id": "cs_test_1", "object": "checkout.session"}'), 1),
    "fields of odd types": (a_text(200, '{"id": 7, "object": ["checkout.session"]}'), 1),
    "an odd object": (a_text(200, '{"id": "price_1", "object": "price", "metadata": 3}'), 1),
    "an odd decimal": (
        a_text(200, '{"id": "p", "object": "price", "unit_amount_decimal": "x"}'),
        1,
    ),
    "a redirect": (a_text(302, "", Location="/v1/elsewhere"), 3),
    "a redirect that keeps the method": (a_text(307, "{}", Location="/v1/elsewhere"), 3),
    "a page of two megabytes": (a_text(200, b'{"id": "' + b"a" * 2_000_000 + b'"}'), 1),
    "an instant beyond the calendar": (
        a_text(
            200,
            '{"id": "cs_1", "object": "checkout.session", "mode": "payment", "url": "https://x",'
            '"payment_status": "unpaid", "expires_at": 99999999999999}',
        ),
        1,
    ),
}


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED.keys())
async def test_a_refusal_is_told_in_our_words_and_not_tried_again(
    case: tuple[Broken, str], caplog: pytest.LogCaptureFixture
) -> None:
    broken, reason = case
    broken.keys.clear()
    caplog.set_level(logging.DEBUG)
    async with a_stripe(middlewares=[broken.middleware()]) as stripe:
        with pytest.raises(ProviderRefused, match=reason) as refused:
            await open_checkout(stripe)

    # Never under the same key again; what was used for something else is looked for, once.
    assert [each for each in broken.keys if each is not None] == broken.keys[:1]
    assert_silent(refused.value, caplog)


@pytest.mark.parametrize("case", UNAVAILABLE.values(), ids=UNAVAILABLE.keys())
async def test_without_a_usable_answer_stripe_is_unavailable(
    case: tuple[Broken, int], caplog: pytest.LogCaptureFixture
) -> None:
    broken, tries = case
    broken.keys.clear()
    caplog.set_level(logging.DEBUG)
    async with a_stripe(middlewares=[broken.middleware()]) as stripe:
        with pytest.raises(ProviderUnavailable) as refused:
            await open_checkout(stripe)

    assert broken.tries == tries
    assert len(set(broken.keys)) == 1
    assert_silent(refused.value, caplog)


def assert_silent(refusal: BaseException, caplog: pytest.LogCaptureFixture) -> None:
    """Check that neither the refusal nor any log holds Stripe's words, secrets or the buyer."""
    said = [str(refusal), repr(refusal), *(record.getMessage() for record in caplog.records)]
    said += [str(record.exc_info) for record in caplog.records]
    assert refusal.__cause__ is None
    for word in ("elsewhere", "shop.example", "sk_test", "whsec_"):
        assert not [text for text in said if word in text]


async def _half_a_body(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Length": "1000"})
    await response.prepare(request)
    await response.write(b'{"id": ')
    await asyncio.sleep(5)
    return response


async def _drip(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    for _ in range(100):
        await response.write(b" ")
        await asyncio.sleep(0.05)
    return response


async def _cut(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Length": "1000"})
    await response.prepare(request)
    await response.write(b'{"id": ')
    assert request.transport is not None
    request.transport.close()
    return response


@pytest.mark.parametrize("answer", [silence, _half_a_body, _drip, _cut])
async def test_who_dawdles_or_hangs_up_is_unavailable_in_time(answer: Answer) -> None:
    broken = Broken(answer)
    async with a_stripe(middlewares=[broken.middleware()], limits=HASTY) as stripe:
        async with asyncio.timeout(2.0):
            with pytest.raises(ProviderUnavailable):
                await open_checkout(stripe)


async def test_an_answer_without_end_is_not_read_to_its_end() -> None:
    sent: list[int] = []

    async def flood(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        with suppress(ConnectionError):
            for _ in range(50):
                await response.write(b" " * 1_000_000)
                sent.append(1_000_000)
        return response

    async with a_stripe(middlewares=[Broken(flood).middleware()]) as stripe:
        with pytest.raises(ProviderUnavailable):
            await open_checkout(stripe)

    # What the buffers of two sockets take, and no more; and it is not asked for again.
    assert sum(sent) < 20_000_000


async def test_where_nobody_listens_stripe_is_unavailable() -> None:
    async with a_stripe(api_base=f"http://127.0.0.1:{unused_port()}") as stripe:
        with pytest.raises(ProviderUnavailable):
            await open_checkout(stripe)


async def test_an_answer_that_is_lost_costs_nobody_anything_twice() -> None:
    lost: list[str] = []

    @web.middleware
    async def loses_the_first(request: web.Request, handler: Handler) -> web.StreamResponse:
        answer = await handler(request)
        if request.method == "POST" and not lost:
            lost.append(request.headers["Idempotency-Key"])
            assert request.transport is not None
            request.transport.close()
        return answer

    async with a_stripe(middlewares=[loses_the_first]) as stripe:
        intent = await sold_pack(stripe)
        lost.clear()
        await stripe.provider.refund(
            RefundRequest(
                key="r", provider_payment_id=intent, amount_minor=100, reason=RefundReason.REQUESTED
            )
        )

    assert lost == ["refund:r"]
    assert len(stripe.world.all_of("checkout.session")) == 1
    assert len(stripe.world.all_of("refund")) == 1


async def test_a_key_that_is_in_use_is_waited_for(stripe: StripeSide) -> None:
    order = a_pack_sale()

    async def slowly(asked: object) -> None:
        await asyncio.sleep(0.01)

    stripe.fake.working = slowly
    first, second = await asyncio.gather(
        stripe.provider.open_checkout(a_request(order)),
        _until_it_works(lambda: stripe.provider.open_checkout(a_request(order))),
    )

    assert first == second
    assert len(stripe.world.all_of("checkout.session")) == 1


async def _until_it_works(ask: Callable[[], Awaitable[object]]) -> object:
    for _ in range(50):
        try:
            return await ask()
        except ProviderUnavailable:
            await asyncio.sleep(0.01)
    raise AssertionError("it never worked")


async def test_no_secret_shows_in_what_is_printed(stripe: StripeSide) -> None:
    shown = [
        repr(each) for each in (stripe.provider, stripe.provider.calls, stripe.provider.calls.http)
    ]

    assert not [text for text in shown if "sk_test" in text or "whsec_" in text]


async def test_nothing_is_said_of_this_machine(stripe: StripeSide) -> None:
    headers: list[str] = []

    async def note(request: web.Request) -> web.StreamResponse:
        headers.append(json.dumps(dict(request.headers)))
        return web.Response(status=404, text='{"error": {}}')

    async with a_stripe(middlewares=[Broken(note).middleware()]) as other:
        with pytest.raises(ProviderRefused):
            await open_checkout(other)

    assert "telemetry" not in headers[0].lower()
    assert "platform" not in headers[0].lower()


async def test_closed_connections_are_opened_again() -> None:
    async with a_stripe() as stripe:
        await open_checkout(stripe)
        await stripe.provider.calls.http.close_async()
        await open_checkout(stripe)


async def test_closing_what_was_never_opened_does_nothing() -> None:
    async with stripe_calls(SECRET_KEY):
        pass


@pytest.mark.parametrize(
    ("key", "is_live", "fits"),
    [
        ("sk_live_1", True, True),
        ("rk_live_1", True, True),
        ("sk_test_1", False, True),
        ("rk_test_1", False, True),
        ("sk_test_1", True, False),
        ("sk_live_1", False, False),
        ("pk_live_1", True, False),
        ("whsec_1", False, False),
        ("", False, False),
    ],
)
def test_a_key_is_of_one_mode(key: str, is_live: bool, fits: bool) -> None:
    assert key_fits(key, is_live=is_live) is fits
