"""Whole amounts: what counts as one, and what is refused by name."""

import pytest
from attrs import field, frozen

from domain.amount import AMOUNT_MAX, is_whole, not_negative, positive, within
from domain.errors import InvalidField


@frozen
class Counted:
    amount: int = field(validator=positive)


@frozen
class Left:
    amount: int = field(validator=not_negative)


NOT_WHOLE = (True, False, 1.0, 1.5, "1", None, float("nan"), float("inf"), 1e3, b"1", [1])


@pytest.mark.parametrize("value", NOT_WHOLE, ids=repr)
@pytest.mark.parametrize("kind", [Counted, Left])
def test_what_is_no_integer_proper_is_refused(kind: type, value: object) -> None:
    with pytest.raises(InvalidField) as refusal:
        kind(value)

    assert refusal.value.path == "amount"
    assert "whole number" in refusal.value.problem


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Counted, 0),
        (Counted, -1),
        (Counted, AMOUNT_MAX + 1),
        (Counted, 2**64),
        (Left, -1),
        (Left, AMOUNT_MAX + 1),
        (Left, 10**400),
    ],
)
def test_an_amount_out_of_bounds_is_refused(kind: type, value: int) -> None:
    with pytest.raises(InvalidField) as refusal:
        kind(value)

    assert refusal.value.path == "amount"


@pytest.mark.parametrize(
    ("kind", "value"), [(Counted, 1), (Counted, AMOUNT_MAX), (Left, 0), (Left, AMOUNT_MAX)]
)
def test_an_amount_may_lie_on_its_bounds(kind: type, value: int) -> None:
    assert kind(value).amount == value


@pytest.mark.parametrize("value", [0, 11, True, 5.0, "5"], ids=repr)
def test_within_refuses_what_lies_outside_and_names_the_path(value: int) -> None:
    with pytest.raises(InvalidField) as refusal:
        within("a.b", value, least=1, most=10)

    assert refusal.value.path == "a.b"


@pytest.mark.parametrize("value", [1, 10])
def test_within_takes_both_ends(value: int) -> None:
    assert within("a", value, least=1, most=10) == value


def test_the_largest_amount_is_exact_in_every_reader_of_json() -> None:
    assert float(AMOUNT_MAX) == AMOUNT_MAX
    assert float(AMOUNT_MAX + 2) != AMOUNT_MAX + 2


def test_a_boolean_is_no_whole_number() -> None:
    assert not is_whole(True)
    assert is_whole(1)
