"""The rounds of the ledger's proof, and how far each has come."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from domain.credits.proof_round import ProofRound


class Proofs(Protocol):
    """Rounds by the instant they were due at."""

    async def begin(self, proof: ProofRound) -> bool:
        """Keep a new round, unless one is there for the same instant; say whether it was kept."""
        ...

    async def take(self, due_at: datetime) -> ProofRound:
        """Return a round that was begun, locked until the unit ends."""
        ...

    async def save(self, proof: ProofRound) -> None:
        """Keep a round that was taken, or begun, in this unit of work."""
        ...

    async def latest(self, limit: int) -> Sequence[ProofRound]:
        """Return the latest rounds, the last one first."""
        ...
