"""What a lot is, as a digest, which the line that credits it keeps and the hash chain covers."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

from domain.credits.grant import Grant

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
# Half of SHA-256: nobody finds other terms with the same 128 bits.
_LENGTH = 32


def lot_seal(grant: Grant) -> str:
    """Return the digest of what decides for what, when and in which order a lot is spent.

    That is where it came from, its category, priority, scope, cost, and its life. All of it stays
    as it was, but for the end: a line that gives credits back to a lot that is over gives it time
    as well, and seals it anew.

    Three things it does not say. The time that a frozen lot gets back without a line is left out:
    the proof only bounds it, by the time for which the lot has counted. A lot that has not taken
    effect has no line, and so no seal. What a lot carries over after its end (`rollover`) changes
    while it is used, and is left out.
    """
    cost, end_at = grant.cost, grant.expires_at
    told = (
        grant.id,
        grant.source.value,
        grant.category.value,
        grant.priority,
        _microseconds(grant.created_at),
        _microseconds(grant.effective_at),
        None if end_at is None else _microseconds(end_at - grant.stood_still),
        None if cost is None else (cost.amount_minor, cost.currency),
        grant.scope.entries,
        grant.parent,
    )
    return hashlib.sha256(repr(told).encode()).hexdigest()[:_LENGTH]


def _microseconds(at: datetime) -> int:
    return (at - _EPOCH) // _MICROSECOND
