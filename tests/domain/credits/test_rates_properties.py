"""Rating, against a second account of it in fractions and regular expressions, in large numbers."""

import re
from decimal import Decimal
from fractions import Fraction
from functools import cmp_to_key
from random import Random

import pytest
from attrs import evolve

from domain.amount import AMOUNT_MAX
from domain.credits.errors import KindUnrated, ModelUnrated
from domain.credits.rated import Rated, Rounding, UsageText
from domain.credits.rates import FALLS_BACK_TO, PER_ALLOWED, Pattern, Rate, RateCard
from domain.credits.usage import Usage, UsageKind
from domain.errors import InvalidField
from tests.support.builders.rates import a_card

ROUNDS = 300
SEEDS = range(12)
LETTERS = "ab-"


def some_name(chance: Random, letters: str = LETTERS) -> str:
    return "".join(chance.choices(letters, k=chance.randint(1, 6)))


def some_rate(chance: Random, pattern: str, kind: UsageKind) -> Rate:
    whole = chance.randint(0, 10 ** chance.randint(0, 5))
    places = "".join(chance.choices("0123456789", k=chance.randint(1, 12)))
    price = Decimal(f"{whole}.{places}")
    return Rate(pattern=pattern, kind=kind, credits=price, per=chance.choice(PER_ALLOWED))


def some_card(chance: Random) -> RateCard:
    patterns = {some_name(chance, LETTERS + "*") for _ in range(chance.randint(1, 8))}
    rates = [
        some_rate(chance, pattern, kind)
        for pattern in sorted(patterns)
        for kind in chance.sample(list(UsageKind), chance.randint(1, 8))
    ]
    chance.shuffle(rates)
    return a_card(*rates, rounding=chance.choice(list(Rounding)))


def some_usage(chance: Random) -> Usage:
    kinds = chance.sample(list(UsageKind), chance.choice((1, 1, 2, 3, 8)))
    units = {kind: chance.randint(1, 10 ** chance.randint(0, 9)) for kind in kinds}
    return Usage(model=some_name(chance), units=units)


def rated_or_none(card: RateCard, usage: Usage) -> Rated | None:
    try:
        return card.rated(usage)
    except (ModelUnrated, KindUnrated, InvalidField):
        return None


def is_meant(pattern: str, model: str) -> bool:
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), model) is not None


def compared(one: str, other: str) -> int:
    """Say which pattern is more specific, rule after rule, as the page on rates states them."""
    if ("*" in one) != ("*" in other):
        return 1 if "*" in one else -1
    for size in (_prefix_length, _letters):
        if size(one) != size(other):
            return size(other) - size(one)
    return (one > other) - (one < other)


def _prefix_length(pattern: str) -> int:
    return len(pattern.partition("*")[0])


def _letters(pattern: str) -> int:
    return len(pattern.replace("*", ""))


def expected_cost(card: RateCard, usage: Usage) -> Fraction | None:
    meant = [rate for rate in card.rates if is_meant(rate.pattern, usage.model)]
    if not meant:
        return None
    chosen = min({rate.pattern for rate in meant}, key=cmp_to_key(compared))
    by_kind = {rate.kind: rate for rate in meant if rate.pattern == chosen}
    total = Fraction(0)
    for kind, count in usage.units.items():
        rate = by_kind.get(kind) or by_kind.get(FALLS_BACK_TO.get(kind, kind))
        if rate is None:
            return None
        total += count * Fraction(rate.credits) / rate.per
    return total


@pytest.mark.parametrize("seed", SEEDS)
def test_a_cost_is_the_exact_sum_rounded_once(seed: int) -> None:
    chance = Random(f"cost {seed}")
    found = 0

    for _ in range(ROUNDS):
        card, usage = some_card(chance), some_usage(chance)
        rated, expected = rated_or_none(card, usage), expected_cost(card, usage)
        assert (rated is None) == (expected is None)
        if rated is None or expected is None:
            continue
        found += 1
        assert Fraction(rated.exact) == expected
        assert sum(Fraction(line.exact) for line in rated.lines) == expected
        assert rated.credits >= 0
        assert abs(rated.credits - expected) < 1
        match card.rounding:
            case Rounding.UP:
                assert rated.credits >= expected
            case Rounding.DOWN:
                assert rated.credits <= expected
            case Rounding.NEAREST:
                assert -Fraction(1, 2) < rated.credits - expected <= Fraction(1, 2)

    assert found > ROUNDS // 10


@pytest.mark.parametrize("seed", SEEDS)
def test_more_units_never_cost_less(seed: int) -> None:
    chance = Random(f"monotone {seed}")

    for _ in range(ROUNDS):
        card, usage = some_card(chance), some_usage(chance)
        kind = chance.choice(list(usage.units))
        more = {**usage.units, kind: usage.units[kind] + chance.randint(1, 10**6)}
        first = rated_or_none(card, usage)
        second = rated_or_none(card, evolve(usage, units=more))
        if first is not None and second is not None:
            assert first.credits <= second.credits
            assert Fraction(first.exact) <= Fraction(second.exact)


@pytest.mark.parametrize("seed", SEEDS)
def test_used_at_once_costs_no_more_than_used_in_two_parts(seed: int) -> None:
    chance = Random(f"parts {seed}")

    for _ in range(ROUNDS):
        card = evolve(some_card(chance), rounding=Rounding.UP)
        one, other = some_usage(chance), some_usage(chance)
        both = {
            kind: one.units.get(kind, 0) + other.units.get(kind, 0)
            for kind in one.units.keys() | other.units.keys()
        }
        parts = [rated_or_none(card, part) for part in (one, evolve(other, model=one.model))]
        whole = rated_or_none(card, evolve(one, units=both))
        if whole is not None and parts[0] is not None and parts[1] is not None:
            separately = parts[0].credits + parts[1].credits
            assert separately - 1 <= whole.credits <= separately


@pytest.mark.parametrize("seed", SEEDS)
def test_patterns_have_one_order_whatever_order_they_come_in(seed: int) -> None:
    chance = Random(f"order {seed}")

    for _ in range(ROUNDS):
        patterns = list({some_name(chance, LETTERS + "*") for _ in range(6)})
        chance.shuffle(patterns)
        by_rank = sorted(patterns, key=lambda text: Pattern(text).rank)
        assert by_rank == sorted(patterns, key=cmp_to_key(compared))
        assert len({Pattern(text).rank for text in patterns}) == len(patterns)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_pattern_means_what_the_regular_expression_does(seed: int) -> None:
    chance = Random(f"meant {seed}")

    for _ in range(10 * ROUNDS):
        pattern, model = some_name(chance, "ab**"), some_name(chance, "aab")
        assert Pattern(pattern).means(model) is is_meant(pattern, model), (pattern, model)


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_kept_reads_as_it_was_written(seed: int) -> None:
    chance = Random(f"text {seed}")

    for _ in range(ROUNDS):
        model = chance.choice(['q"uote', "back\\slash", "ü☕", "a/b:c", "gpt-4o", "{}"])
        card = a_card(some_rate(chance, "*", UsageKind.INPUT), version=chance.randint(1, 10**6))
        counts = chance.randint(1, 10 ** chance.randint(0, 6))
        rated = rated_or_none(card, Usage(model=model, units={UsageKind.INPUT: counts}))
        assert rated is not None
        kept = UsageText.read(rated.as_text())
        assert kept.as_text() == rated.as_text()
        assert (kept.usage, kept.version) == (rated.usage, rated.version)
        assert (kept.exact, kept.credits) == (rated.exact, rated.credits)
        assert kept.credits <= AMOUNT_MAX
        assert card.rated(kept.usage) == rated
