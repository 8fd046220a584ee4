"""First answers of requests, in memory."""

from __future__ import annotations

from typing import TypeVar

from attrs import Factory, frozen

from adapters.stores.memory.kept_rows import KeptAnswer
from adapters.stores.memory.table import Rows
from application.ports.idempotency import Answers, RequestKey
from domain.credits.errors import KeyReused

Answer = TypeVar("Answer")


@frozen
class MemoryAnswers(Answers):
    """Answers by key. A second claimant waits simply because units of work that write do."""

    kept: Rows[KeptAnswer]
    claimed: set[tuple[str, str, str]] = Factory(set)

    async def claim(self, key: RequestKey, kind: type[Answer]) -> Answer | None:
        found = self.kept.take(*key.name)
        if found is None:
            self.claimed.add(key.name)
            return None
        if found.key.fingerprint != key.fingerprint:
            raise KeyReused(key=key.key)
        assert isinstance(found.answer, kind)
        return found.answer

    async def keep(self, key: RequestKey, answer: object) -> None:
        assert key.name in self.claimed, "a key is claimed before its answer is kept"
        self.kept.add(KeptAnswer(key=key, answer=answer))
