"""What a unit of usage costs: rates by model and kind, in cards that never change."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from operator import attrgetter

from attrs import field, frozen

from domain.amount import AMOUNT_MAX, within
from domain.credits.errors import KindUnrated, ModelUnrated
from domain.credits.rated import PLACES, Rated, RatedLine, Rounding, decimal_text, rated_sum
from domain.credits.usage import Usage, UsageKind, model_name
from domain.errors import InvalidField

CREDITS_PLACES_MAX = 12
CREDITS_DIGITS_MAX = 16
RATES_MAX = 2000
NOTE_LENGTH_MAX = 500

# Powers of ten alone: so every exact cost is a decimal number with an end.
PER_ALLOWED: tuple[int, ...] = tuple(10**power for power in range(PLACES - CREDITS_PLACES_MAX + 1))

# What is charged where a model has no rate for the kind itself. A cache or its reasoning is
# a way to read or to write; sound, pictures and calls are nothing of the sort, so they need a rate.
FALLS_BACK_TO: Mapping[UsageKind, UsageKind] = {
    UsageKind.CACHED_INPUT: UsageKind.INPUT,
    UsageKind.CACHE_WRITE: UsageKind.INPUT,
    UsageKind.REASONING: UsageKind.OUTPUT,
}

_ANY = "*"
_CREDITS = re.compile(rf"[0-9]{{1,{CREDITS_DIGITS_MAX}}}(\.[0-9]{{1,{CREDITS_PLACES_MAX}}})?")


def credits_of(text: str) -> Decimal:
    """Read a rate's credits: digits, perhaps a point and at most twelve more. Raises InvalidField.

    Exact as it is written: a rate is never a float.
    """
    if _CREDITS.fullmatch(text) is None or not text.isascii():
        problem = (
            f"must be a decimal number such as 2.5, with at most {CREDITS_DIGITS_MAX} digits "
            f"before the point and {CREDITS_PLACES_MAX} after it"
        )
        raise InvalidField(path="credits", problem=problem)
    return Decimal(text)


@frozen(kw_only=True)
class Rate:
    """So many credits for every `per` units of a kind, for the models that a pattern means.

    In a pattern `*` stands for any characters, none included; everything else stands for itself.
    """

    pattern: str
    kind: UsageKind
    credits: Decimal
    per: int
    _parts: int = field(init=False, eq=False, repr=False)

    @_parts.default
    def _parts_of_a_unit(self) -> int:
        """Check what was said, and return what one unit costs, in parts of a credit."""
        model_name(self.pattern)
        text = f"{self.credits:f}"
        if credits_of(text) > AMOUNT_MAX:
            raise InvalidField(path="credits", problem=f"must be at most {AMOUNT_MAX}")
        if self.per not in PER_ALLOWED:
            problem = f"must be 1, 10, 100 and so on, at most {PER_ALLOWED[-1]}"
            raise InvalidField(path="per", problem=problem)
        # By its digits: a product of decimals would be rounded to so many of them.
        whole, _, places = text.partition(".")
        return int(whole + places.ljust(CREDITS_PLACES_MAX, "0")) * (PER_ALLOWED[-1] // self.per)

    @property
    def credits_text(self) -> str:
        """Return the credits as they are written: exact, with no exponent and no idle zero."""
        return decimal_text(self.parts(self.per))

    def parts(self, units: int) -> int:
        """Return what so many units cost, in parts of a credit: a product of whole numbers."""
        return units * self._parts


@frozen
class Pattern:
    """Which models a rate is for, and how specific that is.

    Of several patterns that mean a model the most specific counts, alone: one without `*` before
    one with it; then the one with more characters before its first `*`; then the one with more
    characters that are no `*`; then the one that comes first by code point.
    """

    text: str

    def means(self, model: str) -> bool:
        """Say whether the model is meant. Takes time in proportion to the model's name."""
        first, *others = self.text.split(_ANY)
        if not others:
            return model == first
        *between, last = others
        if not model.startswith(first) or len(model) < len(first) + len(last):
            return False
        at = len(first)
        for part in between:
            found = model.find(part, at, len(model) - len(last))
            if found < 0:
                return False
            at = found + len(part)
        return model.endswith(last)

    @property
    def rank(self) -> tuple[bool, int, int, str]:
        """Return what patterns are sorted by, the most specific first; no two share a rank."""
        prefix, star, _ = self.text.partition(_ANY)
        return (bool(star), -len(prefix), -len(self.text.replace(_ANY, "")), self.text)


Tariff = Mapping[UsageKind, Rate]
"""The rates of one pattern."""


def _in_order(rates: Iterable[Rate]) -> tuple[Rate, ...]:
    kinds = list(UsageKind)
    return tuple(sorted(rates, key=lambda rate: (rate.pattern, kinds.index(rate.kind))))


@frozen(kw_only=True)
class RateCard:
    """Every rate, as one version: in force from an instant until a later version is.

    A version never changes once it is published. Version 0 is the card of a new installation, which
    rates nothing.
    """

    version: int
    rates: tuple[Rate, ...] = field(converter=_in_order)
    rounding: Rounding = Rounding.UP
    effective_from: datetime
    published_at: datetime
    note: str = ""
    _literal: Mapping[str, Tariff] = field(init=False, eq=False, repr=False)
    _globs: Sequence[tuple[str, Pattern, Tariff]] = field(init=False, eq=False, repr=False)

    @_literal.default
    def _of_one_model(self) -> Mapping[str, Tariff]:
        tariffs = _tariffs(self.rates)
        return {text: tariff for text, tariff in tariffs.items() if _ANY not in text}

    @_globs.default
    def _of_many_models(self) -> Sequence[tuple[str, Pattern, Tariff]]:
        tariffs = _tariffs(self.rates)
        patterns = sorted(
            (Pattern(text) for text in tariffs if _ANY in text), key=attrgetter("rank")
        )
        return [(p.text.partition(_ANY)[0], p, tariffs[p.text]) for p in patterns]

    def __attrs_post_init__(self) -> None:
        within("version", self.version, least=0, most=AMOUNT_MAX)
        if not (1 if self.version else 0) <= len(self.rates) <= RATES_MAX:
            raise InvalidField(path="rates", problem=f"must be 1 to {RATES_MAX}")
        if len(self.note) > NOTE_LENGTH_MAX:
            problem = f"must have at most {NOTE_LENGTH_MAX} characters"
            raise InvalidField(path="note", problem=problem)

    def rated(self, usage: Usage) -> Rated:
        """Return what usage costs: the exact sum of its kinds, rounded once.

        Raises ModelUnrated, KindUnrated.
        """
        tariff = self._tariff(usage.model)
        lines: list[RatedLine] = []
        total = 0
        for kind, units in usage.units.items():
            rate = tariff.get(kind) or tariff.get(FALLS_BACK_TO.get(kind, kind))
            if rate is None:
                raise KindUnrated(model=usage.model, kind=kind.value, version=self.version)
            parts = rate.parts(units)
            total += parts
            lines.append(_line(kind, units, rate, parts))
        return rated_sum(usage, total, self.rounding, self.version, tuple(lines))

    def _tariff(self, model: str) -> Tariff:
        found = self._literal.get(model)
        if found is not None:
            return found
        for prefix, pattern, tariff in self._globs:
            if model.startswith(prefix) and pattern.means(model):
                return tariff
        raise ModelUnrated(model=model, version=self.version)


def card_before_any(now: datetime) -> RateCard:
    """Return the card of an installation that has published none: it rates nothing."""
    return RateCard(version=0, rates=(), effective_from=now, published_at=now)


def in_force(cards: Iterable[RateCard], at: datetime) -> RateCard | None:
    """Return the latest version whose time has come by the instant, or None."""
    begun = (card for card in cards if card.effective_from <= at)
    return max(begun, key=lambda card: card.version, default=None)


def _tariffs(rates: Sequence[Rate]) -> Mapping[str, Tariff]:
    tariffs: dict[str, dict[UsageKind, Rate]] = {}
    for rate in rates:
        of_pattern = tariffs.setdefault(rate.pattern, {})
        if rate.kind in of_pattern:
            problem = f"have two for '{rate.pattern}' and {rate.kind.value}"
            raise InvalidField(path="rates", problem=problem)
        of_pattern[rate.kind] = rate
    return tariffs


def _line(kind: UsageKind, units: int, rate: Rate, parts: int) -> RatedLine:
    return RatedLine(
        kind=kind,
        units=units,
        by=rate.kind,
        pattern=rate.pattern,
        credits=rate.credits_text,
        per=rate.per,
        exact=decimal_text(parts),
    )
