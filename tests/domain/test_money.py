"""Money: its shape, shares of it that never exceed it, and splits that add up."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.amount import AMOUNT_MAX
from domain.errors import InvalidField
from domain.money import Money, share, split

amounts = st.integers(min_value=0, max_value=AMOUNT_MAX)
weights = st.lists(st.integers(min_value=0, max_value=10**9), min_size=1, max_size=24).filter(any)


@pytest.mark.parametrize("currency", ["", "usd", "US", "USDT", "U$D", "ÜSD", "USD\n", " USD", None])
def test_what_is_no_currency_code_is_refused(currency: str) -> None:
    with pytest.raises(InvalidField) as refusal:
        Money(1, currency)

    assert refusal.value.path == "currency"


@pytest.mark.parametrize("amount", [-1, 1.0, True, "1", AMOUNT_MAX + 1], ids=repr)
def test_what_is_no_amount_of_minor_units_is_refused(amount: int) -> None:
    with pytest.raises(InvalidField):
        Money(amount, "USD")


@pytest.mark.parametrize(
    ("amount", "part", "whole", "expected"),
    [(999, 10, 100, 99), (1, 99, 100, 0), (0, 1, 3, 0), (999, 100, 100, 999), (100, 0, 7, 0)],
)
def test_a_share_is_rounded_down(amount: int, part: int, whole: int, expected: int) -> None:
    assert share(amount, part, whole) == expected


@given(amount=amounts, part=st.integers(0, 10**6), rest=st.integers(0, 10**6))
def test_a_share_is_exact_and_never_exceeds_the_amount(amount: int, part: int, rest: int) -> None:
    whole = part + rest or 1

    taken = share(amount, min(part, whole), whole)

    exact = Fraction(amount * min(part, whole), whole)
    assert 0 <= taken <= amount
    assert 0 <= exact - taken < 1


@given(amount=amounts, part=st.integers(0, 1000), rest=st.integers(1, 1000))
def test_two_shares_that_make_the_whole_lose_at_most_one_unit(
    amount: int, part: int, rest: int
) -> None:
    both = share(amount, part, part + rest) + share(amount, rest, part + rest)

    assert amount - 1 <= both <= amount


@pytest.mark.parametrize(
    ("amount", "by", "expected"),
    [
        (100, [1, 1, 1], (34, 33, 33)),
        (2, [1, 1, 1], (1, 1, 0)),
        (10, [0, 1], (0, 10)),
        (9900, [1] * 12, (825,) * 12),
        (7, [3, 3, 1], (3, 3, 1)),
        (0, [5], (0,)),
    ],
)
def test_what_is_left_over_goes_to_who_lost_most(
    amount: int, by: list[int], expected: tuple[int, ...]
) -> None:
    assert split(amount, by) == expected


@given(amount=amounts, by=weights)
def test_the_parts_of_a_split_add_up_and_lie_within_one_unit_of_their_due(
    amount: int, by: list[int]
) -> None:
    parts = split(amount, by)

    assert sum(parts) == amount
    for part, weight in zip(parts, by, strict=True):
        assert abs(part - Fraction(amount * weight, sum(by))) < 1
        assert part >= 0
