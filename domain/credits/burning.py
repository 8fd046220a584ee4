"""Which lots pay for what, in which order, and what becomes of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from domain.credits.grant import Grant
from domain.credits.ids import OVERDRAFT, GrantId
from domain.credits.posting import Posting
from domain.credits.scope import Purposes
from domain.credits.transaction import Allocation


def chosen(
    grants: Iterable[Grant], amount: int, at: datetime, purposes: Purposes
) -> tuple[Allocation, ...]:
    """Return the lots that pay for an amount, in burn order; what they lack is owed.

    The caller has checked that the account may owe that much.
    """
    allocations: list[Allocation] = []
    missing = amount
    for grant in grants:
        if missing == 0:
            break
        free = grant.free
        if free and grant.is_spendable(at, purposes):
            part = min(missing, free)
            allocations.append(Allocation(grant.id, part))
            missing -= part
    if missing:
        allocations.append(Allocation(OVERDRAFT, missing))
    return tuple(allocations)


def drawn(posting: Posting, allocations: Iterable[Allocation]) -> tuple[Sequence[Grant], int]:
    """Return the lots without what each of them pays, and what none of them does."""
    lots = _lots(posting)
    changed: list[Grant] = []
    owed = 0
    for part in allocations:
        if part.grant_id == OVERDRAFT:
            owed += part.amount
        else:
            changed.append(lots[part.grant_id].drawn(part.amount))
    return changed, owed


def pinned(posting: Posting, chosen_lots: Iterable[Allocation]) -> Posting:
    """Set aside in each lot what a hold has chosen of it."""
    return _repinned(posting, chosen_lots, 1)


def unpinned(posting: Posting, chosen_lots: Iterable[Allocation]) -> Posting:
    """Let each lot have again what a hold had set aside in it."""
    return _repinned(posting, chosen_lots, -1)


def _repinned(posting: Posting, chosen_lots: Iterable[Allocation], sign: int) -> Posting:
    lots = _lots(posting)
    return posting.with_grants(
        lots[part.grant_id].with_pinned(sign * part.amount)
        for part in chosen_lots
        if part.grant_id != OVERDRAFT
    )


def merged(allocations: Iterable[Allocation]) -> tuple[Allocation, ...]:
    """Return the allocations with one entry for each lot, in the order of first mention."""
    sums: dict[GrantId, int] = {}
    for part in allocations:
        sums[part.grant_id] = sums.get(part.grant_id, 0) + part.amount
    return tuple(Allocation(lot, amount) for lot, amount in sums.items())


def _lots(posting: Posting) -> dict[GrantId, Grant]:
    return {grant.id: grant for grant in posting.wallet.grants}
