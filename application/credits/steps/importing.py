"""What is shared by bringing accounts in from elsewhere: rows, keys, and what became of each."""

from __future__ import annotations

import hashlib
from enum import Enum

from attrs import frozen

from application.ports.idempotency import Caller, RequestKey
from domain.credits.ids import AccountId
from domain.errors import BillingError

ROWS_MAX = 200


class RowOutcome(Enum):
    """What became of a row, or what would."""

    DONE = "done"
    ALREADY_THERE = "already_there"
    REFUSED = "refused"


@frozen(kw_only=True)
class ImportedRow:
    """What became of one row, by its line in the file; `said` tells it in words."""

    line: int
    account_id: AccountId
    outcome: RowOutcome
    said: str
    code: str | None = None


def key_of(kind: str, account_id: AccountId, key: str, content: object) -> RequestKey:
    """Return the key under which a row is brought in once: bound to all that the row says."""
    fingerprint = hashlib.sha256(repr(content).encode()).hexdigest()
    return RequestKey(
        owner=account_id,
        caller=Caller.SYSTEM,
        key=f"import:{kind}:{key}",
        fingerprint=fingerprint,
    )


def refused(line: int, account_id: AccountId, refusal: BillingError) -> ImportedRow:
    """Return what became of a row that breaks a rule."""
    return ImportedRow(
        line=line,
        account_id=account_id,
        outcome=RowOutcome.REFUSED,
        said=str(refusal),
        code=refusal.code,
    )
