"""Sums over stretches of ledgers, in memory."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from attrs import frozen

from adapters.stores.memory.table import Rows, Table
from application.ports.ledger_stretches import LedgerStretches
from domain.credits.explanation import Stretch
from domain.credits.ids import AccountId


def ledger_stretches() -> Table[Stretch]:
    """Return the table of stretches, by account and number."""
    return Table("ledger_stretches", lambda stretch: (stretch.account_id, stretch.number))


@frozen
class MemoryLedgerStretches(LedgerStretches):
    """Stretches by account and number."""

    stretches: Rows[Stretch]

    async def keep(self, stretch: Stretch) -> None:
        if self.stretches.find(stretch.account_id, stretch.number) is None:
            self.stretches.add(stretch)

    async def after(self, account_id: AccountId, number: int, limit: int) -> Sequence[Stretch]:
        own = self.stretches.ascending(prefix=(account_id,))
        return list(islice((each for each in own if each.number >= number), limit))
