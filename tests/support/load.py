"""Requests of a load: what was answered, and of what is not answered whether it was ever sent."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from io import BytesIO
from typing import Any

import aiohttp
import msgspec
from attrs import define, field, frozen

_SECONDS_MAX = 40.0


class Unreached(Exception):
    """No connection could be made, so nothing was asked and nothing was done."""


class Unanswered(Exception):
    """The request was sent, or a part of it, and no answer came: its outcome is unknown."""


@frozen(kw_only=True)
class Reply:
    """An answer: its status, its JSON, and whether it is an earlier answer given again."""

    status: int
    body: Mapping[str, Any]
    is_replay: bool = False

    @property
    def is_done(self) -> bool:
        """Whether what was asked for is done."""
        return 200 <= self.status < 300

    @property
    def data(self) -> Any:
        """The `data` of an answer that was given."""
        assert self.is_done, self
        return self.body["data"]

    @property
    def code(self) -> str | None:
        """The code of a refusal."""
        return self.body["error"]["code"] if self.status >= 400 else None


@frozen(kw_only=True)
class Request:
    """A request that can be sent again as it stands, under the same key."""

    method: str
    path: str
    body: Any = None
    raw: bytes | None = None
    credential: str | None = field(default=None, repr=False)
    key: str | None = None
    headers: Mapping[str, str] = field(factory=dict)

    @property
    def sent_headers(self) -> dict[str, str]:
        """All headers of the request."""
        sent = {"Content-Type": "application/json", **self.headers}
        if self.credential is not None:
            sent["Authorization"] = f"Bearer {self.credential}"
        if self.key is not None:
            sent["Idempotency-Key"] = self.key
        return sent

    @property
    def sent_body(self) -> bytes | None:
        """The body as it goes out."""
        if self.raw is not None:
            return self.raw
        return None if self.body is None else msgspec.json.encode(self.body)


@define
class LoadClient:
    """A client with as many connections as it has requests, which repeats nothing by itself."""

    session: aiohttp.ClientSession

    async def send(self, url: str, request: Request) -> Reply:
        """Send a request. Raises Unreached, Unanswered."""
        body = request.sent_body
        try:
            async with self.session.request(
                request.method,
                f"{url}{request.path}",
                data=None if body is None else BytesIO(body),
                headers=request.sent_headers,
                allow_redirects=False,
            ) as response:
                text = await response.read()
                is_replay = response.headers.get("Idempotency-Replayed") == "true"
                is_json = response.content_type == "application/json"
                return Reply(
                    status=response.status,
                    body=msgspec.json.decode(text) if is_json else {},
                    is_replay=is_replay,
                )
        except aiohttp.ClientConnectorError as fault:
            raise Unreached(str(fault)) from fault
        except (aiohttp.ClientError, OSError, TimeoutError) as fault:
            raise Unanswered(repr(fault)) from fault

    async def send_at_last(self, url: str, request: Request, *, tries_max: int = 40) -> Reply:
        """Send a request again and again until it is answered for good."""
        for _ in range(tries_max):
            try:
                reply = await self.send(url, request)
            except (Unreached, Unanswered):
                await asyncio.sleep(0.1)
                continue
            if reply.status != 503:
                return reply
            await asyncio.sleep(0.1)
        raise AssertionError(f"no answer after {tries_max} tries to {request}")


@asynccontextmanager
async def a_load_client(*, is_keeping_connections: bool = True) -> AsyncIterator[LoadClient]:
    """Open a client, which makes a new connection for every request unless it may keep them."""
    connector = aiohttp.TCPConnector(limit=0, force_close=not is_keeping_connections)
    timeout = aiohttp.ClientTimeout(total=_SECONDS_MAX)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
        yield LoadClient(session)
