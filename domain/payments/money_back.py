"""On which orders money falls that goes back of a payment which paid several of them.

Both rules look at sums alone: whatever the order in which news of money comes, the end is the same.
"""

from __future__ import annotations

from collections.abc import Sequence

from domain.money import split


def shared_among(amount_minor: int, collected_minor: Sequence[int]) -> tuple[int, ...]:
    """Divide money that goes back among orders by what came in for each; the parts add up to it.

    Where nothing came in for any of them, it falls on the first.
    """
    if sum(collected_minor) == 0:
        return (amount_minor, *(0 for _ in collected_minor[1:]))
    return split(amount_minor, collected_minor)


def gone_of_each(gone_minor: Sequence[int], collected_minor: Sequence[int]) -> tuple[int, ...]:
    """Return how much is gone of each order, never more than came in for it.

    Where refunds of one order alone meet refunds of the whole payment, more may have been counted
    for an order than came in for it: the rest is gone of the others, by what is left of each.
    """
    pairs = list(zip(gone_minor, collected_minor, strict=True))
    own = [min(gone, collected) for gone, collected in pairs]
    left = [collected - part for part, (_, collected) in zip(own, pairs, strict=True)]
    beyond = min(sum(gone_minor) - sum(own), sum(left))
    if beyond == 0:
        return tuple(own)
    further = split(beyond, left)
    return tuple(part + more for part, more in zip(own, further, strict=True))
