"""Prove one account of the ledger: what a proof at once and one in stretches have in common."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from attrs import Factory, define

from application.ports.credits import LedgerRecords
from domain.credits.ids import AccountId
from domain.credits.proof import Breach, WalletProof
from domain.credits.transaction import Transaction

LINES_AT_ONCE = 250
"""So many are judged in a few milliseconds, for which everybody else in the process waits."""

Pause = Callable[[], Awaitable[None]]
"""Awaited between two readings of the store, so that others have their turn."""


@define(kw_only=True)
class LedgerVerified:
    """How much was checked, and every place where a rule is broken: none, if all is well."""

    accounts: int = 0
    lines: int = 0
    credits: int = 0
    breaches: list[Breach] = Factory(list)


async def prove_account(
    records: LedgerRecords, account_id: AccountId, found: LedgerVerified, pause: Pause
) -> None:
    """Check one account up to a snapshot of its wallet; lines written since are not read."""
    wallet, grants = await records.wallet_and_grants(account_id)
    proof = WalletProof(account_id)
    after_seq, has_more = 0, True
    while has_more:
        # One more than the wallet counts, so that a line put behind the last one shows.
        limit = min(LINES_AT_ONCE, wallet.seq - after_seq + 1)
        lines = await records.lines(account_id, after_seq, limit)
        has_more = len(lines) == limit
        for line in lines:
            if line.seq > wallet.seq:
                found.breaches += await _uncounted(records, line)
                has_more = False
                break
            proof.read(line)
            after_seq = line.seq
        await pause()
    proof.close(wallet, grants)
    found.accounts += 1
    found.lines += proof.lines
    found.credits += wallet.posted
    found.breaches += proof.breaches


async def let_others_run() -> None:
    """Give the turn to whatever else the process has to do."""
    await asyncio.sleep(0)


async def _uncounted(records: LedgerRecords, line: Transaction) -> list[Breach]:
    """Judge a line behind the last one: written since the snapshot, or not by us at all."""
    wallet, _ = await records.wallet_and_grants(line.account_id)
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
