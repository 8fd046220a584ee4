"""Our events on their way to the product: signed by Standard Webhooks, to public addresses alone.

What an endpoint's host resolves to is judged on each attempt, on the very address that a socket is
made for: a name that pointed elsewhere when the endpoint was kept gains nothing. No redirect is
followed, no proxy of the environment is used, no more than the beginning of an answer is read.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from time import perf_counter
from types import TracebackType
from typing import Self

from aiohttp import (
    ClientError,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    TCPConnector,
    ThreadedResolver,
)
from aiohttp.abc import AbstractResolver
from attrs import define, field
from standardwebhooks import Webhook
from yarl import URL

from application.ports.events import Answered, Message
from domain.errors import InvalidField
from domain.events.address import check_endpoint_url, is_public
from domain.events.delivery import Attempt

SEND_SECONDS_MAX = 20.0
ANSWER_BYTES_MAX = 1024
_CONNECTIONS_MAX = 100
_SLOW_DOWN = frozenset({429, 502, 503, 504})
_RETRY_AFTER_DIGITS_MAX = 6
_TEXT_MAX = 200

AddressInfo = tuple[
    socket.AddressFamily | int, socket.SocketKind | int, int, str, tuple[object, ...]
]


class AddressRefused(OSError):
    """A host resolves to an address that nothing is sent to."""

    def __init__(self) -> None:
        super().__init__("the address is not one of the open internet")


@define(kw_only=True)
class WebhookSender:
    """Sends messages, each in bounded time. A context manager: it sends inside.

    With `may_be_private`, for development, every address is taken.
    """

    may_be_private: bool
    seconds_max: float = SEND_SECONDS_MAX
    resolver: Callable[[], AbstractResolver] = ThreadedResolver
    _session: ClientSession | None = field(default=None, init=False)

    def check_url(self, url: str) -> None:
        """Accept an endpoint's address. Raises InvalidField."""
        check_endpoint_url(url, may_be_private=self.may_be_private)

    async def __call__(self, message: Message) -> Answered:
        assert self._session is not None, "enter the context before sending"
        began = perf_counter()

        def attempt(status: int | None, error: str | None, answer: str = "") -> Attempt:
            took_ms = int((perf_counter() - began) * 1000)
            return Attempt(
                at=message.at, status=status, error=error, answer=answer, duration_ms=took_ms
            )

        try:
            # Judged again: the setting may have changed since the endpoint was kept.
            self.check_url(message.url)
            async with asyncio.timeout(self.seconds_max):
                async with self._session.post(
                    URL(message.url),
                    data=message.payload.encode(),
                    headers=_headers(message),
                    allow_redirects=False,
                ) as answer:
                    begun = await answer.content.read(ANSWER_BYTES_MAX)
                    status, headers = answer.status, answer.headers
        except InvalidField as refused:
            return Answered(attempt=attempt(None, f"the address is refused: it {refused.problem}"))
        except TimeoutError:
            return Answered(attempt=attempt(None, f"no answer within {self.seconds_max:g} s"))
        except (ClientError, OSError, ValueError) as fault:
            return Answered(attempt=attempt(None, _reason(fault)))
        said = begun.decode("utf-8", "replace").replace("\x00", "\ufffd")
        return Answered(
            attempt=attempt(status, None, said),
            retry_after=_retry_after(status, headers, message.at),
        )

    async def __aenter__(self) -> Self:
        self._session = ClientSession(
            connector=TCPConnector(
                limit=_CONNECTIONS_MAX,
                # Every attempt resolves anew, and connects to what was judged then.
                use_dns_cache=False,
                force_close=True,
                socket_factory=self._socket,
                resolver=self.resolver(),
            ),
            timeout=ClientTimeout(total=self.seconds_max),
            cookie_jar=DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _socket(self, info: AddressInfo) -> socket.socket:
        """Make the socket for one resolved address, unless nothing may be sent there."""
        family, kind, protocol, _, address = info
        if not self.may_be_private and not is_public(str(address[0])):
            raise AddressRefused
        return socket.socket(family, kind, protocol)


def _headers(message: Message) -> Mapping[str, str]:
    """Return the headers of Standard Webhooks 1.0.0: one signature for every secret that counts."""
    signatures = [
        Webhook(secret).sign(message.event_id, message.at, message.payload)
        for secret in message.secrets
    ]
    return {
        "Content-Type": "application/json",
        "User-Agent": "billing-webhooks/1",
        "webhook-id": message.event_id,
        "webhook-timestamp": str(int(message.at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def _reason(fault: BaseException) -> str:
    """Say why there was no answer, without what the other side could have put in."""
    cause: BaseException | None = fault
    while cause is not None:
        if isinstance(cause, AddressRefused):
            return str(cause)
        cause = cause.__cause__ or cause.__context__
    return f"no answer: {type(fault).__name__}"[:_TEXT_MAX]


def _retry_after(status: int, headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """Return how long a receiver that is overrun asks to be left alone."""
    said = headers.get("Retry-After", "").strip() if status in _SLOW_DOWN else ""
    if said.isascii() and said.isdigit():
        return timedelta(seconds=int(said[:_RETRY_AFTER_DIGITS_MAX]))
    if not said:
        return None
    try:
        until = parsedate_to_datetime(said)
    except ValueError:
        return None
    return max(timedelta(0), until - now) if until.tzinfo is not None else None
