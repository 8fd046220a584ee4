"""How far each payment provider has been compared, kept for whichever process goes on."""

from __future__ import annotations

from typing import Protocol

from domain.payments.comparison_round import ComparisonRound, Track
from domain.payments.ids import Channel


class ComparisonRounds(Protocol):
    """The present rounds, one for each channel and track."""

    async def begin(self, present: ComparisonRound) -> bool:
        """Keep a channel's first round, unless there is one; say whether it was kept."""
        ...

    async def take(self, channel: Channel, track: Track) -> ComparisonRound:
        """Return a round that was begun, locked until the unit ends."""
        ...

    async def save(self, present: ComparisonRound) -> None:
        """Keep a round that was taken, or begun, in this unit of work."""
        ...

    async def find(self, channel: Channel, track: Track) -> ComparisonRound | None:
        """Return a round, unlocked, or None where none was begun."""
        ...
