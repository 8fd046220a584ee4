"""Calls to Creem, guarded: a time for each try, then the breaker, then bounded tries.

A call is tried again only if it may be repeated: reads, and what leaves nothing that counts. Of
Creem's other calls none takes an idempotency key, so after a lost answer their caller reads the
state back before anything is tried again.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any, Self, TypeVar

import msgspec
import stamina
from aiohttp import (
    ClientError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    TCPConnector,
    TraceConfig,
)
from attrs import Factory, define, field, frozen

from adapters.providers.breaker import Breaker
from adapters.providers.creem.mode import ADDRESS, CreemMode
from adapters.providers.creem.refusals import CreemResting, busy, refused_with, unavailable
from adapters.providers.creem.signature import CHANNEL
from domain.payments.errors import ProviderBusy, ProviderUnavailable

T = TypeVar("T")

ANSWER_BYTES_MAX = 1024 * 1024
TRIES_MAX = 2

_CONNECTIONS_MAX = 20
_CHUNK_BYTES = 64 * 1024
# No answer about the request itself: the same request may be taken in a moment.
_PASSING = frozenset({408, 425})
_TOO_MANY = 429
_TRACE = re.compile(rb'"trace_id"\s*:\s*"([A-Za-z0-9-]{1,64})"')
_LOG = logging.getLogger(__name__)


@frozen(kw_only=True)
class Limits:
    """How long Creem may take: over one call with all its tries, and over a step of several calls.

    A step may take a little longer than one call, so that the breaker sees a call that hangs before
    its step is given up. A try counts as unanswered, too, if whoever made it gives up after
    `silence_seconds` of it; a webhook is given up after 5 seconds, so this is less.
    `wait_seconds` lie between two tries of one call.
    """

    call_seconds: float = 9.0
    step_seconds: float = 10.0
    silence_seconds: float = 4.0
    wait_seconds: float = 0.25


@define(kw_only=True)
class CreemClient:
    """Asks Creem under one key; its answer comes as one of our own classes.

    Nothing is opened before the first call; leaving the context closes whatever is open. Raises
    ProviderUnavailable where no usable answer comes in time, CreemRefused where the answer is no.
    """

    api_key: str = field(repr=False)
    address: str
    limits: Limits = Factory(Limits)
    breaker: Breaker = Factory(Breaker)
    told_at: datetime | None = field(default=None, init=False)
    """What Creem's clock showed with its latest answer."""
    watched_by: Sequence[TraceConfig] = ()
    _session: ClientSession | None = field(default=None, init=False, repr=False)

    async def get(self, path: str, answer: type[T], query: Mapping[str, str] | None = None) -> T:
        """Read something."""
        return await self._ask("GET", path, answer, query=query, tries=TRIES_MAX)

    async def post(
        self,
        path: str,
        answer: type[T],
        body: Mapping[str, Any] | None = None,
        *,
        is_repeatable: bool = False,
    ) -> T:
        """Do something; tried once, unless doing it twice leaves nothing that counts."""
        tries = TRIES_MAX if is_repeatable else 1
        return await self._ask("POST", path, answer, body=body, tries=tries)

    async def delete(self, path: str, answer: type[T]) -> T:
        """Remove something."""
        return await self._ask("DELETE", path, answer, tries=TRIES_MAX)

    async def _ask(
        self,
        method: str,
        path: str,
        answer: type[T],
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        tries: int,
    ) -> T:
        waits = self.limits.wait_seconds * (tries - 1)
        seconds = (self.limits.call_seconds - waits) / tries
        async for attempt in stamina.retry_context(
            on=_is_worth_another_try,
            attempts=tries,
            timeout=None,
            wait_initial=self.limits.wait_seconds,
            wait_max=self.limits.wait_seconds,
            wait_jitter=0,
        ):
            with attempt:
                return await self._try(method, path, answer, query, body, seconds)
        raise AssertionError("the last try returns or raises")

    async def _try(
        self,
        method: str,
        path: str,
        answer: type[T],
        query: Mapping[str, str] | None,
        body: Mapping[str, Any] | None,
        seconds: float,
    ) -> T:
        wait = self.breaker.left_to_wait()
        if wait > 0:
            raise busy(wait)
        if not self.breaker.admits():
            raise CreemResting(channel=CHANNEL)
        with self.breaker.watching(self.limits.silence_seconds):
            return _read(await self._sent(method, path, query, body, seconds), answer)

    async def _sent(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None,
        body: Mapping[str, Any] | None,
        seconds: float,
    ) -> bytes:
        try:
            # A redirect is not followed: the key is for this one address.
            async with self._opened().request(
                method,
                f"{self.address}{path}",
                params=query,
                json=body,
                timeout=ClientTimeout(total=seconds),
                allow_redirects=False,
            ) as answer:
                self.told_at = _date_of(answer)
                read = await _bounded(answer)
                status, wait = answer.status, answer.headers.get("Retry-After", "")
        except (ClientError, TimeoutError, OSError, ValueError) as fault:
            # Not chained: the fault may show the request, and with it the key.
            _LOG.warning("Creem: %s %s got no answer (%s)", method, path, type(fault).__name__)
            raise unavailable() from None
        if 200 <= status < 300:
            return read
        trace = _TRACE.search(read)
        _LOG.warning(
            "Creem: %s %s was answered with status %s (trace %s)",
            method,
            path,
            status,
            trace.group(1).decode() if trace else "none",
        )
        if status == _TOO_MANY:
            raise busy(int(wait) if wait.isascii() and wait.isdigit() else 1)
        if 400 <= status < 500 and status not in _PASSING:
            raise refused_with(status)
        raise unavailable()

    def _opened(self) -> ClientSession:
        """Return the session; it can only be made inside the running loop."""
        if self._session is None:
            self._session = ClientSession(
                headers={"x-api-key": self.api_key, "accept": "application/json"},
                # A connection that was kept may have been closed by the time it is used again, and
                # then nobody could tell whether a refund had been heard.
                connector=TCPConnector(force_close=True, limit=_CONNECTIONS_MAX),
                cookie_jar=DummyCookieJar(),
                trace_configs=list(self.watched_by),
            )
        return self._session

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()


def creem_client(
    api_key: str,
    mode: CreemMode,
    *,
    api_base: str | None = None,
    limits: Limits | None = None,
    breaker: Breaker | None = None,
    watched_by: Sequence[TraceConfig] = (),
) -> CreemClient:
    """Return a client for a key, at another address than Creem's only in tests."""
    return CreemClient(
        api_key=api_key,
        address=(api_base or ADDRESS[mode]).rstrip("/"),
        limits=limits or Limits(),
        breaker=breaker or Breaker(),
        watched_by=watched_by,
    )


def _is_worth_another_try(fault: Exception) -> bool:
    return isinstance(fault, ProviderUnavailable) and not isinstance(
        fault, CreemResting | ProviderBusy
    )


def _date_of(answer: ClientResponse) -> datetime | None:
    """Return the instant in an answer's header Date, to the second; None if it has none."""
    try:
        return parsedate_to_datetime(answer.headers.get("Date", "")).replace(tzinfo=UTC)
    except ValueError:
        return None


async def _bounded(answer: ClientResponse) -> bytes:
    """Return the whole body. Raises ProviderUnavailable if it is longer than we read."""
    parts: list[bytes] = []
    size = 0
    async for chunk in answer.content.iter_chunked(_CHUNK_BYTES):
        size += len(chunk)
        if size > ANSWER_BYTES_MAX:
            answer.close()
            raise unavailable()
        parts.append(chunk)
    return b"".join(parts)


def _read(body: bytes, answer: type[T]) -> T:
    try:
        return msgspec.json.decode(body, type=answer)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as fault:
        # The fault names a path and types, never a value.
        _LOG.warning("Creem's answer is not a %s: %s", answer.__name__, fault)
        raise unavailable() from None
