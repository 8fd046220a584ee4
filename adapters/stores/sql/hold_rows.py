"""The rows of holds: as tuples of columns, and as the JSON in which both engines hand over many."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from adapters.stores.sql.columns import instant_of, micros_of
from adapters.stores.sql.kept import Kept
from domain.credits.hold import Hold, HoldState, Silence
from domain.credits.ids import AccountId, GrantId, HoldId, TransactionId
from domain.credits.transaction import Allocation, TransactionText, TransactionType

HOLD = (
    "account_id",
    "id",
    "amount",
    "lots",
    "silence",
    "type",
    "purposes",
    "created_at",
    "expires_at",
    "reported",
    "usage",
    "salt",
    "description",
    "metadata",
    "state",
    "is_open",
    "ended_at",
    "captured",
    "shortfall",
    "transaction_id",
)

# What of a hold ever changes.
HOLD_CHANGES = (
    "amount",
    "lots",
    "expires_at",
    "reported",
    "usage",
    "state",
    "is_open",
    "ended_at",
    "captured",
    "shortfall",
    "transaction_id",
)

_ENCODER = msgspec.json.Encoder()
_LOTS = msgspec.json.Decoder(list[tuple[GrantId, int]])
_PURPOSES = msgspec.json.Decoder(frozenset[str])
_MANY = msgspec.json.Decoder(list[list[Any]])

# In the JSON that is loaded an instant is a number, on both engines.
_IN_JSON = Kept(
    instant=micros_of,
    instant_from=instant_of,
    day=lambda day: day.isoformat(),
    day_from=lambda day: day,
)


def hold_row(hold: Hold, kept: Kept) -> tuple[Any, ...]:
    """Return a hold as it is to be stored."""
    return (
        hold.account_id,
        hold.id,
        hold.amount,
        _ENCODER.encode([(part.grant_id, part.amount) for part in hold.lots]).decode(),
        hold.silence.value,
        hold.type,
        _ENCODER.encode(sorted(hold.purposes)).decode(),
        kept.instant(hold.created_at),
        kept.instant(hold.expires_at),
        hold.reported,
        hold.usage,
        hold.text.salt,
        hold.text.description,
        hold.text.metadata,
        hold.state.value,
        hold.is_open,
        None if hold.ended_at is None else kept.instant(hold.ended_at),
        hold.captured,
        hold.shortfall,
        hold.transaction_id,
    )


def hold_from(row: Any, kept: Kept) -> Hold:
    """Return the hold of a row."""
    ended_at: datetime | None = None if row[16] is None else kept.instant_from(row[16])
    return Hold(
        account_id=AccountId(row[0]),
        id=HoldId(row[1]),
        amount=row[2],
        lots=tuple(Allocation(*part) for part in _LOTS.decode(row[3])),
        silence=Silence(row[4]),
        type=TransactionType(row[5]),
        purposes=_PURPOSES.decode(row[6]),
        created_at=kept.instant_from(row[7]),
        expires_at=kept.instant_from(row[8]),
        reported=row[9],
        usage=row[10],
        text=TransactionText(salt=row[11], description=row[12], metadata=row[13]),
        state=HoldState(row[14]),
        ended_at=ended_at,
        captured=row[17],
        shortfall=row[18],
        transaction_id=None if row[19] is None else TransactionId(row[19]),
    )


def holds_from(text: str | None) -> Sequence[Hold]:
    """Return the holds of a JSON text of arrays, in the order of the columns; None is none."""
    if text is None:
        return ()
    return [hold_from(row, _IN_JSON) for row in _MANY.decode(text)]
