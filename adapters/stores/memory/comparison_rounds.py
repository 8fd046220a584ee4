"""Rounds of comparing with providers in memory."""

from __future__ import annotations

from attrs import frozen

from adapters.stores.memory.table import Rows, Table
from application.ports.comparison_rounds import ComparisonRounds
from domain.payments.comparison_round import ComparisonRound, Track
from domain.payments.ids import Channel


def comparison_rounds() -> Table[ComparisonRound]:
    """Return the table of rounds, by channel and track."""
    return Table("comparison_rounds", lambda present: (present.channel, present.track.value))


@frozen
class MemoryComparisonRounds(ComparisonRounds):
    """Rounds by channel and track."""

    rounds: Rows[ComparisonRound]

    async def begin(self, present: ComparisonRound) -> bool:
        if self.rounds.find(present.channel, present.track.value) is not None:
            return False
        self.rounds.add(present)
        return True

    async def take(self, channel: Channel, track: Track) -> ComparisonRound:
        found = self.rounds.take(channel, track.value)
        assert found is not None, "a round is never removed"
        return found

    async def save(self, present: ComparisonRound) -> None:
        self.rounds.change(present)

    async def find(self, channel: Channel, track: Track) -> ComparisonRound | None:
        return self.rounds.find(channel, track.value)
