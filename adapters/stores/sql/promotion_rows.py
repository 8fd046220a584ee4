"""Lists inside rows of the promotions area: JSON text, or nothing for an empty list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from domain.credits.scope import NO_SCOPE, Scope
from domain.money import Money
from domain.promotions.effect import BonusLot

_DECODER = msgspec.json.Decoder(list[str])
_AMOUNTS = msgspec.json.Decoder(list[tuple[int, str]])


def json_of(texts: Iterable[str]) -> str | None:
    """Return texts as they are kept."""
    listed = list(texts)
    return msgspec.json.encode(listed).decode() if listed else None


def list_of(kept: str | None) -> Sequence[str]:
    """Return texts that are kept."""
    return () if kept is None else _DECODER.decode(kept)


def json_of_amounts(amounts: Iterable[Money]) -> str | None:
    """Return amounts of money as they are kept."""
    listed = [(each.amount_minor, each.currency) for each in amounts]
    return msgspec.json.encode(listed).decode() if listed else None


def amounts_of(kept: str | None) -> tuple[Money, ...]:
    """Return amounts of money that are kept."""
    return () if kept is None else tuple(Money(*each) for each in _AMOUNTS.decode(kept))


def lot_of(lifetime_days: int | None, scope: str | None) -> BonusLot:
    """Return how bonus credits live, from the two columns that say so."""
    entries = tuple(list_of(scope))
    return BonusLot(lifetime_days=lifetime_days, scope=Scope(entries) if entries else NO_SCOPE)
