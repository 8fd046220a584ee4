"""Ways in which Creem fails, as a middleware for the fake."""

import asyncio
from collections import defaultdict, deque
from enum import Enum
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler
from attrs import define, field

from tests.support.fake_creem.server import ROUTE


class Fault(Enum):
    """How a call goes wrong. `LOSE_ANSWER` does what was asked for first; the others never hear."""

    REFUSE = "connection closed"
    LOSE_ANSWER = "done, and then the connection closed"
    HANG = "no answer"
    DRIP = "an answer a byte at a time"
    TOO_MANY = "429"
    ERROR = "500"
    BAD_GATEWAY = "an HTML page from a proxy"
    HTML = "an HTML page with status 200"
    CUT = "half an answer"
    EMPTY = "an empty answer"
    MISSING_FIELDS = "an answer of another shape"
    DEEP = "an answer nested without end"
    HUGE = "50 MB"
    REDIRECT = "a redirect"
    NO_ADDRESS = "a checkout at an odd address"
    FAILED_REFUND = "a refund that fails at once"
    UNAUTHORISED = "401"
    FORBIDDEN = "403"
    INVALID = "400"
    NOT_FOUND = "404"
    CONFLICT = "409"


_STATUSES = {
    Fault.TOO_MANY: 429,
    Fault.ERROR: 500,
    Fault.UNAUTHORISED: 401,
    Fault.FORBIDDEN: 403,
    Fault.INVALID: 400,
    Fault.NOT_FOUND: 404,
    Fault.CONFLICT: 409,
}
_BODIES = {
    Fault.HTML: b"<html>It works</html>",
    Fault.CUT: b'{"id": "ch_1", "status": "pend',
    Fault.EMPTY: b"",
    Fault.MISSING_FIELDS: b'{"object": "something"}',
    Fault.DEEP: b'{"id":' * 100_000,
    Fault.FAILED_REFUND: b'{"status": "failed"}',
    Fault.NO_ADDRESS: b'{"id": "ch_1", "status": "pending", "checkout_url": "http://evil.example"}',
}
_CHUNK = b" " * 1_000_000


@define
class Faults:
    """Faults that befall calls in turn, each kind of call on its own; `always` befalls all others.

    What is scripted for a route such as `POST /v1/refunds` is used up; `always` is not.
    """

    always: Fault | None = None
    scripts: dict[str, deque[Fault | None]] = field(factory=lambda: defaultdict(deque))
    seen: int = 0
    over: asyncio.Event = field(factory=asyncio.Event)

    def script(self, route: str, *faults: Fault | None) -> None:
        """Let the next calls of a kind go wrong; None lets one pass."""
        self.scripts[route].extend(faults)

    @property
    def middleware(self) -> Any:
        """The faults as an aiohttp middleware."""

        @web.middleware
        async def befall(request: web.Request, handler: Handler) -> web.StreamResponse:
            script = self.scripts[getattr(request.match_info.handler, ROUTE, "")]
            fault = script.popleft() if script else self.always
            if fault is None:
                return await handler(request)
            self.seen += 1
            return await self._failing(fault, request, handler)

        return befall

    async def _failing(
        self, fault: Fault, request: web.Request, handler: Handler
    ) -> web.StreamResponse:
        match fault:
            case Fault.REFUSE | Fault.LOSE_ANSWER:
                if fault is Fault.LOSE_ANSWER:
                    await handler(request)
                assert request.transport is not None
                request.transport.abort()
                return web.Response()
            case Fault.HANG:
                await self.over.wait()
                return web.Response()
            case Fault.DRIP | Fault.HUGE:
                return await self._streamed(fault, request)
            case Fault.REDIRECT:
                return web.Response(status=302, headers={"location": "https://evil.example/"})
            case Fault.BAD_GATEWAY:
                return web.Response(status=502, body=b"<html>Bad gateway</html>")
            case _ if fault in _STATUSES:
                body = {"trace_id": "t-1", "status": _STATUSES[fault], "message": ["secret text"]}
                return web.json_response(body, status=_STATUSES[fault])
            case _:
                return web.Response(body=_BODIES[fault], content_type="application/json")

    async def _streamed(self, fault: Fault, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"content-type": "application/json"})
        await response.prepare(request)
        try:
            if fault is Fault.HUGE:
                for _ in range(50):
                    await response.write(_CHUNK)
            while fault is Fault.DRIP and not self.over.is_set():
                await response.write(b" ")
                await asyncio.sleep(0.01)
        except ConnectionError:
            # The other side has had enough.
            pass
        return response
