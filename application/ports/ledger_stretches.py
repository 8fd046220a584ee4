"""Sums over whole stretches of accounts' ledgers, kept because their lines never change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from domain.credits.explanation import Stretch
from domain.credits.ids import AccountId


class LedgerStretches(Protocol):
    """Stretches by account and number. They hold nothing that the ledger does not tell anew."""

    async def keep(self, stretch: Stretch) -> None:
        """Keep a stretch, unless it is there: it would be the same."""
        ...

    async def after(self, account_id: AccountId, number: int, limit: int) -> Sequence[Stretch]:
        """Return an account's stretches from a number on, in their order and without a gap."""
        ...
