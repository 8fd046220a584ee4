"""Sums over stretches of ledgers, in memory."""

from __future__ import annotations

from attrs import frozen

from adapters.stores.memory.table import Rows, Table
from application.ports.ledger_stretches import LedgerStretches
from domain.credits.ids import AccountId
from domain.credits.stretch import Stretch


def ledger_stretches() -> Table[Stretch]:
    """Return the table of stretches, by account and number."""
    return Table("ledger_stretches", lambda stretch: (stretch.account_id, stretch.number))


@frozen
class MemoryLedgerStretches(LedgerStretches):
    """Stretches by account and number."""

    stretches: Rows[Stretch]

    async def keep(self, stretch: Stretch) -> None:
        self.stretches.put(stretch)

    async def forget(self, account_id: AccountId) -> None:
        for stretch in list(self.stretches.ascending(prefix=(account_id,))):
            self.stretches.remove(account_id, stretch.number)
