"""First answers of requests, in memory."""

from __future__ import annotations

from datetime import datetime
from itertools import islice, takewhile
from typing import TypeVar

from attrs import evolve, frozen

from adapters.stores.memory.kept_rows import KeptAnswer
from adapters.stores.memory.table import Rows
from adapters.stores.memory.tables import ANSWER_NEW, ANSWER_SEEN
from application.ports.idempotency import Answers, RequestKey
from domain.credits.errors import KeyReused

Answer = TypeVar("Answer")


@frozen
class MemoryAnswers(Answers):
    """Answers by key. A second claimant waits simply because units of work that write do."""

    kept: Rows[KeptAnswer]
    claimed: set[tuple[str, str, str]]

    async def claim(self, key: RequestKey, kind: type[Answer]) -> Answer | None:
        found = self.kept.take(*key.name)
        if found is None:
            self.claimed.add(key.name)
            return None
        if found.key.fingerprint != key.fingerprint:
            raise KeyReused(key=key.key)
        assert isinstance(found.answer, kind)
        return found.answer

    async def keep(
        self, key: RequestKey, answer: object, *, is_kept_for_ever: bool = False
    ) -> None:
        assert key.name in self.claimed, "a key is claimed before its answer is kept"
        kept = KeptAnswer(key=key, answer=answer, is_kept_for_ever=is_kept_for_ever)
        self.kept.add(kept)

    async def forget(self, now: datetime, seen_before: datetime, limit: int) -> int:
        seen = self.kept.ascending(ANSWER_SEEN)
        old = list(islice(takewhile(lambda kept: _is_older(kept, seen_before), seen), limit))
        new = list(islice(self.kept.ascending(ANSWER_NEW), limit))
        for each in old:
            self.kept.remove(*each.key.name)
        for each in new:
            self.kept.change(evolve(each, seen_at=now))
        return len(old) + len(new)


def _is_older(kept: KeptAnswer, before: datetime) -> bool:
    return kept.seen_at is not None and kept.seen_at < before
