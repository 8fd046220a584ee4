"""What usage costs: which rate counts, what stands in for one, and how the sum is rounded."""

from datetime import timedelta
from decimal import Decimal

import pytest

from domain.amount import AMOUNT_MAX
from domain.credits.errors import KindUnrated, ModelUnrated
from domain.credits.rate_changes import rate_changes
from domain.credits.rated import Rounding, UsageText
from domain.credits.rates import (
    FALLS_BACK_TO,
    PER_ALLOWED,
    RATES_MAX,
    Pattern,
    RateCard,
    card_before_any,
    credits_of,
    in_force,
)
from domain.credits.usage import Usage, UsageKind
from domain.errors import InvalidField
from tests.support.builders.rates import GPT, a_card, a_rate, usage_of
from tests.support.clock import NOON


@pytest.mark.parametrize("model", ["", "x" * 121, " gpt", "gpt ", "g\npt", "g\x00pt"])
def test_a_model_without_a_proper_name_is_refused(model: str) -> None:
    with pytest.raises(InvalidField) as refusal:
        usage_of(model, input=1)

    assert refusal.value.path == "model"


@pytest.mark.parametrize("count", [-1, AMOUNT_MAX + 1, True])
def test_a_count_that_is_none_is_refused_by_its_kind(count: int) -> None:
    with pytest.raises(InvalidField) as refusal:
        Usage(model=GPT, units={UsageKind.INPUT: 5, UsageKind.CACHED_INPUT: count})

    assert refusal.value.path == "cached_input"


@pytest.mark.parametrize("units", [{}, {UsageKind.INPUT: 0}])
def test_usage_of_nothing_is_refused(units: dict[UsageKind, int]) -> None:
    with pytest.raises(InvalidField) as refusal:
        Usage(model=GPT, units=units)

    assert refusal.value.path == "units"


def test_a_count_of_none_says_nothing_and_order_does_not_matter() -> None:
    one = Usage(model=GPT, units={UsageKind.OUTPUT: 2, UsageKind.INPUT: 1, UsageKind.IMAGE: 0})
    other = Usage(model=GPT, units={UsageKind.INPUT: 1, UsageKind.OUTPUT: 2})

    assert one == other
    assert list(one.units) == list(other.units)


@pytest.mark.parametrize(
    "text",
    [
        *("", "-1", "+1", "1e3", ".5", "5.", "1,5", " 1", "1 ", "1\n", "NaN", "0x1", "1_000", "٣"),
        *("0.0000000000001", "11111111111111111"),
    ],
)
def test_a_rate_is_written_as_a_plain_decimal_number(text: str) -> None:
    with pytest.raises(InvalidField) as refusal:
        credits_of(text)

    assert refusal.value.path == "credits"


@pytest.mark.parametrize("credits", ["NaN", "Infinity", "-1", "-0", "1E+20", "1E-13", "1E-400"])
def test_a_rate_that_cannot_be_counted_exactly_is_refused(credits: str) -> None:
    with pytest.raises(InvalidField) as refusal:
        a_rate(credits=credits)

    assert refusal.value.path == "credits"


@pytest.mark.parametrize("per", [0, -1, 2, 60, 999, 10**10])
def test_units_are_sold_by_powers_of_ten(per: int) -> None:
    with pytest.raises(InvalidField) as refusal:
        a_rate(per=per)

    assert refusal.value.path == "per"


def test_a_rate_may_not_exceed_what_can_be_counted() -> None:
    with pytest.raises(InvalidField):
        a_rate(credits=str(AMOUNT_MAX + 1))

    assert a_rate(credits=str(AMOUNT_MAX)).credits_text == str(AMOUNT_MAX)


def test_two_rates_for_the_same_are_refused() -> None:
    with pytest.raises(InvalidField, match="two for 'gpt-4o' and input"):
        a_card(a_rate(credits="1"), a_rate(credits="2"))


def test_a_published_card_has_a_rate_and_not_too_many() -> None:
    with pytest.raises(InvalidField):
        RateCard(version=1, rates=(), effective_from=NOON, published_at=NOON)
    with pytest.raises(InvalidField):
        a_card(*(a_rate(f"m{n}") for n in range(RATES_MAX + 1)))

    assert len(a_card(*(a_rate(f"m{n}") for n in range(RATES_MAX))).rates) == RATES_MAX


def test_a_note_has_its_limit() -> None:
    with pytest.raises(InvalidField) as refusal:
        a_card(note="x" * 501)

    assert refusal.value.path == "note"


def test_the_parts_are_summed_exactly_and_rounded_once() -> None:
    # 812 and 230 tokens: 2.03 and 2.3 credits. Rounded each, they would be 3 and 3.
    rated = a_card(version=7).rated(usage_of(input=812, output=230))

    assert (rated.credits, rated.exact, rated.version) == (5, "4.33", 7)
    assert [(line.kind, line.exact) for line in rated.lines] == [
        (UsageKind.INPUT, "2.03"),
        (UsageKind.OUTPUT, "2.3"),
    ]


@pytest.mark.parametrize(
    ("rounding", "units", "expected"),
    [
        (Rounding.UP, 1, 1),
        (Rounding.UP, 10, 1),
        (Rounding.UP, 11, 2),
        (Rounding.NEAREST, 4, 0),
        (Rounding.NEAREST, 5, 1),
        (Rounding.NEAREST, 14, 1),
        (Rounding.NEAREST, 15, 2),
        (Rounding.DOWN, 9, 0),
        (Rounding.DOWN, 10, 1),
        (Rounding.DOWN, 19, 1),
    ],
)
def test_each_way_of_rounding(rounding: Rounding, units: int, expected: int) -> None:
    card = a_card(a_rate(credits="1", per=10), rounding=rounding)

    assert card.rated(usage_of(input=units)).credits == expected


@pytest.mark.parametrize("rounding", Rounding)
def test_a_whole_cost_is_not_rounded(rounding: Rounding) -> None:
    card = a_card(a_rate(credits="0.1", per=1), rounding=rounding)

    assert card.rated(usage_of(input=30)).credits == 3


def test_a_model_may_be_free() -> None:
    rated = a_card(a_rate(credits="0")).rated(usage_of(input=1_000_000))

    assert (rated.credits, rated.exact) == (0, "0")


def test_the_smallest_cost_there_is_still_shows() -> None:
    card = a_card(a_rate(credits="0.000000000001", per=PER_ALLOWED[-1]))

    rated = card.rated(usage_of(input=1))

    assert (rated.credits, rated.exact) == (1, "0.000000000000000000001")


def test_a_cost_beyond_what_can_be_counted_is_refused() -> None:
    card = a_card(a_rate(credits="1", per=1))

    assert card.rated(usage_of(input=AMOUNT_MAX)).credits == AMOUNT_MAX
    with pytest.raises(InvalidField, match="costs more"):
        a_card(a_rate(credits="1.1", per=1)).rated(usage_of(input=AMOUNT_MAX))


def test_a_model_without_a_rate_is_refused_by_name() -> None:
    with pytest.raises(ModelUnrated) as refusal:
        a_card(version=3).rated(usage_of("claude", input=1))

    assert (refusal.value.model, refusal.value.version) == ("claude", 3)
    assert "'claude'" in str(refusal.value)
    assert "POST /admin/rates" in str(refusal.value)


def test_an_installation_without_rates_refuses_every_model() -> None:
    with pytest.raises(ModelUnrated) as refusal:
        card_before_any(NOON).rated(usage_of(input=1))

    assert refusal.value.version == 0


@pytest.mark.parametrize(
    ("kind", "by"),
    [
        (UsageKind.CACHED_INPUT, UsageKind.INPUT),
        (UsageKind.CACHE_WRITE, UsageKind.INPUT),
        (UsageKind.REASONING, UsageKind.OUTPUT),
    ],
)
def test_what_a_rate_stands_in_for(kind: UsageKind, by: UsageKind) -> None:
    usage = Usage(model=GPT, units={kind: 1000})

    (line,) = a_card().rated(usage).lines

    assert (line.kind, line.by) == (kind, by)
    assert line.exact == {"input": "2.5", "output": "10"}[by.value]


def test_a_rate_of_its_own_counts_before_the_one_that_stands_in() -> None:
    card = a_card(a_rate(), a_rate(kind=UsageKind.CACHED_INPUT, credits="0.25"))

    (line,) = card.rated(usage_of(cached_input=1000)).lines

    assert (line.by, line.exact) == (UsageKind.CACHED_INPUT, "0.25")


@pytest.mark.parametrize("kind", sorted(set(UsageKind) - set(FALLS_BACK_TO), key=str))
def test_nothing_stands_in_for_any_other_kind(kind: UsageKind) -> None:
    other = UsageKind.OUTPUT if kind is UsageKind.INPUT else UsageKind.INPUT
    card = a_card(a_rate(kind=other), a_rate(kind=UsageKind.CACHE_WRITE))

    with pytest.raises(KindUnrated) as refusal:
        card.rated(Usage(model=GPT, units={other: 1, kind: 1}))

    assert (refusal.value.model, refusal.value.kind) == (GPT, kind.value)


@pytest.mark.parametrize(
    ("pattern", "meant", "not_meant"),
    [
        ("gpt-4o", ["gpt-4o"], ["gpt-4o-mini", "GPT-4o", "gpt-4"]),
        ("*", ["x", "gpt-4o", "a*b"], []),
        ("gpt-*", ["gpt-", "gpt-4o"], ["gpt", "my-gpt-4o"]),
        ("*-mini", ["-mini", "gpt-4o-mini"], ["gpt-4o-mini-2", "mini"]),
        ("a*a", ["aa", "aba"], ["a", "ab"]),
        ("a*b*a", ["aba", "axxbxxa"], ["ab", "aa", "abab"]),
        ("a**b", ["ab", "axb"], ["a"]),
        ("a.c", ["a.c"], ["abc"]),
        ("[a-z]?", ["[a-z]?"], ["b"]),
        ("*ab*ab", ["abab", "xabxab"], ["ab", "aab"]),
    ],
)
def test_which_models_a_pattern_means(pattern: str, meant: list[str], not_meant: list[str]) -> None:
    assert [model for model in meant + not_meant if Pattern(pattern).means(model)] == meant


def test_the_most_specific_pattern_counts() -> None:
    least_first = ["*", "*4*", "*o-mini", "gpt-*", "gpt-*-mini", "gpt-4o-*", GPT + "-mini"]

    for most in range(1, len(least_first) + 1):
        rates = [a_rate(pattern, credits=str(n)) for n, pattern in enumerate(least_first[:most])]
        (line,) = a_card(*rates).rated(usage_of("gpt-4o-mini", input=1)).lines
        assert line.pattern == least_first[most - 1]


def test_of_patterns_equally_specific_the_first_by_name_counts() -> None:
    (line,) = a_card(a_rate("g*b*"), a_rate("g*a*")).rated(usage_of("g-ab", input=1)).lines

    assert line.pattern == "g*a*"


def test_the_rates_of_two_patterns_are_never_mixed() -> None:
    card = a_card(a_rate("gpt-*"), a_rate("*", UsageKind.REQUEST, "1", 1))

    with pytest.raises(KindUnrated):
        card.rated(usage_of(input=1, request=1))


def test_the_card_in_force_is_the_latest_version_whose_time_has_come() -> None:
    day = timedelta(days=1)
    cards = [
        a_card(version=1, effective_from=NOON),
        a_card(version=2, effective_from=NOON + 3 * day),
        a_card(version=3, effective_from=NOON + day),
    ]

    found = [in_force(cards, NOON + n * day) for n in (-1, 0, 1, 2, 3, 9)]

    assert [card.version if card else None for card in found] == [None, 1, 3, 3, 3, 3]


def test_the_text_that_is_kept_is_always_the_same() -> None:
    rated = a_card(version=3).rated(usage_of("gpt-4o", output=230, input=812))

    assert rated.as_text() == (
        '{"model":"gpt-4o","units":{"input":812,"output":230},'
        '"version":3,"exact":"4.33","credits":5}'
    )
    assert UsageText.read(rated.as_text()).usage == rated.usage


def test_what_differs_between_two_cards_is_listed_in_order() -> None:
    before = a_card(a_rate("a"), a_rate("b"), a_rate("c", credits="2.5"))
    after = a_card(a_rate("b", credits="3"), a_rate("c", credits="2.50"), a_rate("d"))

    changes = rate_changes(before, after)

    assert [(change.pattern, change.kind) for change in changes] == [
        ("a", UsageKind.INPUT),
        ("b", UsageKind.INPUT),
        ("d", UsageKind.INPUT),
    ]
    gone, changed, new = changes
    assert (gone.after, new.before) == (None, None)
    assert changed.before is not None
    assert changed.after is not None
    assert (changed.before.credits, changed.after.credits) == (Decimal("2.5"), Decimal(3))
    assert rate_changes(after, after) == ()
