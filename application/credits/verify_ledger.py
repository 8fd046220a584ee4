"""Prove the whole ledger: every wallet's lines, chain, lots and balance, from its first line on."""

from __future__ import annotations

from collections.abc import Callable

from attrs import Factory, define, frozen

from application.ports.credits import LedgerRecords
from domain.credits.ids import AccountId
from domain.credits.proof import Breach, WalletProof
from domain.credits.transaction import Transaction

ACCOUNTS_AT_ONCE = 200
LINES_AT_ONCE = 1000

Progress = Callable[[int, int], None]
"""Told, after each account, how many accounts and lines have been checked."""


@frozen(kw_only=True)
class VerifyLedger:
    """Check everything; stop collecting after so many faults."""

    breaches_max: int = 100


@define(kw_only=True)
class LedgerVerified:
    """How much was checked, and every place where a rule is broken: none, if all is well."""

    accounts: int = 0
    lines: int = 0
    credits: int = 0
    breaches: list[Breach] = Factory(list)


@frozen(kw_only=True)
class VerifyingLedger:
    """Read the ledger account by account and judge it by the same rules that wrote it."""

    records: LedgerRecords
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
                await self._prove(account_id, found)
                if progress is not None:
                    progress(found.accounts, found.lines)
                if len(found.breaches) >= command.breaches_max:
                    return found
            after = accounts[-1]
        return found

    async def _prove(self, account_id: AccountId, found: LedgerVerified) -> None:
        """Check one account up to a snapshot of its wallet; lines written since are not read."""
        wallet, grants = await self.records.wallet_and_grants(account_id)
        proof = WalletProof(account_id)
        after_seq, has_more = 0, True
        while has_more:
            # One more than the wallet counts, so that a line put behind the last one shows.
            limit = min(LINES_AT_ONCE, wallet.seq - after_seq + 1)
            lines = await self.records.lines(account_id, after_seq, limit)
            has_more = len(lines) == limit
            for line in lines:
                if line.seq > wallet.seq:
                    found.breaches += await self._uncounted(line)
                    has_more = False
                    break
                proof.read(line)
                after_seq = line.seq
        proof.close(wallet, grants)
        found.accounts += 1
        found.lines += proof.lines
        found.credits += wallet.posted
        found.breaches += proof.breaches

    async def _uncounted(self, line: Transaction) -> list[Breach]:
        """Judge a line behind the last one: written since the snapshot, or not by us at all."""
        wallet, _ = await self.records.wallet_and_grants(line.account_id)
        if line.seq <= wallet.seq:
            return []
        counts = f"found line {line.seq}, the wallet counts {wallet.seq}"
        return [
            Breach(
                account_id=line.account_id,
                seq=line.seq,
                rule="wallet_counts_its_lines",
                found=counts,
            )
        ]
