"""What usage costs: exact to the last digit, rounded once, with the rates it came from."""

from __future__ import annotations

import json
from enum import Enum

from attrs import frozen

from domain.amount import AMOUNT_MAX
from domain.credits.usage import Usage, UsageKind
from domain.errors import InvalidField

# Exact costs are counted in parts of a credit so small that every rate is a whole number of them:
# twelve places of a rate, and nine more for units sold by the thousand million.
PLACES = 21
_ONE: int = 10**PLACES


class Rounding(Enum):
    """How an exact cost becomes whole credits: once a spend, over the sum of all its parts."""

    UP = "up"
    """To the next whole credit: whatever costs anything costs at least one."""
    NEAREST = "nearest"
    """To the nearest whole credit, from a half on upwards."""
    DOWN = "down"
    """To the whole credits that were used up."""

    def whole(self, parts: int) -> int:
        """Return the whole credits for so many parts of a credit."""
        match self:
            case Rounding.UP:
                return -(-parts // _ONE)
            case Rounding.NEAREST:
                return (2 * parts + _ONE) // (2 * _ONE)
            case Rounding.DOWN:
                return parts // _ONE


def decimal_text(parts: int) -> str:
    """Write parts of a credit as a decimal number: exact, with no exponent and no idle zero."""
    whole, rest = divmod(parts, _ONE)
    return f"{whole}.{rest:0{PLACES}d}".rstrip("0").rstrip(".")


@frozen(kw_only=True)
class RatedLine:
    """What the units of one kind cost: `credits` for every `per` of them, by the rate for `by`.

    `by` is another kind where the model has no rate for the kind itself. `exact` is in credits.
    """

    kind: UsageKind
    units: int
    by: UsageKind
    pattern: str
    credits: str
    per: int
    exact: str


@frozen(kw_only=True)
class Rated:
    """Usage with its cost by one version of the rates: in whole credits, and exactly."""

    usage: Usage
    credits: int
    exact: str
    version: int
    lines: tuple[RatedLine, ...]

    def as_text(self) -> str:
        """Return what the ledger keeps beside the transaction; UsageText reads it."""
        return UsageText(
            usage=self.usage, version=self.version, exact=self.exact, credits=self.credits
        ).as_text()


@frozen(kw_only=True)
class UsageText:
    """What a transaction keeps of rated usage, from which its version of the rates tells the rest.

    As text it is JSON with its keys in one order, so that the same usage at the same rates always
    gives the same text, which a digest can cover.
    """

    usage: Usage
    version: int
    exact: str
    credits: int

    def as_text(self) -> str:
        """Return the one way in which this is written."""
        written = {
            "model": self.usage.model,
            "units": {kind.value: count for kind, count in self.usage.units.items()},
            "version": self.version,
            "exact": self.exact,
            "credits": self.credits,
        }
        return json.dumps(written, separators=(",", ":"), ensure_ascii=False)

    @classmethod
    def read(cls, text: str) -> UsageText:
        """Return what `as_text` wrote; anything else is a fault of ours, and raises."""
        read = json.loads(text)
        units = {UsageKind(kind): count for kind, count in read["units"].items()}
        return cls(
            usage=Usage(model=read["model"], units=units),
            version=read["version"],
            exact=read["exact"],
            credits=read["credits"],
        )


def rated_sum(
    usage: Usage, parts: int, rounding: Rounding, version: int, lines: tuple[RatedLine, ...]
) -> Rated:
    """Round the sum of the parts, once. Raises InvalidField if it cannot be counted everywhere."""
    whole = rounding.whole(parts)
    if whole > AMOUNT_MAX:
        raise InvalidField(path="usage", problem=f"costs more than {AMOUNT_MAX} credits")
    return Rated(
        usage=usage, credits=whole, exact=decimal_text(parts), version=version, lines=lines
    )
