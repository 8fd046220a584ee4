import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from entrypoints.http.json_body import read_bytes
from entrypoints.http.refusals import RequestRefused
from entrypoints.http.server import IDLE_SECONDS_MAX, HttpRunner
from tests.entrypoints.http.sample import Sample, a_user

HEAD = (
    "POST /things HTTP/1.1\r\nHost: billing\r\nConnection: close\r\nIdempotency-Key: k-1\r\n"
    f"Authorization: Bearer {a_user(ttl_s=3600)}\r\nContent-Type: application/json\r\n"
)


@pytest.fixture
async def port(sample: Sample) -> AsyncIterator[int]:
    runner = HttpRunner(sample.app(), shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield runner.addresses[0][1]
    await runner.cleanup()


async def sent(port: int, raw: str) -> str:
    """Everything the server answers to these bytes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(raw.encode("latin-1"))
    await writer.drain()
    answer = await asyncio.wait_for(reader.read(), 5)
    writer.close()
    return answer.decode()


@pytest.mark.parametrize(
    "raw",
    [
        "\x00\x01a-canary\r\n\r\n",
        "GET / a-canary HTTP/1.1\r\n\r\n",
        f"GET /shop?{'a-canary' * 2000} HTTP/1.1\r\nHost: billing\r\n\r\n",
        f"{HEAD}Content-Length: a-canary\r\n\r\n",
        f"{HEAD}Content-Length: 2\r\nContent-Length: 3\r\n\r\n",
        f"{HEAD}Transfer-Encoding: chunked\r\n\r\na-canary\r\n",
        f"{HEAD}X-Long: {'a-canary' * 2000}\r\n\r\n",
        f"{HEAD}No colon\r\n\r\n",
    ],
)
async def test_what_is_not_http_is_refused_in_the_same_form_and_not_repeated(
    port: int, sample: Sample, raw: str
) -> None:
    head, _, body = (await sent(port, raw)).partition("\r\n\r\n")

    assert " 400 " in head.splitlines()[0]
    assert "Server: billing" in head
    assert "aiohttp" not in head
    assert json.loads(body)["error"]["code"] == "bad_http_request"
    assert "a-canary" not in body
    assert sample.api.seen == []


async def test_a_packed_body_is_refused_and_not_unpacked(port: int, sample: Sample) -> None:
    answer = await sent(port, f"{HEAD}Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\nzzzz")

    assert " 400 " in answer.splitlines()[0]
    assert '"path":"Content-Encoding"' in answer
    assert sample.api.seen == []


@pytest.mark.parametrize(
    ("expectation", "first_line"),
    [("100-continue", "HTTP/1.1 100 Continue"), ("tea", "HTTP/1.1 201 Created")],
)
async def test_a_sender_that_asks_first_is_told_to_go_on(
    port: int, expectation: str, first_line: str
) -> None:
    body = '{"amount": 1}'
    raw = f"{HEAD}Expect: {expectation}\r\nContent-Length: {len(body)}\r\n\r\n{body}"

    answer = await sent(port, raw)

    assert answer.splitlines()[0] == first_line
    assert "HTTP/1.1 201 Created" in answer


async def test_a_sender_that_breaks_off_changes_nothing_and_others_are_served(
    port: int, sample: Sample
) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f'{HEAD}Content-Length: 100\r\n\r\n{{"amount"'.encode())
    await writer.drain()
    writer.close()
    await writer.wait_closed()

    answer = await sent(port, "GET /shop HTTP/1.1\r\nHost: billing\r\nConnection: close\r\n\r\n")

    assert "HTTP/1.1 200 OK" in answer
    assert sample.api.seen == []


@pytest.mark.parametrize("begun", ["", "GET /shop HTTP/1.1\r\nHost: bil"])
async def test_a_connection_that_asks_nothing_is_closed_in_the_end(
    sample: Sample, begun: str
) -> None:
    runner = HttpRunner(sample.app(), shutdown_timeout=1, keepalive_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()

    answer = await sent(runner.addresses[0][1], begun)

    assert answer == ""
    await runner.cleanup()


async def test_a_connection_may_be_silent_for_a_minute_and_a_quarter() -> None:
    runner = HttpRunner(web.Application())
    await runner.setup()

    assert runner.server is not None
    assert runner.server().keepalive_timeout == IDLE_SECONDS_MAX
    await runner.cleanup()


async def test_a_body_that_does_not_arrive_is_waited_for_no_longer_than_its_time() -> None:
    refused = asyncio.Event()

    async def wait(request: web.Request) -> web.Response:
        with pytest.raises(RequestRefused):
            await read_bytes(request, 100, seconds_max=0.1)
        refused.set()
        return web.Response(status=400)

    app = web.Application()
    app.router.add_post("/", wait)
    runner = HttpRunner(app, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    head = "POST / HTTP/1.1\r\nHost: billing\r\nConnection: close\r\nContent-Length: 9\r\n\r\n"

    _, writer = await asyncio.open_connection(*runner.addresses[0])
    writer.write(f"{head}a-part".encode())

    assert await asyncio.wait_for(refused.wait(), 5)
    writer.close()
    await runner.cleanup()
