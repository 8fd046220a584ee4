"""Prove one account of the ledger: what a proof at once and one in stretches have in common."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

from attrs import Factory, define, frozen

from application.credits.steps.kept_sums import KeptSums
from application.ports.credits import LedgerRecords, OutcomeUnknown
from application.worked_on import note, one_piece_of_work, tell_of_progress
from domain.credits.ids import AccountId
from domain.credits.proof import Breach, WalletProof
from domain.credits.stretch import STRETCH_LINES
from domain.credits.transaction import Transaction

LINES_AT_ONCE = 250
"""So many are judged in a few milliseconds, for which everybody else in the process waits."""

_WHY_LENGTH_MAX = 160

Pause = Callable[[], Awaitable[None]]
"""Awaited between two readings of the store, so that others have their turn."""


@define(kw_only=True)
class LedgerVerified:
    """How much was checked, and every place where a rule is broken: none, if all is well.

    `wrong_sums` are accounts whose lines add up to something else than what is kept of them.
    """

    accounts: int = 0
    lines: int = 0
    credits: int = 0
    breaches: list[Breach] = Factory(list)
    wrong_sums: list[AccountId] = Factory(list)


async def prove_account(
    records: LedgerRecords,
    account_id: AccountId,
    found: LedgerVerified,
    pause: Pause,
    *,
    stretch_lines: int = STRETCH_LINES,
) -> None:
    """Check one account up to a snapshot of its wallet; lines written since are not read.

    The sums kept of every `stretch_lines` of its lines are compared on the way.
    Rows that cannot be read break a rule as well, so that others are proved all the same.
    Raises OutcomeUnknown if the store does not answer, which says nothing about the account.
    """
    with one_piece_of_work():
        note("account_id", account_id)
        proof = WalletProof(account_id)
        sums = KeptSums(records=records, proof=proof, length=stretch_lines)
        try:
            found.credits += await _proved(records, proof, sums, pause)
        except _Unreadable as place:
            proof.cannot_read(place.seq, place.why)
    found.accounts += 1
    found.lines += proof.lines
    found.breaches += proof.breaches
    if sums.are_wrong:
        found.wrong_sums.append(account_id)


async def _proved(records: LedgerRecords, proof: WalletProof, sums: KeptSums, pause: Pause) -> int:
    """Read one account through the proof; return its posted credits. Raises _Unreadable."""
    with _reading(0):
        wallet, grants = await records.wallet_and_grants(proof.account_id)
    sums.last_seq = wallet.seq
    after_seq, at_once, has_more = 0, LINES_AT_ONCE, True
    while has_more:
        # One more than the wallet counts, so that a line put behind the last one shows.
        limit = min(at_once, wallet.seq - after_seq + 1)
        try:
            with _reading(after_seq + 1):
                lines = await records.lines(proof.account_id, after_seq, limit)
        except _Unreadable:
            if at_once == 1:
                raise
            # One by one from here on, to find out which it is.
            at_once = 1
            continue
        has_more = len(lines) == limit
        for line in lines:
            if line.seq > wallet.seq:
                proof.breaches += await _uncounted(records, line)
                has_more = False
                break
            with _reading(line.seq):
                proof.read(line)
            if sums.pass_over(line):
                await _judge(sums, line)
            after_seq = line.seq
        # A long account takes an hour: whoever watches must not believe that it hangs.
        tell_of_progress()
        await pause()
    with _reading(0):
        proof.close(wallet, grants)
    return wallet.posted


async def _judge(sums: KeptSums, last: Transaction) -> None:
    try:
        with _reading(0):
            await sums.judge(last)
    except _Unreadable as place:
        sums.cannot_read(place.why)


async def let_others_run() -> None:
    """Give the turn to whatever else the process has to do."""
    await asyncio.sleep(0)


async def _uncounted(records: LedgerRecords, line: Transaction) -> list[Breach]:
    """Judge a line behind the last one: written since the snapshot, or not by us at all."""
    with _reading(0):
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


@frozen
class _Unreadable(Exception):
    """Rows at this line (0: the wallet or a lot) are none that the service could have written."""

    seq: int
    why: str


@contextmanager
def _reading(seq: int) -> Iterator[None]:
    """Take whatever goes wrong for the rows' fault, unless the store or the machine is at fault."""
    try:
        yield
    except (OutcomeUnknown, OSError, MemoryError):
        raise
    except Exception as fault:
        said = f"{type(fault).__name__}: {fault}"[:_WHY_LENGTH_MAX]
        why = "".join(sign if sign.isprintable() else "\ufffd" for sign in said)
        raise _Unreadable(seq, why) from fault
