"""Prove the ledger by and by: a stretch at a time, in one process after another, never in two."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from attrs import Factory, define, frozen

from application.credits.steps.account_proof import LedgerVerified, Pause, prove_account
from application.ports.credits import LedgerRecords
from application.ports.system import Clock, NewId
from application.ports.unit_of_work import BeginRead, BeginWork
from domain.credits.ids import AccountId
from domain.credits.proof import Breach
from domain.credits.proof_round import LEASE, ProofPlan, ProofRound
from domain.credits.stretch import STRETCH_LINES


@frozen(kw_only=True)
class ProveStretch:
    """Prove so many accounts at most, and begin none after so many lines."""

    accounts_max: int
    lines_max: int


@frozen(kw_only=True)
class StretchProved:
    """The places found in this stretch that break a rule, and the round as it stands now.

    Of more than the first hundred of a round it names none. `proof` is None where nothing was
    done: no round is due, or another process is at it.
    """

    breaches: tuple[Breach, ...] = ()
    proof: ProofRound | None = None


@frozen(kw_only=True)
class ProvingStretch:
    """Go on with the present round, or begin the one that is due.

    The round is claimed first, by a name that nobody else has. A process that is silent for longer
    than a lease has lost it, and what it found counts for nothing: whoever went on finds it too.
    A fault gives the claim up, so that the next try meets the same fault and tells of it again.
    A round that takes longer than the plan allows is ended first; those missed meanwhile are not
    made up for. Sums kept of an account's lines that are not what these add up to are forgotten in
    the commit that notes the breach, so that explanations add up anew. `rests` makes what it does
    between two accounts and within a long one, anew for each stretch: a proof is never in a hurry,
    and whoever spends meanwhile is.
    """

    begin: BeginWork
    read: BeginRead
    records: LedgerRecords
    plan: ProofPlan
    clock: Clock
    new_id: NewId
    rests: Callable[[], Pause]
    stretch_lines: int = STRETCH_LINES

    async def __call__(self, command: ProveStretch) -> StretchProved:
        claimed = await self._claimed()
        if claimed is None:
            return StretchProved()
        stretch = _Stretch(after=claimed.after, claimed_at=self.clock())
        try:
            await self._prove(claimed, stretch, command)
            return await self._noted(claimed, stretch)
        except _ClaimLost:
            return StretchProved()
        except Exception:
            # A store that does not answer may not take this either; then the lease runs out.
            with suppress(Exception):
                await self._give_up(claimed)
            raise

    async def _claimed(self) -> ProofRound | None:
        now = self.clock()
        due_at = self.plan.last_due_at(now)
        async with self.read() as work:
            latest = await work.proofs.latest(1)
        if latest and (latest[0].is_claimed(now) or _is_past(latest[0], due_at)):
            return None
        async with self.begin() as work:
            if latest and not latest[0].is_over:
                proof = await work.proofs.take(latest[0].due_at)
                if proof.is_over or proof.is_claimed(now):
                    return None
            else:
                proof = ProofRound(due_at=due_at, begun_at=now)
                if not await work.proofs.begin(proof):
                    return None
            claimed = proof.claimed(self.new_id(), now)
            await work.proofs.save(claimed)
            await work.commit()
        return claimed

    async def _prove(self, claimed: ProofRound, stretch: _Stretch, command: ProveStretch) -> None:
        rest = self.rests()

        async def pause() -> None:
            await rest()
            if self.clock() - stretch.claimed_at > LEASE / 2:
                await self._claim_again(claimed, stretch)

        accounts = await self.records.accounts(claimed.after, command.accounts_max)
        for account_id in accounts:
            if stretch.found.lines >= command.lines_max:
                return
            await prove_account(
                self.records,
                account_id,
                stretch.found,
                pause,
                stretch_lines=self.stretch_lines,
            )
            stretch.after = account_id
        stretch.is_last = len(accounts) < command.accounts_max

    async def _claim_again(self, claimed: ProofRound, stretch: _Stretch) -> None:
        async with self.begin() as work:
            proof = await work.proofs.take(claimed.due_at)
            if proof.claim is None or proof.claim != claimed.claim:
                raise _ClaimLost
            stretch.claimed_at = self.clock()
            await work.proofs.save(proof.claimed(proof.claim, stretch.claimed_at))
            await work.commit()

    async def _give_up(self, claimed: ProofRound) -> None:
        async with self.begin() as work:
            proof = await work.proofs.take(claimed.due_at)
            if proof.claim == claimed.claim:
                await work.proofs.save(proof.given_up())
                await work.commit()

    async def _noted(self, claimed: ProofRound, stretch: _Stretch) -> StretchProved:
        found = stretch.found
        async with self.begin() as work:
            proof = await work.proofs.take(claimed.due_at)
            if proof.claim != claimed.claim:
                return StretchProved()
            kept = len(proof.breaches)
            proof = proof.advanced(
                stretch.after,
                accounts=found.accounts,
                lines=found.lines,
                breaches=found.breaches,
            )
            if stretch.is_last:
                proof = proof.ended(self.clock())
            await work.proofs.save(proof)
            for account_id in found.wrong_sums:
                await work.ledger_stretches.forget(account_id)
            await work.commit()
        return StretchProved(breaches=proof.breaches[kept:], proof=proof)


@define(kw_only=True)
class _Stretch:
    """What is known of a stretch while it is proved."""

    after: AccountId | None
    claimed_at: datetime
    found: LedgerVerified = Factory(LedgerVerified)
    is_last: bool = False


class _ClaimLost(Exception):
    """Another process has gone on with the round meanwhile."""


def _is_past(latest: ProofRound, due_at: datetime) -> bool:
    """Say whether the latest round is over, and the next one is not due yet."""
    return latest.is_over and latest.due_at >= due_at
