"""What is shared by bringing accounts in from elsewhere: rows, keys, and what became of each."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
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


Said = Mapping[str, str | int | datetime | None]
"""What a row says, by names that never change; what it leaves out, or says as None, is the same."""

_FORM = "1"


def key_of(kind: str, account_id: AccountId, key: str, said: Said) -> RequestKey:
    """Return the key under which a row is brought in once: bound to all that the row says."""
    return RequestKey(
        owner=account_id,
        caller=Caller.SYSTEM,
        key=f"import:{kind}:{key}",
        fingerprint=_fingerprint({**said, "account_id": account_id, "key": key}),
    )


def _fingerprint(said: Said) -> str:
    """Digest a row in a written form that no release changes: keys are kept for ever.

    Each entry has its length before it, so that no two rows are written alike.
    """
    entries = [f"{name}={_written(said[name])}" for name in sorted(said) if said[name] is not None]
    text = "".join(f"{len(each)}:{each}," for each in [_FORM, *entries])
    return hashlib.sha256(text.encode()).hexdigest()


def _written(value: str | int | datetime | None) -> str:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)


def refused(line: int, account_id: AccountId, refusal: BillingError) -> ImportedRow:
    """Return what became of a row that breaks a rule."""
    return ImportedRow(
        line=line,
        account_id=account_id,
        outcome=RowOutcome.REFUSED,
        said=str(refusal),
        code=refusal.code,
    )
