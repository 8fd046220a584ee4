"""Twenty ways in which a call to a provider goes wrong, before it is heard or after it is done."""

import asyncio
from enum import Enum

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from attrs import define, field

_DRIP_SECONDS = 0.02
_CHUNK = b" " * 1_000_000


class Mishap(Enum):
    """What the caller gets instead of an answer. Nobody listens where a call is refused."""

    REFUSED = "nobody listens"
    CLOSED = "the connection closes without a word"
    HANG = "no answer"
    DRIP = "a body a byte at a time"
    SLOW_HEADERS = "headers a byte at a time"
    RESET = "the connection is reset within the body"
    TOO_MANY = "429"
    ERROR = "500"
    BAD_GATEWAY = "an HTML page with status 502"
    HTML = "an HTML page with status 200"
    CUT = "half of the JSON"
    EMPTY = "an empty body"
    MISSING_FIELDS = "an object without the fields that count"
    WRONG_TYPE = "a list where an object is due"
    DUPLICATE_KEYS = "an object that names its fields twice"
    NOT_UTF8 = "bytes that are no text"
    HUGE = "50 MB"
    REDIRECT = "a redirect"
    UNAUTHORISED = "401"
    FORBIDDEN = "403"
    NOT_FOUND = "404"


REFUSALS = frozenset({Mishap.UNAUTHORISED, Mishap.FORBIDDEN, Mishap.NOT_FOUND})
"""These are answers: the provider says no."""

SLOW = frozenset({Mishap.HANG, Mishap.DRIP, Mishap.SLOW_HEADERS})
"""These end by our own limits alone."""

_STATUSES = {
    Mishap.TOO_MANY: 429,
    Mishap.ERROR: 500,
    Mishap.UNAUTHORISED: 401,
    Mishap.FORBIDDEN: 403,
    Mishap.NOT_FOUND: 404,
}
_PAGE = b"<html><body>Something is wrong</body></html>"
_BODIES = {
    Mishap.CUT: b'{"id": "x_1", "object": "thi',
    Mishap.EMPTY: b"",
    Mishap.MISSING_FIELDS: b'{"object": "something"}',
    Mishap.WRONG_TYPE: b'["x_1"]',
    Mishap.DUPLICATE_KEYS: b'{"id": "x_1", "id": 7, "object": {}, "object": []}',
    Mishap.NOT_UTF8: b'{"id": "x_\xff\xfe", "status": "\x80"}',
}
THEIR_WORDS = "words of theirs, with sk_test_secret in them"


@define
class Mishaps:
    """Befalls calls while there is a mishap: `after` it is done, or before it has been heard."""

    mishap: Mishap | None = None
    after: bool = False
    seen: int = 0
    over: asyncio.Event = field(factory=asyncio.Event)

    @property
    def middleware(self) -> Middleware:
        """Return it as what stands before a fake."""

        @web.middleware
        async def befall(request: web.Request, handler: Handler) -> web.StreamResponse:
            if self.mishap is None:
                return await handler(request)
            self.seen += 1
            if self.after:
                await handler(request)
            return await self._instead(self.mishap, request)

        return befall

    async def _instead(self, mishap: Mishap, request: web.Request) -> web.StreamResponse:
        match mishap:
            case Mishap.REFUSED | Mishap.CLOSED:
                return _cut_off(request)
            case Mishap.RESET:
                return await _reset(request)
            case Mishap.HANG | Mishap.SLOW_HEADERS:
                return await self._silent(mishap, request)
            case Mishap.DRIP | Mishap.HUGE:
                return await self._streamed(mishap, request)
            case Mishap.REDIRECT:
                return web.Response(status=302, headers={"location": "https://elsewhere.example"})
            case Mishap.BAD_GATEWAY | Mishap.HTML:
                status = 502 if mishap is Mishap.BAD_GATEWAY else 200
                return web.Response(status=status, body=_PAGE, content_type="text/html")
            case _ if mishap in _STATUSES:
                body = {"error": {"type": "invalid_request_error", "message": THEIR_WORDS}}
                return web.json_response(body, status=_STATUSES[mishap])
            case _:
                return web.Response(body=_BODIES[mishap], content_type="application/json")

    async def _silent(self, mishap: Mishap, request: web.Request) -> web.StreamResponse:
        """Say nothing, or for ever the same header."""
        transport = request.transport
        assert transport is not None
        if mishap is Mishap.SLOW_HEADERS:
            transport.write(b"HTTP/1.1 200 OK\r\nx-slow: ")
        # Silence costs nobody anything, so whoever keeps it looks up less often.
        pause = _DRIP_SECONDS if mishap is Mishap.SLOW_HEADERS else 10 * _DRIP_SECONDS
        while not self.over.is_set() and not transport.is_closing():
            if mishap is Mishap.SLOW_HEADERS:
                transport.write(b"a")
            await asyncio.sleep(pause)
        return _cut_off(request)

    async def _streamed(self, mishap: Mishap, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"content-type": "application/json"})
        await response.prepare(request)
        try:
            if mishap is Mishap.HUGE:
                for _ in range(50):
                    await response.write(_CHUNK)
            while mishap is Mishap.DRIP and not self.over.is_set():
                await response.write(b" ")
                await asyncio.sleep(_DRIP_SECONDS)
        except ConnectionError:
            # The other side has had enough.
            return response
        return response


async def _reset(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"content-length": "1000"})
    await response.prepare(request)
    await response.write(b'{"id": "x_1", ')
    return _cut_off(request)


def _cut_off(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
