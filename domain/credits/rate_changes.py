"""What differs between two rate cards, so that a person can look before it is published."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from domain.credits.rates import Rate, RateCard
from domain.credits.usage import UsageKind


@frozen(kw_only=True)
class RateChange:
    """One rate that comes, goes, or costs something else; `before` or `after` is None."""

    pattern: str
    kind: UsageKind
    before: Rate | None
    after: Rate | None


def rate_changes(before: RateCard, after: RateCard) -> Sequence[RateChange]:
    """Return every rate that differs, by pattern and kind. 2.5 and 2.50 do not differ."""
    old, new = _by_name(before), _by_name(after)
    kinds = list(UsageKind)
    names = sorted(old.keys() | new.keys(), key=lambda name: (name[0], kinds.index(name[1])))
    return tuple(
        RateChange(pattern=name[0], kind=name[1], before=old.get(name), after=new.get(name))
        for name in names
        if old.get(name) != new.get(name)
    )


def _by_name(card: RateCard) -> dict[tuple[str, UsageKind], Rate]:
    return {(rate.pattern, rate.kind): rate for rate in card.rates}
