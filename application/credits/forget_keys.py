"""Forget old keys, so that their index stays small while the ledger grows."""

from __future__ import annotations

from datetime import timedelta

from attrs import frozen

from application.ports.credits import LedgerRecords
from application.ports.system import Clock
from application.ports.unit_of_work import BeginWork


@frozen(kw_only=True)
class ForgetKeys:
    """Forget no more than so many keys of either kind."""

    keys_max: int = 2000


@frozen(kw_only=True)
class KeysForgotten:
    """How many were forgotten, or first noticed; fewer than asked for means that none is left."""

    keys: int


@frozen(kw_only=True)
class ForgettingKeys:
    """Delete keys older than `kept_for`; those of credits that came in are kept for ever.

    So are those of checkouts, refunds and check-ins; of other requests the first answer goes, too.
    """

    records: LedgerRecords
    begin: BeginWork
    clock: Clock
    kept_for: timedelta

    async def __call__(self, command: ForgetKeys) -> KeysForgotten:
        now = self.clock()
        before = now - self.kept_for
        spends = await self.records.forget_keys(before, command.keys_max)
        async with self.begin() as work:
            others = await work.answers.forget(now, before, command.keys_max)
            await work.commit()
        return KeysForgotten(keys=spends + others)
