"""Usage on the wire: how a model and its counts are said, and how their cost is shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from attrs import frozen
from msgspec import Meta

from domain.amount import AMOUNT_MAX
from domain.credits.rated import Rated, RatedLine, UsageText
from domain.credits.usage import MODEL_LENGTH_MAX, Usage, UsageKind
from domain.errors import InvalidField
from entrypoints.http.values import Credits

ModelName = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=MODEL_LENGTH_MAX,
        description="The model, as the rates name it; upper and lower case are told apart.",
        examples=["gpt-4o"],
    ),
]
Count = Annotated[int, Meta(ge=0, le=AMOUNT_MAX, description="Units used; none counts twice.")]
Decimal = Annotated[str, Meta(description="Credits as an exact decimal number.", examples=["4.33"])]
RateVersion = Annotated[
    int, Meta(ge=0, description="A version of the rates; 0 before any was published.")
]

FIELD_OF: Mapping[UsageKind, str] = {
    UsageKind.INPUT: "input_tokens",
    UsageKind.OUTPUT: "output_tokens",
    UsageKind.CACHED_INPUT: "cached_input_tokens",
    UsageKind.CACHE_WRITE: "cache_write_tokens",
    UsageKind.REASONING: "reasoning_tokens",
    UsageKind.AUDIO: "audio_tokens",
    UsageKind.IMAGE: "images",
    UsageKind.REQUEST: "requests",
}
"""What the count of a kind is called in a body."""


@frozen(kw_only=True)
class UsageBody:
    """What was used: a model, and how many units of each kind, at least one in all.

    Every unit stands in one count: cached input is not in `input_tokens`, and reasoning not in
    `output_tokens`.
    """

    model: ModelName
    input_tokens: Count = 0
    output_tokens: Count = 0
    cached_input_tokens: Count = 0
    cache_write_tokens: Count = 0
    reasoning_tokens: Count = 0
    audio_tokens: Count = 0
    images: Count = 0
    requests: Count = 0

    def __attrs_post_init__(self) -> None:
        if not any(self._units().values()):
            raise InvalidField(path="input_tokens", problem="or another count must be above zero")
        self.usage()

    def usage(self) -> Usage:
        """Return the usage in the domain's words. Raises InvalidField."""
        return Usage(model=self.model, units=self._units())

    def _units(self) -> Mapping[UsageKind, int]:
        return {kind: getattr(self, name) for kind, name in FIELD_OF.items()}


@frozen(kw_only=True, slots=False)
class RatedLineView:
    """What the units of one kind cost: `credits` for every `per` of them.

    `rated_as` is another kind where the model has no rate for the kind itself; `pattern` is what
    the rate is for.
    """

    kind: UsageKind
    units: Count
    rated_as: UsageKind
    pattern: str
    credits: Decimal
    per: int
    exact: Decimal

    @classmethod
    def of(cls, line: RatedLine) -> RatedLineView:
        """Return the line as it is shown."""
        return cls(
            kind=line.kind,
            units=line.units,
            rated_as=line.by,
            pattern=line.pattern,
            credits=line.credits,
            per=line.per,
            exact=line.exact,
        )


@frozen(kw_only=True, slots=False)
class RatedView:
    """Usage and its cost: the sum of the lines is `exact`, and rounded once it is `credits`."""

    model: ModelName
    credits: Credits
    exact: Decimal
    rate_version: RateVersion
    lines: tuple[RatedLineView, ...]

    @classmethod
    def of(cls, rated: Rated) -> RatedView:
        """Return rated usage as it is shown."""
        return cls(
            model=rated.usage.model,
            credits=rated.credits,
            exact=rated.exact,
            rate_version=rated.version,
            lines=tuple(RatedLineView.of(line) for line in rated.lines),
        )


@frozen(kw_only=True, slots=False)
class KeptUsageView:
    """What was used, as the ledger keeps it: the units, and their cost by one version of the rates.

    `GET /admin/rates/{version}` says what those rates were.
    """

    model: ModelName
    units: Mapping[str, Count]
    exact: Decimal
    credits: Credits
    rate_version: RateVersion

    @classmethod
    def of(cls, text: str | None) -> KeptUsageView | None:
        """Return kept usage as it is shown, or None where an amount was said."""
        if text is None:
            return None
        kept = UsageText.read(text)
        return cls(
            model=kept.usage.model,
            units={FIELD_OF[kind]: count for kind, count in kept.usage.units.items()},
            exact=kept.exact,
            credits=kept.credits,
            rate_version=kept.version,
        )
