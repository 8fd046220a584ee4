"""First answers of requests, in the database, committed together with what they answer for."""

from __future__ import annotations

from typing import TypeVar

from attrs import frozen
from cattrs.preconf.json import make_converter

from adapters.stores.sql import rows
from adapters.stores.sql.open_transaction import OpenTransaction
from adapters.stores.sql.tables.idempotency import answers
from application.ports.idempotency import Answers, RequestKey
from domain.credits.errors import KeyReused

Answer = TypeVar("Answer")

_CONVERTER = make_converter()


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

    async def keep(self, key: RequestKey, answer: object) -> None:
        was_claimed = await rows.change(
            self.transaction, answers, _values(key, _CONVERTER.dumps(answer))
        )
        assert was_claimed, "a key is claimed before its answer is kept"


def _values(key: RequestKey, answer: str | None) -> dict[str, str | None]:
    owner, caller, name = key.name
    return {
        "owner": owner,
        "caller": caller,
        "key": name,
        "fingerprint": key.fingerprint,
        "answer": answer,
    }
