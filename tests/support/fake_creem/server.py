"""The fake over HTTP: it judges each request before it answers, and its own answers, too."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web
from aiohttp.test_utils import TestServer
from aiohttp.typedefs import Handler, Middleware
from attrs import define, field, frozen

from tests.support.fake_creem.books import Books, Refusal
from tests.support.fake_creem.calls import ANSWERS, Asked, error_body
from tests.support.fake_creem.contract import Json, problems_of_answer, problems_of_request

API_KEY = "creem_test_of_the_fake"
ROUTE = "creem_route"
"""Where a handler says which call it answers, for middlewares to read."""


@frozen(kw_only=True)
class Call:
    """A request as it arrived."""

    route: str
    path: str
    body: Json | None


@define(kw_only=True)
class FakeCreem:
    """A running Creem. `violations` are requests or answers that break Creem's own documents.

    `faults`, if given, is a middleware around everything: whatever it does, it does before the fake
    has heard the call, or after it has done what was asked for. One that does not judge is quicker.
    """

    books: Books = field(factory=Books)
    address: str = ""
    calls: list[Call] = field(factory=list)
    violations: list[str] = field(factory=list)
    judges: bool = True

    def asked_for(self, route: str) -> list[Json | None]:
        """Return the bodies that a call came with, in order."""
        return [each.body for each in self.calls if each.route == route]

    def application(self, faults: Middleware | None = None) -> web.Application:
        """Return the fake as an application."""
        app = web.Application(middlewares=[] if faults is None else [faults])
        for route in ANSWERS:
            method, path = route.split(" ", 1)
            app.router.add_route(method, path, self._handler(route))
        return app

    def _handler(self, route: str) -> Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            try:
                answer = self._answer(route, request, await request.read())
            except Refusal as refusal:
                return web.json_response(error_body(self.books, refusal), status=refusal.status)
            return web.json_response(answer)

        setattr(handle, ROUTE, route)
        return handle

    def _answer(self, route: str, request: web.Request, body: bytes) -> Json:
        key = request.headers.get("x-api-key")
        if key != API_KEY:
            raise Refusal(401 if key is None else 403, "Invalid API key")
        content = json.loads(body) if body else None
        self.calls.append(Call(route=route, path=request.path_qs, body=content))
        problems = self._problems_of(route, request, body)
        if problems:
            self.violations += [f"{route}: {each}" for each in problems]
            raise Refusal(400, "; ".join(problems))
        asked = Asked(id=request.match_info.get("id", ""), query=request.query, body=content or {})
        answer = ANSWERS[route](self.books, asked)
        if self.judges:
            self.violations += [
                f"answer to {route}: {each}" for each in problems_of_answer(route, answer)
            ]
        return answer

    def _problems_of(self, route: str, request: web.Request, body: bytes) -> list[str]:
        if not self.judges:
            return []
        return problems_of_request(
            route, request.rel_url.raw_path, dict(request.query), dict(request.headers), body
        )


@asynccontextmanager
async def running(fake: FakeCreem, faults: Middleware | None = None) -> AsyncIterator[FakeCreem]:
    """Run the fake on a port of its own, as long as the context lasts."""
    server = TestServer(fake.application(faults))
    await server.start_server()
    fake.address = str(server.make_url("")).rstrip("/")
    try:
        yield fake
    finally:
        await server.close()
