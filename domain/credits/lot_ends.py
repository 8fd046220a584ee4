"""How lots will end by time alone: what of each lapses, and what lives on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from attrs import frozen

from domain.credits.grant import Grant


@frozen(kw_only=True)
class LotEnd:
    """The end that a lot comes to if nothing of it is spent: `rolled` credits live on then."""

    grant: Grant
    at: datetime
    rolled: int


def lot_ends(grants: Iterable[Grant], now: datetime) -> Sequence[LotEnd]:
    """Return the ends of the lots that count at an instant and age, in the lots' own order."""
    ends: list[LotEnd] = []
    carried: dict[str, int] = {}
    for grant in grants:
        if grant.expires_at is None or grant.is_frozen or not grant.is_live(now):
            continue
        rolled = grant.rolling(grant.expires_at)
        if rolled and grant.rollover is not None and grant.rollover.pool is not None:
            # Lots of one pool share a cap, which those before them may have filled.
            before = carried.get(grant.rollover.pool, 0)
            rolled = max(0, min(rolled, grant.rollover.most - grant.rolled - before))
            carried[grant.rollover.pool] = before + rolled
        ends.append(LotEnd(grant=grant, at=grant.expires_at, rolled=rolled))
    return ends
