"""Read how the ledger's proof stands: the last round that has ended, and the one under way."""

from __future__ import annotations

from datetime import datetime, timedelta

from attrs import frozen

from application.ports.system import Clock
from application.ports.unit_of_work import BeginRead
from domain.credits.proof_round import ProofPlan, ProofRound


@frozen(kw_only=True)
class ProofsRead:
    """The last round that has ended, one that has not, and when the next one is due."""

    ended: ProofRound | None
    under_way: ProofRound | None
    next_due_at: datetime


@frozen(kw_only=True)
class ReadingProofs:
    """Look at the last two rounds: the last one may not have ended, the one before it has."""

    read: BeginRead
    plan: ProofPlan
    clock: Clock

    async def __call__(self) -> ProofsRead:
        async with self.read() as work:
            latest = await work.proofs.latest(2)
        return ProofsRead(
            ended=next((proof for proof in latest if proof.is_over), None),
            under_way=next((proof for proof in latest if not proof.is_over), None),
            next_due_at=self.plan.last_due_at(self.clock())
            + timedelta(hours=self.plan.every_hours),
        )
