"""API keys as requests present them: looked up in the store, and remembered for a moment."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from attrs import define, field
from cachetools import TTLCache

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
    a key revoked by this process is forgotten at once, by another process within that time.
    """

    begin: BeginRead
    monotonic: Callable[[], float] = time.monotonic
    _known: TTLCache[ApiKeyId, ApiKey] = field(init=False, repr=False)
    _forgotten: int = field(init=False, default=0)

    @_known.default
    def _nothing_yet(self) -> TTLCache[ApiKeyId, ApiKey]:
        return TTLCache(_REMEMBERED_MAX, REMEMBERED_S, timer=self.monotonic)

    async def find(self, written: str) -> ApiKey | None:
        """Return the key if it exists, its secret is right and it was not revoked; else None."""
        parts = parts_of(written)
        if parts is None or not _ID.fullmatch(parts[0]):
            return None
        key_id, secret = parts
        key = self._known.get(key_id)
        if key is None:
            key = await self._loaded(key_id)
        return key if key is not None and key.opens_for(secret) else None

    def forget(self, key_id: ApiKeyId) -> None:
        """Look the key up anew next time; called when it has been revoked."""
        self._forgotten += 1
        self._known.pop(key_id, None)

    async def _loaded(self, key_id: ApiKeyId) -> ApiKey | None:
        before = self._forgotten
        async with self.begin() as work:
            key = await work.api_keys.find(key_id)
        # What was read while a key was being revoked may be the key as it was before.
        if key is not None and before == self._forgotten:
            self._known[key_id] = key
        return key
