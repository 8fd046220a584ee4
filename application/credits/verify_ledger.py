"""Prove the whole ledger: every wallet's lines, chain, lots and balance, from its first line on."""

from __future__ import annotations

from collections.abc import Callable

from attrs import frozen

from application.credits.steps.account_proof import LedgerVerified, let_others_run, prove_account
from application.ports.credits import LedgerRecords
from domain.credits.ids import AccountId
from domain.credits.stretch import STRETCH_LINES

ACCOUNTS_AT_ONCE = 200

Progress = Callable[[int, int], None]
"""Told, after each account, how many accounts and lines have been checked."""


@frozen(kw_only=True)
class VerifyLedger:
    """Check everything; stop collecting after so many faults."""

    breaches_max: int = 100


@frozen(kw_only=True)
class VerifyingLedger:
    """Read the ledger account by account and judge it by the same rules that wrote it.

    It changes nothing: sums that are wrong are forgotten by the proof in stretches.
    """

    records: LedgerRecords
    stretch_lines: int = STRETCH_LINES
    told: Callable[[LedgerVerified], None] | None = None
    """Told what every proof found, for whoever watches the service."""

    async def __call__(
        self, command: VerifyLedger, progress: Progress | None = None
    ) -> LedgerVerified:
        found = await self._proved(command, progress)
        if self.told is not None:
            self.told(found)
        return found

    async def _proved(self, command: VerifyLedger, progress: Progress | None) -> LedgerVerified:
        found = LedgerVerified()
        after: AccountId | None = None
        while accounts := await self.records.accounts(after, ACCOUNTS_AT_ONCE):
            for account_id in accounts:
                await prove_account(
                    self.records,
                    account_id,
                    found,
                    let_others_run,
                    stretch_lines=self.stretch_lines,
                )
                if progress is not None:
                    progress(found.accounts, found.lines)
                if len(found.breaches) >= command.breaches_max:
                    return found
            after = accounts[-1]
        return found
