"""Forget the keys of old spends, so that their index stays small while the ledger grows."""

from __future__ import annotations

from datetime import timedelta

from attrs import frozen

from application.ports.credits import LedgerRecords
from application.ports.system import Clock


@frozen(kw_only=True)
class ForgetKeys:
    """Forget no more than so many keys."""

    keys_max: int = 2000


@frozen(kw_only=True)
class KeysForgotten:
    """How many were forgotten; fewer than asked for means that none is left."""

    keys: int


@frozen(kw_only=True)
class ForgettingKeys:
    """Delete keys older than `kept_for`; those of credits that came in are kept for ever."""

    records: LedgerRecords
    clock: Clock
    kept_for: timedelta

    async def __call__(self, command: ForgetKeys) -> KeysForgotten:
        before = self.clock() - self.kept_for
        return KeysForgotten(keys=await self.records.forget_keys(before, command.keys_max))
