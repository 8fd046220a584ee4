"""A key made anew for every try: what the provider has done already, it does again."""

from aiohttp import web
from aiohttp.typedefs import Handler
from attrs import evolve

from application.ports.provider_calls import RefundRequest, RefundTaken
from tests.providers.in_front import InFront
from tests.support.clock import fresh_id

_HEADER = "Idempotency-Key"


class NewRefundKeys(InFront):
    """Asks for a refund under a key that nobody remembers."""

    async def refund(self, request: RefundRequest) -> RefundTaken:
        return await self.provider.refund(evolve(request, key=f"{request.key}-{fresh_id()}"))


@web.middleware
async def new_key_on_every_try(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let every try of one call reach the provider under a key of its own."""
    if _HEADER not in request.headers:
        return await handler(request)
    headers = request.headers.copy()
    headers[_HEADER] = fresh_id()
    return await handler(request.clone(headers=headers))
