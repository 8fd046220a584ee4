"""Sums over stretches of ledgers, in the database."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen
from sqlalchemy import delete, select

from adapters.stores.sql import rows
from adapters.stores.sql.json_columns import json_text, json_value
from adapters.stores.sql.open_transaction import AnyRow, OpenTransaction
from adapters.stores.sql.tables.ledger_stretches import ledger_stretches
from application.ports.ledger_stretches import LedgerStretches
from domain.credits.ids import AccountId, GrantId
from domain.credits.stretch import Stretch
from domain.credits.transaction import TransactionType


@frozen
class SqlLedgerStretches(LedgerStretches):
    """Stretches by account and number."""

    transaction: OpenTransaction

    async def keep(self, stretch: Stretch) -> None:
        values = {
            "account_id": stretch.account_id,
            "number": stretch.number,
            "lines": stretch.lines,
            "ends_at": stretch.ends_at,
            "last_hash": stretch.last_hash,
            "received": json_text(stretch.received),
            "given": json_text(stretch.given),
        }
        await rows.put(self.transaction, ledger_stretches, values)

    async def forget(self, account_id: AccountId) -> None:
        own = ledger_stretches.c.account_id == account_id
        await self.transaction.run(delete(ledger_stretches).where(own))


async def stretches(
    transaction: OpenTransaction, account_id: AccountId, number: int, limit: int
) -> Sequence[Stretch]:
    """Return an account's stretches from a number on, in their order."""
    column = ledger_stretches.c
    own = select(ledger_stretches).where(column.account_id == account_id, column.number >= number)
    found = await transaction.run(own.order_by(column.number).limit(limit))
    return [_stretch(row) for row in found]


def _stretch(row: AnyRow) -> Stretch:
    return Stretch(
        account_id=AccountId(row.account_id),
        number=row.number,
        lines=row.lines,
        ends_at=row.ends_at,
        last_hash=row.last_hash,
        received=json_value(row.received, dict[GrantId, int]),
        given=json_value(row.given, dict[GrantId, dict[TransactionType, int]]),
    )
