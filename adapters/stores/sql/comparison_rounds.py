"""Rounds of comparing with providers in the database."""

from __future__ import annotations

from attrs import frozen

from adapters.stores.sql import rows
from adapters.stores.sql.json_columns import json_text, json_value
from adapters.stores.sql.open_transaction import AnyRow, OpenTransaction, Values
from adapters.stores.sql.tables.comparison_rounds import comparison_rounds
from application.ports.comparison_rounds import ComparisonRounds
from domain.payments.comparison_round import ComparisonRound, Part, Track
from domain.payments.ids import Channel
from domain.payments.reconciliation import Drift


@frozen
class SqlComparisonRounds(ComparisonRounds):
    """Rounds by channel and track."""

    transaction: OpenTransaction

    async def begin(self, present: ComparisonRound) -> bool:
        return await rows.add_new(self.transaction, comparison_rounds, _values(present))

    async def take(self, channel: Channel, track: Track) -> ComparisonRound:
        row = await rows.take(self.transaction, comparison_rounds, channel, track.value)
        assert row is not None, "a round is never removed"
        return _round(row)

    async def save(self, present: ComparisonRound) -> None:
        await rows.change(self.transaction, comparison_rounds, _values(present))

    async def find(self, channel: Channel, track: Track) -> ComparisonRound | None:
        row = await rows.find(self.transaction, comparison_rounds, channel, track.value)
        return None if row is None else _round(row)


def _values(present: ComparisonRound) -> Values:
    return {
        "channel": present.channel,
        "track": present.track.value,
        "begun_at": present.begun_at,
        "since_at": present.since_at,
        "ended_at": present.ended_at,
        "part": present.part.value,
        "position": present.after,
        "compared": present.compared,
        "mended": present.mended,
        "open": present.open,
        "needs_person": present.needs_person,
        "drift": json_text(present.drift),
        "is_unread": present.is_unread,
        "compared_at": present.compared_at,
        "compared_drift": present.compared_drift,
        "claim": present.claim,
        "claimed_until": present.claimed_until,
    }


def _round(row: AnyRow) -> ComparisonRound:
    return ComparisonRound(
        channel=Channel(row.channel),
        track=Track(row.track),
        begun_at=row.begun_at,
        since_at=row.since_at,
        ended_at=row.ended_at,
        part=Part(row.part),
        after=row.position,
        compared=row.compared,
        mended=row.mended,
        open=row.open,
        needs_person=row.needs_person,
        drift=json_value(row.drift, tuple[Drift, ...]),
        is_unread=row.is_unread,
        compared_at=row.compared_at,
        compared_drift=row.compared_drift,
        claim=row.claim,
        claimed_until=row.claimed_until,
    )
