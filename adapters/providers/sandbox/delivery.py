"""Carry the sandbox's webhooks to the service, over HTTP like any provider's."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from types import TracebackType
from typing import Self

from aiohttp import ClientError, ClientSession, ClientTimeout, DummyCookieJar, TCPConnector
from attrs import define, field, frozen

POST_SECONDS_MAX = 10.0

Post = Callable[[bytes, Mapping[str, str]], Awaitable[int]]
"""Send a body with headers and return the status answered. Raises Undelivered, in bounded time."""


@frozen
class Undelivered(Exception):
    """A webhook did not arrive, or was not taken."""

    reason: str

    def __str__(self) -> str:
        return self.reason


def delivery_session() -> ClientSession:
    """Return a client session for webhooks; it is opened inside the running loop."""
    return ClientSession(
        timeout=ClientTimeout(total=POST_SECONDS_MAX),
        # A connection that was kept may have been closed by the time the next webhook comes.
        connector=TCPConnector(force_close=True),
        cookie_jar=DummyCookieJar(),
    )


@define(kw_only=True)
class WebhookPost:
    """Posts to the one address at which the service takes the sandbox's webhooks.

    A context manager: it posts inside, and at the end whatever is open is closed.
    """

    url: str
    new_session: Callable[[], ClientSession] = delivery_session
    _session: ClientSession | None = field(default=None, init=False)

    async def __call__(self, body: bytes, headers: Mapping[str, str]) -> int:
        assert self._session is not None, "enter the context before posting"
        try:
            # A redirect is not followed: what is signed for one address is for no other.
            async with self._session.post(
                self.url, data=body, headers=headers, allow_redirects=False
            ) as answer:
                return answer.status
        except TimeoutError as fault:
            raise Undelivered("no answer in time") from fault
        except ClientError as fault:
            raise Undelivered(f"no answer: {type(fault).__name__}") from fault

    async def __aenter__(self) -> Self:
        self._session = self.new_session()
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
