"""Sums over whole stretches of accounts' ledgers, kept because their lines never change."""

from __future__ import annotations

from typing import Protocol

from domain.credits.ids import AccountId
from domain.credits.stretch import Stretch


class LedgerStretches(Protocol):
    """Stretches by account and number. They hold nothing that the ledger does not tell anew.

    They are read with the ledger's records, to whose lines they belong.
    """

    async def keep(self, stretch: Stretch) -> None:
        """Keep a stretch, in the place of the one that was kept under its number."""
        ...

    async def forget(self, account_id: AccountId) -> None:
        """Keep none of an account's, so that all are added up anew."""
        ...
