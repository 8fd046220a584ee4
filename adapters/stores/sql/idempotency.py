"""First answers of requests, in the database, committed together with what they answer for."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeVar

from attrs import frozen
from cattrs.preconf.json import make_converter
from sqlalchemy import Select, not_, select

from adapters.stores.sql import rows
from adapters.stores.sql.open_transaction import OpenTransaction, Rows, Values
from adapters.stores.sql.tables.idempotency import answers
from application.ports.idempotency import Answers, RequestKey
from domain.credits.errors import KeyReused

Answer = TypeVar("Answer")

_CONVERTER = make_converter()

# Written out as in the partial index: `NOT` on one engine, `= 0` on the other.
_FORGETTABLE = not_(answers.c.is_kept_for_ever)


@frozen
class SqlAnswers(Answers):
    """Answers by key, as JSON. A claim inserts the key, and so waits for whoever inserts it too."""

    transaction: OpenTransaction

    async def claim(self, key: RequestKey, kind: type[Answer]) -> Answer | None:
        if await rows.add_new(self.transaction, answers, _values(key, None)):
            return None
        found = await rows.take(self.transaction, answers, *key.name)
        assert found is not None, "an answer is never removed"
        if found.answer is None:
            # Somebody claimed the key and had nothing to answer: it is free for this request.
            await rows.change(self.transaction, answers, _values(key, None))
            return None
        if found.fingerprint != key.fingerprint:
            raise KeyReused(key=key.key)
        return _CONVERTER.loads(found.answer, kind)

    async def keep(
        self, key: RequestKey, answer: object, *, is_kept_for_ever: bool = False
    ) -> None:
        values = _values(key, _CONVERTER.dumps(answer), is_kept_for_ever=is_kept_for_ever)
        was_claimed = await rows.change(self.transaction, answers, values)
        assert was_claimed, "a key is claimed before its answer is kept"

    async def forget(self, now: datetime, seen_before: datetime, limit: int) -> int:
        column = answers.c
        oldest = select(*answers.primary_key).where(column.seen_at < seen_before)
        old = await self._taken(oldest.order_by(column.seen_at), limit)
        for key in old:
            await rows.remove(self.transaction, answers, *key)
        unseen = select(*answers.primary_key).where(column.seen_at.is_(None), _FORGETTABLE)
        new = await self._taken(unseen.order_by(*answers.primary_key), limit)
        for key in new:
            values = dict(zip(("owner", "caller", "key"), key, strict=True))
            await rows.change(self.transaction, answers, {**values, "seen_at": now})
        return len(old) + len(new)

    async def _taken(self, query: Select[*tuple[Any, ...]], limit: int) -> Rows:
        """Return keys, locked; those that somebody else holds are left for another time."""
        return await self.transaction.run(query.limit(limit).with_for_update(skip_locked=True))


def _values(key: RequestKey, answer: str | None, *, is_kept_for_ever: bool = False) -> Values:
    owner, caller, name = key.name
    return {
        "owner": owner,
        "caller": caller,
        "key": name,
        "fingerprint": key.fingerprint,
        "answer": answer,
        "is_kept_for_ever": is_kept_for_ever,
    }
