"""HTTP as we allow it to Stripe's package: bounded in time and size, no redirects, no cookies."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import msgspec
import stripe
from aiohttp import (
    ClientError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    TCPConnector,
    TraceConfig,
)

from adapters.providers.stripe.refusals import WAIT_TOLD

ANSWER_BYTES_MAX = 4 * 1024 * 1024
"""A page of a hundred subscriptions is some half a MiB, and more with much metadata."""
TRY_SECONDS_MAX = 6.0

_CONNECT_SECONDS_MAX = 3.0
_CHUNK_BYTES = 64 * 1024
# The only headers the package may act on.
_HEADERS = ("request-id", "stripe-should-retry", "idempotent-replayed")
_RETRY_AFTER = "retry-after"
_UNREADABLE = b'{"error": {"type": "api_error", "code": "answer_unreadable"}}'


class BoundedHttp(stripe.AIOHTTPClient):
    """The package's own client, with what it leaves open closed.

    Left alone it follows redirects, reads answers of any size, and lets a timeout while reading
    out as it is. Here whatever is not an answer of Stripe's shape is an error of the package's own
    kinds, so that its retries see it. `haste` shortens the waits between tries.
    """

    def __init__(
        self,
        *,
        try_seconds: float = TRY_SECONDS_MAX,
        haste: float = 1.0,
        watched_by: Sequence[TraceConfig] = (),
    ) -> None:
        super().__init__(timeout=try_seconds)
        self._limits = ClientTimeout(total=try_seconds, connect=_CONNECT_SECONDS_MAX)
        self._haste = haste
        self._watched_by = list(watched_by)
        self._open_session: ClientSession | None = None
        self.told_at: datetime | None = None
        """What Stripe's clock showed with its latest answer."""

    async def request_async(
        self, method: str, url: str, headers: Mapping[str, str], post_data: Any = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        """Ask once. Raises APIConnectionError, which the package may try again."""
        try:
            async with self._opened().request(
                method,
                url,
                headers=headers,
                data=post_data,
                timeout=self._limits,
                allow_redirects=False,
            ) as answer:
                self.told_at = _date_of(answer)
                body = await _read(answer)
        except (ClientError, TimeoutError, OSError) as fault:
            self._handle_request_error(fault)
        if body is None:
            # As much again would come the next time.
            return _UNREADABLE, 502, {"stripe-should-retry": "false"}
        if not _is_readable(answer.status, body):
            return _UNREADABLE, max(answer.status, 502), {}
        told = {name: answer.headers[name] for name in _HEADERS if name in answer.headers}
        if _RETRY_AFTER in answer.headers:
            told[WAIT_TOLD] = answer.headers[_RETRY_AFTER]
        return body, answer.status, told

    async def sleep_async(self, secs: float) -> None:
        """Wait before another try."""
        await asyncio.sleep(secs * self._haste)

    async def close_async(self) -> None:
        """Close whatever connections are open; a later request opens new ones."""
        session, self._open_session = self._open_session, None
        if session is not None:
            await session.close()

    def _opened(self) -> ClientSession:
        """Return the session; it can only be made inside the running loop."""
        if self._open_session is None:
            trusted = ssl.create_default_context(cafile=stripe.ca_bundle_path)
            self._open_session = ClientSession(
                connector=TCPConnector(ssl=trusted),
                cookie_jar=DummyCookieJar(),
                auto_decompress=True,
                trace_configs=self._watched_by,
            )
        return self._open_session


def _date_of(answer: ClientResponse) -> datetime | None:
    """Return the instant in an answer's header Date, to the second; None if it has none."""
    try:
        return parsedate_to_datetime(answer.headers.get("Date", "")).replace(tzinfo=UTC)
    except ValueError:
        return None


async def _read(answer: ClientResponse) -> bytes | None:
    """Return the whole body, or None if it is longer than we read."""
    parts: list[bytes] = []
    size = 0
    async for chunk in answer.content.iter_chunked(_CHUNK_BYTES):
        size += len(chunk)
        if size > ANSWER_BYTES_MAX:
            answer.close()
            return None
        parts.append(chunk)
    return b"".join(parts)


def _is_readable(status: int, body: bytes) -> bool:
    """Say whether the body is what Stripe's package takes for an answer with this status."""
    try:
        found = msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False
    if not isinstance(found, dict):
        return False
    return 200 <= status < 300 or (status >= 400 and isinstance(found.get("error"), dict))
