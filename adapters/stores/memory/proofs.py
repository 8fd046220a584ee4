"""Rounds of the ledger's proof in memory."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import islice

from attrs import frozen

from adapters.stores.memory.table import Rows, Table
from application.ports.proofs import Proofs
from domain.credits.proof_round import ProofRound


def proofs() -> Table[ProofRound]:
    """Return the table of rounds, in the order they were due."""
    return Table("proofs", lambda proof: (proof.due_at,))


@frozen
class MemoryProofs(Proofs):
    """Rounds by the instant they were due at."""

    rounds: Rows[ProofRound]

    async def begin(self, proof: ProofRound) -> bool:
        if self.rounds.find(proof.due_at) is not None:
            return False
        self.rounds.add(proof)
        return True

    async def take(self, due_at: datetime) -> ProofRound:
        found = self.rounds.take(due_at)
        assert found is not None, "a round is never removed"
        return found

    async def save(self, proof: ProofRound) -> None:
        self.rounds.change(proof)

    async def latest(self, limit: int) -> Sequence[ProofRound]:
        return list(islice(self.rounds.descending(), limit))
