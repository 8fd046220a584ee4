"""Money that goes back of a payment which paid several orders: on which of them it falls."""

from collections.abc import Sequence
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.payments.money_back import gone_of_each, shared_among

sums = st.integers(min_value=0, max_value=10**9)
orders = st.lists(st.tuples(sums, sums), min_size=1, max_size=4)


@pytest.mark.parametrize(
    ("amount", "collected", "expected"),
    [
        (3600, (2900, 700), (2900, 700)),
        (1800, (2900, 700), (1450, 350)),
        (1, (2900, 700), (1, 0)),
        (100, (500,), (100,)),
        (0, (500,), (0,)),
        # A bank may take back another amount than was paid.
        (7200, (2900, 700), (5800, 1400)),
        (100, (0, 0), (100, 0)),
    ],
)
def test_money_goes_back_of_orders_by_what_came_in_for_each(
    amount: int, collected: Sequence[int], expected: Sequence[int]
) -> None:
    assert shared_among(amount, collected) == expected


@pytest.mark.parametrize(
    ("gone", "collected", "expected"),
    [
        ((1450, 350), (2900, 700), (1450, 350)),
        # The change was given back by itself; then the rest of the payment was.
        ((2336, 564 + 700), (2900, 700), (2900, 700)),
        # A cent at a time falls on the dearer one alone, until nothing is left of it.
        ((3000, 0), (2900, 700), (2900, 100)),
        ((5800, 1400), (2900, 700), (2900, 700)),
        ((600,), (500,), (500,)),
        ((0, 0), (0, 0), (0, 0)),
    ],
)
def test_no_more_is_gone_of_an_order_than_came_in_for_it(
    gone: Sequence[int], collected: Sequence[int], expected: Sequence[int]
) -> None:
    assert gone_of_each(gone, collected) == expected


@given(amount=sums, collected=st.lists(sums, min_size=1, max_size=4))
def test_the_parts_of_money_that_goes_back_add_up_to_it(amount: int, collected: list[int]) -> None:
    parts = shared_among(amount, collected)

    assert sum(parts) == amount
    if sum(collected) > 0:
        exact = [Fraction(amount * each, sum(collected)) for each in collected]
        assert all(abs(part - share) < 1 for part, share in zip(parts, exact, strict=True))


@given(pairs=orders)
def test_what_is_gone_of_all_is_all_that_is_gone_as_far_as_it_came_in(
    pairs: list[tuple[int, int]],
) -> None:
    gone, collected = [each for each, _ in pairs], [each for _, each in pairs]

    found = gone_of_each(gone, collected)

    assert sum(found) == min(sum(gone), sum(collected))
    assert all(0 <= part <= whole for part, whole in zip(found, collected, strict=True))
    assert all(
        part >= min(own, whole) for part, own, whole in zip(found, gone, collected, strict=True)
    )


@given(pairs=orders, more=st.integers(min_value=0, max_value=10**6))
def test_more_that_goes_back_of_a_payment_never_makes_less_gone_of_all(
    pairs: list[tuple[int, int]], more: int
) -> None:
    gone, collected = [each for each, _ in pairs], [each for _, each in pairs]

    before = sum(gone_of_each(gone, collected))
    after = sum(gone_of_each([gone[0] + more, *gone[1:]], collected))

    assert before <= after
