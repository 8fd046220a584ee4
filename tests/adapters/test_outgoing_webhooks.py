"""Sending: signed as the library for receivers verifies it, bounded, and never to inside."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.test_utils import TestServer
from attrs import Factory, define
from standardwebhooks import Webhook, WebhookVerificationError

from adapters.outgoing_webhooks import ANSWER_BYTES_MAX, WebhookSender
from adapters.system import system_clock
from application.ports.events import Answered, Message
from domain.errors import InvalidField
from domain.events.endpoint import secret_written
from tests.support.builders.events import an_event

OLD = secret_written("an old secret of the endpoint")
NEW = secret_written("a new secret, and no shorter")
INSIDE = (
    "127.0.0.1",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.0.1",
    "100.64.0.1",
    "169.254.169.254",
    "0.0.0.0",  # noqa: S104 - resolved to, not bound
    "::1",
    "fe80::1",
    "fd00::1",
    "::ffff:127.0.0.1",
    "64:ff9b::7f00:1",
)


@define
class Receiver:
    """A product's endpoint, which answers what it is told to and keeps what it got."""

    answer: Callable[[], Awaitable[web.StreamResponse]]
    got: list[tuple[dict[str, str], bytes]] = Factory(list)

    async def take(self, request: web.Request) -> web.StreamResponse:
        self.got.append((dict(request.headers), await request.read()))
        return await self.answer()


@define
class Resolving(AbstractResolver):
    """A resolver that gives every name these addresses, one lookup after the other."""

    answers: Sequence[Sequence[str]]
    lookups: int = 0

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        given = self.answers[min(self.lookups, len(self.answers) - 1)]
        self.lookups += 1
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in given
        ]

    async def close(self) -> None:
        """Nothing is open."""


def saying(
    status: int, text: str = "", headers: dict[str, str] | None = None
) -> Callable[[], Awaitable[web.StreamResponse]]:
    async def answer() -> web.StreamResponse:
        return web.Response(status=status, text=text, headers=headers)

    return answer


def a_message(url: str, *, secrets: tuple[str, ...] = (NEW,)) -> Message:
    event = an_event(data={"name": "grüße ☕"})
    return Message(
        url=url,
        event_id=event.id,
        payload=event.payload,
        secrets=secrets,
        at=system_clock(),
    )


@asynccontextmanager
async def receiving(receiver: Receiver) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_post("/events", receiver.take)
    async with TestServer(app) as server:
        yield str(server.make_url("/events"))


async def sent(receiver: Receiver, **message: Any) -> Answered:
    async with receiving(receiver) as url, WebhookSender(may_be_private=True) as sender:
        return await sender(a_message(url, **message))


async def test_what_arrives_is_verified_by_the_library_for_receivers() -> None:
    receiver = Receiver(saying(204))

    answered = await sent(receiver)

    ((headers, body),) = receiver.got
    said = Webhook(NEW).verify(body, headers)
    assert answered.attempt.is_success
    assert said["id"] == headers["webhook-id"]
    assert "." not in headers["webhook-id"] + headers["webhook-timestamp"]
    assert json.loads(body)["data"] == {"name": "grüße ☕"}
    with pytest.raises(WebhookVerificationError):
        Webhook(OLD).verify(body, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(NEW).verify(body + b" ", headers)


async def test_during_a_rotation_either_secret_verifies() -> None:
    receiver = Receiver(saying(200))

    await sent(receiver, secrets=(NEW, OLD))

    ((headers, body),) = receiver.got
    for secret in (OLD, NEW):
        Webhook(secret).verify(body, headers)
    assert len(headers["webhook-signature"].split(" ")) == 2


async def test_every_answer_is_told_as_it_was_and_no_redirect_is_followed() -> None:
    for status in (200, 202, 301, 302, 307, 308, 400, 404, 410, 429, 500, 502):
        receiver = Receiver(saying(status, "so", {"Location": "/events"}))

        answered = await sent(receiver)

        assert (answered.attempt.status, answered.attempt.error) == (status, None)
        assert answered.attempt.answer == "so"
        assert len(receiver.got) == 1


@pytest.mark.parametrize(
    ("status", "said", "wait"),
    [
        (429, "120", timedelta(seconds=120)),
        (503, "1", timedelta(seconds=1)),
        (503, "9" * 40, timedelta(seconds=999_999)),
        (502, "soon", None),
        (504, "-5", None),
        (429, "", None),
        (500, "120", None),
        (200, "120", None),
        (429, "Thu, 01 Jan 1970 00:00:00 GMT", timedelta(0)),
    ],
)
async def test_who_is_overrun_says_for_how_long(
    status: int, said: str, wait: timedelta | None
) -> None:
    answered = await sent(Receiver(saying(status, headers={"Retry-After": said})))

    assert answered.retry_after == wait


async def test_of_a_long_answer_only_the_beginning_is_read() -> None:
    answered = await sent(Receiver(saying(200, "x" * 5_000_000)))

    assert answered.attempt.is_success
    assert 0 < len(answered.attempt.answer) <= ANSWER_BYTES_MAX


async def test_what_no_store_could_keep_is_taken_out_of_an_answer() -> None:
    async def answer() -> web.StreamResponse:
        return web.Response(body=b"a\x00\xff")

    assert (await sent(Receiver(answer))).attempt.answer == "a\ufffd\ufffd"


async def test_who_never_answers_is_left_in_bounded_time() -> None:
    async def answer() -> web.StreamResponse:
        await asyncio.sleep(30)
        return web.Response()

    async with (
        receiving(Receiver(answer)) as url,
        WebhookSender(may_be_private=True, seconds_max=0.2) as sender,
    ):
        async with asyncio.timeout(5):
            answered = await sender(a_message(url))

    assert answered.attempt.status is None
    assert answered.attempt.error == "no answer within 0.2 s"


async def test_nobody_there_is_an_attempt_like_any_other() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    async with WebhookSender(may_be_private=True) as sender:
        answered = await sender(a_message(f"http://127.0.0.1:{port}/events"))

    assert (answered.attempt.status, answered.attempt.is_success) == (None, False)
    assert answered.attempt.error == "no answer: ClientConnectorError"


@pytest.mark.parametrize("address", INSIDE)
async def test_a_name_that_resolves_to_inside_is_not_connected_to(address: str) -> None:
    resolving = Resolving([[address]])
    async with WebhookSender(may_be_private=False, resolver=lambda: resolving) as sender:
        answered = await sender(a_message("https://innocent.example/events"))

    assert resolving.lookups == 1
    assert answered.attempt.error == "the address is not one of the open internet"


async def test_a_name_is_judged_anew_on_every_attempt() -> None:
    # It was public when the endpoint was kept; that it is not any more is seen when it is used.
    resolving = Resolving([["127.0.0.1"], ["::1", "169.254.169.254"]])
    async with WebhookSender(may_be_private=False, resolver=lambda: resolving) as sender:
        for _ in range(2):
            answered = await sender(a_message("https://rebinding.example/events"))
            assert "not one of the open internet" in (answered.attempt.error or "")

    assert resolving.lookups == 2


@pytest.mark.parametrize(
    "url",
    [
        "http://shop.example/events",
        "https://127.0.0.1/events",
        "https://2130706433/events",
        "https://[::ffff:127.0.0.1]/events",
        "https://user@shop.example/events",
    ],
)
async def test_a_written_address_is_judged_again_when_it_is_used(url: str) -> None:
    sender = WebhookSender(may_be_private=False)
    with pytest.raises(InvalidField):
        sender.check_url(url)

    async with sender:
        answered = await sender(a_message(url))

    assert (answered.attempt.error or "").startswith("the address is refused")


async def test_a_real_receiver_inside_hears_nothing() -> None:
    receiver = Receiver(saying(200))
    async with receiving(receiver) as url:
        port = url.rpartition(":")[2].partition("/")[0]
        resolving = Resolving([["127.0.0.1"]])
        async with WebhookSender(may_be_private=False, resolver=lambda: resolving) as sender:
            await sender(a_message(f"https://innocent.example:{port}/events"))

    assert receiver.got == []
