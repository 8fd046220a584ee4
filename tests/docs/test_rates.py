"""The numbers of the page on rates, recomputed with the rules themselves."""

import re
from decimal import Decimal
from math import ceil

from application.credits.steps.rate_desk import CHECKED_EVERY_S, TRUSTED_S
from domain.credits.rated import Rated, Rounding
from domain.credits.rates import (
    CREDITS_DIGITS_MAX,
    CREDITS_PLACES_MAX,
    FALLS_BACK_TO,
    PER_ALLOWED,
    Pattern,
    Rate,
    RateCard,
)
from domain.credits.usage import MODEL_LENGTH_MAX, Usage, UsageKind
from entrypoints.http.usage import FIELD_OF
from tests.docs.pages import page, plain
from tests.support.builders.rates import a_card, a_rate, usage_of

RATES = page("rates")
KIND_OF = {name: kind for kind, name in FIELD_OF.items()}


def the_card() -> RateCard:
    rows = RATES.table("model", "kind", "credits", "per")
    return a_card(
        *(
            Rate(
                pattern=plain(model),
                kind=UsageKind(plain(kind)),
                credits=Decimal(price),
                per=int(per),
            )
            for model, kind, price, per in rows
        )
    )


def the_call(model: str) -> Rated:
    rows = RATES.table("count", "units", "rate", "exact cost")
    units = {KIND_OF[plain(name)]: int(count) for name, count, *_ in rows if count}
    return the_card().rated(Usage(model=model, units=units))


def test_the_worked_example_is_what_the_rules_give() -> None:
    *lines, total, charged = RATES.table("count", "units", "rate", "exact cost")
    rated = the_call("gpt-4o")

    found = [
        (f"`{FIELD_OF[line.kind]}`", str(line.units), f"`{line.by.value}`", line.exact)
        for line in rated.lines
    ]

    assert found == lines
    assert (total[3], charged[3]) == (rated.exact, str(rated.credits))


def test_the_sentence_below_it_is_true() -> None:
    other = the_call("gpt-5")
    one_by_one = sum(ceil(Decimal(line.exact)) for line in the_call("gpt-4o").lines)

    said = re.search(
        r"would make (\d+)\. The same call of `gpt-5` .* costs ([\d.]+), so (\d+)", RATES.text
    )

    assert said is not None
    assert said.groups() == (str(one_by_one), other.exact, str(other.credits))


def test_every_kind_stands_in_the_table_with_its_field_and_what_stands_in_for_it() -> None:
    rows = RATES.table("kind", "field of usage")

    said = {plain(kind): (plain(name), plain(without)) for kind, name, _, without in rows}

    assert said == {
        kind.value: (
            FIELD_OF[kind],
            f"by the rate for {FALLS_BACK_TO[kind].value}" if kind in FALLS_BACK_TO else "refused",
        )
        for kind in UsageKind
    }


def test_the_order_of_patterns_is_that_of_the_table() -> None:
    rows = RATES.table("", "rule", "so")

    pairs = [re.findall(r"`([^`]+)` before `([^`]+)`", row[2]) for row in rows]

    compared = [pair for (pair,) in filter(None, pairs)]
    assert len(compared) == 3
    for first, second in compared:
        assert Pattern(first).rank < Pattern(second).rank


def test_each_way_of_rounding_gives_what_the_table_says() -> None:
    header = ("4.01", "4.5", "4")
    rows = RATES.table("`rounding`", "the sum becomes", *header)

    said = {plain(row[0].partition(",")[0]): row[2:] for row in rows}

    assert said == {
        rounding.value: tuple(charged(cost, rounding) for cost in header) for rounding in Rounding
    }


def charged(cost: str, rounding: Rounding) -> str:
    card = a_card(a_rate(credits=cost, per=1), rounding=rounding)
    return str(card.rated(usage_of(input=1)).credits)


def test_the_limits_are_those_of_the_code() -> None:
    text = RATES.text

    assert f"at most {MODEL_LENGTH_MAX} characters" in text
    assert f"at most {CREDITS_DIGITS_MAX} digits before the point" in text
    assert f"and {CREDITS_PLACES_MAX} after it" in text
    assert f"up to {PER_ALLOWED[-1]}" in text
    assert f"within {TRUSTED_S:g} seconds, in a busy process just after {CHECKED_EVERY_S:g}" in text
    assert f"known cards count for {TRUSTED_S:g} seconds" in text
