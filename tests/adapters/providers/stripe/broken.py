"""Stripe answering in ways of its own: servers that stand before the fake."""

import asyncio
from collections.abc import Awaitable, Callable

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from attrs import define, field

from adapters.providers.stripe.calls import Limits
from tests.adapters.providers.stripe.sales import a_pack_sale, a_request
from tests.support.fake_stripe.side import StripeSide

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]

# Stripe's words as they may look: nothing of this may reach anybody.
THEIR_WORDS = "Visit https://elsewhere.example, buyer a@shop.example; key sk_test_fake_0123456789"
HASTY = Limits(try_seconds=0.2, call_seconds=0.5, step_seconds=0.8, haste=0.001)


@define
class Broken:
    """A server that answers in its own way, and counts how often it was asked."""

    answer: Answer
    keys: list[str | None] = field(factory=list)

    @property
    def tries(self) -> int:
        """How often it was asked."""
        return len(self.keys)

    def middleware(self) -> Middleware:
        """Return it as what stands before the fake."""

        @web.middleware
        async def broken(request: web.Request, handler: Handler) -> web.StreamResponse:
            self.keys.append(request.headers.get("Idempotency-Key"))
            return await self.answer(request)

        return broken


def an_error(status: int, code: str | None = None, type: str = "invalid_request_error") -> Broken:
    """Return a server that answers every request with an error of Stripe's."""
    error = {"type": type, "message": THEIR_WORDS, "code": code, "param": THEIR_WORDS}

    async def answer(request: web.Request) -> web.StreamResponse:
        return web.json_response({"error": error}, status=status)

    return Broken(answer)


def a_text(status: int, body: bytes | str, **headers: str) -> Broken:
    """Return a server that answers every request with some text."""
    raw = body.encode() if isinstance(body, str) else body

    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(status=status, body=raw, headers=headers)

    return Broken(answer)


async def open_checkout(stripe: StripeSide) -> None:
    """Ask for something that costs money."""
    await stripe.provider.open_checkout(a_request(a_pack_sale(), email="a@shop.example"))


async def silence(request: web.Request) -> web.StreamResponse:
    await asyncio.sleep(5)
    return web.Response()
