"""Rounds of the ledger's proof in the database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from attrs import frozen
from sqlalchemy import select

from adapters.stores.sql import rows
from adapters.stores.sql.json_columns import json_text, json_value
from adapters.stores.sql.open_transaction import AnyRow, OpenTransaction, Values
from adapters.stores.sql.tables.proofs import proofs
from application.ports.proofs import Proofs
from domain.credits.ids import AccountId
from domain.credits.proof import Breach
from domain.credits.proof_round import ProofRound


@frozen
class SqlProofs(Proofs):
    """Rounds by the instant they were due at."""

    transaction: OpenTransaction

    async def begin(self, proof: ProofRound) -> bool:
        return await rows.add_new(self.transaction, proofs, _values(proof))

    async def take(self, due_at: datetime) -> ProofRound:
        row = await rows.take(self.transaction, proofs, due_at)
        assert row is not None, "a round is never removed"
        return _round(row)

    async def save(self, proof: ProofRound) -> None:
        await rows.change(self.transaction, proofs, _values(proof))

    async def latest(self, limit: int) -> Sequence[ProofRound]:
        query = select(proofs).order_by(proofs.c.due_at.desc()).limit(limit)
        return [_round(row) for row in await self.transaction.run(query)]


def _values(proof: ProofRound) -> Values:
    return {
        "due_at": proof.due_at,
        "begun_at": proof.begun_at,
        "ended_at": proof.ended_at,
        "after_account_id": proof.after,
        "accounts": proof.accounts,
        "lines": proof.lines,
        "breaches_total": proof.breaches_total,
        "breaches": json_text(proof.breaches),
        "claim": proof.claim,
        "claimed_until": proof.claimed_until,
    }


def _round(row: AnyRow) -> ProofRound:
    after = row.after_account_id
    return ProofRound(
        due_at=row.due_at,
        begun_at=row.begun_at,
        ended_at=row.ended_at,
        after=None if after is None else AccountId(after),
        accounts=row.accounts,
        lines=row.lines,
        breaches_total=row.breaches_total,
        breaches=json_value(row.breaches, tuple[Breach, ...]),
        claim=row.claim,
        claimed_until=row.claimed_until,
    )
