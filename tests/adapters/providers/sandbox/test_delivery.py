"""How a webhook travels to the service."""

import asyncio

import pytest
from aiohttp import ClientSession, ClientTimeout, web
from aiohttp.test_utils import TestServer
from attrs import define, field

from adapters.providers.sandbox.delivery import Undelivered, WebhookPost, delivery_session


@define
class Service:
    """An endpoint that notes what it gets, and answers as it is told."""

    status: int = 200
    delay_s: float = 0
    bodies: list[bytes] = field(factory=list)
    signatures: list[str] = field(factory=list)

    async def take(self, request: web.Request) -> web.Response:
        self.bodies.append(await request.read())
        self.signatures.append(request.headers["sandbox-signature"])
        await asyncio.sleep(self.delay_s)
        return web.Response(status=self.status, headers={"Location": "/elsewhere"})

    def server(self) -> TestServer:
        """Return a server that serves it."""
        app = web.Application()
        app.router.add_post("/payment/webhook/sandbox", self.take)
        return TestServer(app)


def hasty_session() -> ClientSession:
    """A session that waits for next to nothing."""
    return ClientSession(timeout=ClientTimeout(total=0.05))


HEADERS = {"content-type": "application/json", "sandbox-signature": "t=1,v1=2"}


@pytest.mark.parametrize("status", [200, 302, 400, 503])
async def test_a_body_is_posted_byte_by_byte_and_its_status_told(status: int) -> None:
    service = Service(status=status)
    async with service.server() as server:
        url = str(server.make_url("/payment/webhook/sandbox"))
        async with WebhookPost(url=url) as post:
            told = await post("é {}".encode(), HEADERS)

    assert told == status
    assert service.bodies == ["é {}".encode()]
    assert service.signatures == ["t=1,v1=2"]


async def test_a_service_that_does_not_answer_in_time_has_not_taken_it() -> None:
    async with Service(delay_s=0.5).server() as server:
        url = str(server.make_url("/payment/webhook/sandbox"))
        async with WebhookPost(url=url, new_session=hasty_session) as post:
            with pytest.raises(Undelivered, match="in time"):
                await post(b"{}", HEADERS)


async def test_a_service_that_is_not_there_has_not_taken_it() -> None:
    async with Service().server() as server:
        url = str(server.make_url("/payment/webhook/sandbox"))

    async with WebhookPost(url=url) as post:
        with pytest.raises(Undelivered, match="no answer"):
            await post(b"{}", HEADERS)


async def test_what_was_opened_is_closed() -> None:
    opened: list[ClientSession] = []

    def session() -> ClientSession:
        opened.append(delivery_session())
        return opened[0]

    async with WebhookPost(url="http://127.0.0.1:1", new_session=session):
        assert not opened[0].closed

    assert opened[0].closed
