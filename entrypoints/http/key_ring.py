"""API keys as requests present them: looked up in the store, and remembered for a moment."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable

from attrs import define, field

from application.ports.unit_of_work import BeginRead
from domain.access.api_key import ApiKey, parts_of
from domain.access.ids import ApiKeyId

REMEMBERED_S = 2.0
_REMEMBERED_MAX = 10_000
_ID = re.compile(r"[0-9A-Za-z-]{1,64}")


@define
class KeyRing:
    """Find the API key behind a written one.

    A key is remembered for two seconds at most, so that a busy backend costs no query a request;
    a key revoked by this process is forgotten at once, by another process within that time. All
    who ask for one key while it is looked up wait for that one query.
    """

    begin: BeginRead
    monotonic: Callable[[], float] = time.monotonic
    _known: dict[ApiKeyId, tuple[float, ApiKey]] = field(init=False, repr=False, factory=dict)
    _opened: dict[str, ApiKey] = field(init=False, repr=False, factory=dict)
    _asked: dict[ApiKeyId, asyncio.Task[ApiKey | None]] = field(
        init=False, repr=False, factory=dict
    )

    def remembered(self, written: str) -> ApiKey | None:
        """Return the key that these very characters have opened a moment ago, if it still counts.

        It is the same object as long as the key is remembered, and another once it was read anew.
        """
        key = self._opened.get(written)
        if key is None:
            return None
        known = self._known.get(key.id)
        if known is None or known[1] is not key or self.monotonic() >= known[0]:
            del self._opened[written]
            return None
        return key

    async def find(self, written: str) -> ApiKey | None:
        """Return the key if it exists, its secret is right and it was not revoked; else None."""
        parts = parts_of(written)
        if parts is None or not _ID.fullmatch(parts[0]):
            return None
        key_id, secret = parts
        known = self._known.get(key_id)
        if known is not None and self.monotonic() < known[0]:
            key: ApiKey | None = known[1]
        else:
            key = await self._looked_up(key_id)
        if key is None or not key.opens_for(secret):
            return None
        if len(self._opened) >= _REMEMBERED_MAX:
            del self._opened[next(iter(self._opened))]
        self._opened[written] = key
        return key

    def forget(self, key_id: ApiKeyId) -> None:
        """Look the key up anew next time; called when it has been revoked."""
        self._known.pop(key_id, None)
        # What is being read at this moment may be the key as it was before.
        self._asked.pop(key_id, None)

    async def _looked_up(self, key_id: ApiKeyId) -> ApiKey | None:
        asked = self._asked.get(key_id)
        if asked is None:
            asked = asyncio.create_task(self._load(key_id), name="key-ring")
            self._asked[key_id] = asked
        # One of those who wait may leave; the others keep waiting.
        return await asyncio.shield(asked)

    async def _load(self, key_id: ApiKeyId) -> ApiKey | None:
        key = None
        since = self.monotonic()
        try:
            async with self.begin() as work:
                key = await work.api_keys.find(key_id)
        finally:
            is_current = self._asked.get(key_id) is asyncio.current_task()
            if is_current:
                del self._asked[key_id]
        if key is not None and is_current:
            self._remember(key, since + REMEMBERED_S)
        return key

    def _remember(self, key: ApiKey, until: float) -> None:
        self._known.pop(key.id, None)
        if len(self._known) >= _REMEMBERED_MAX:
            del self._known[next(iter(self._known))]
        self._known[key.id] = (until, key)
