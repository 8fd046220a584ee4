"""Refunds: how far they come, and which news is about which."""

from itertools import permutations

import pytest
from attrs import evolve

from domain.errors import InvalidField
from domain.payments.provider_event import RefundStatus
from domain.payments.refund import RefundState
from tests.support.builders.payments import a_refund, an_order
from tests.support.clock import NOON

R = RefundState
MOVES = {
    (R.REQUESTED, R.PENDING),
    (R.REQUESTED, R.SUCCEEDED),
    (R.REQUESTED, R.FAILED),
    (R.PENDING, R.SUCCEEDED),
    (R.PENDING, R.FAILED),
    (R.SUCCEEDED, R.FAILED),
}


@pytest.mark.parametrize("before", R)
@pytest.mark.parametrize("after", R)
def test_a_refund_moves_only_as_the_table_says(before: RefundState, after: RefundState) -> None:
    refund = a_refund(an_order(), state=before)

    assert refund.can_become(after) is ((before, after) in MOVES)


@pytest.mark.parametrize("before", R)
@pytest.mark.parametrize("status", RefundStatus)
def test_news_moves_a_refund_on_or_not_at_all(before: RefundState, status: RefundStatus) -> None:
    refund = a_refund(an_order(), state=before)
    state = RefundState(status.value)

    told = refund.told("re_1", status, NOON)

    assert told.state is (state if (before, state) in MOVES else before)
    assert told.provider_refund_id == "re_1"


def test_news_in_any_order_ends_in_the_same_state() -> None:
    for order in permutations(RefundStatus):
        refund = a_refund(an_order())
        for status in order:
            refund = refund.told("re_1", status, NOON)
        assert refund.state is R.FAILED

    for order in permutations((RefundStatus.PENDING, RefundStatus.SUCCEEDED)):
        refund = a_refund(an_order())
        for status in order:
            refund = refund.told(None, status, NOON)
        assert refund.state is R.SUCCEEDED


def test_the_first_name_a_provider_gives_a_refund_stays() -> None:
    refund = a_refund(an_order(), provider_refund_id="re_1")

    assert refund.told("re_2", RefundStatus.PENDING, NOON).provider_refund_id == "re_1"
    assert refund.told(None, RefundStatus.PENDING, NOON).provider_refund_id == "re_1"


@pytest.mark.parametrize(
    ("state", "counts", "may_count"),
    [
        (R.REQUESTED, False, True),
        (R.PENDING, True, True),
        (R.SUCCEEDED, True, True),
        (R.FAILED, False, False),
    ],
)
def test_a_refund_counts_while_its_money_goes_back(
    state: RefundState, counts: bool, may_count: bool
) -> None:
    refund = a_refund(an_order(), state=state)

    assert (refund.counts, refund.may_count) == (counts, may_count)


@pytest.mark.parametrize(
    ("state", "name", "amount", "could_be"),
    [
        (R.REQUESTED, None, 100, True),
        (R.PENDING, None, 100, True),
        (R.REQUESTED, None, 99, False),
        (R.REQUESTED, "re_1", 100, False),
        (R.SUCCEEDED, None, 100, False),
        (R.FAILED, None, 100, False),
    ],
)
def test_news_without_a_known_name_is_about_an_open_refund_of_that_amount(
    state: RefundState, name: str | None, amount: int, could_be: bool
) -> None:
    refund = a_refund(an_order(), state=state, provider_refund_id=name)

    assert refund.could_be(amount) is could_be


def test_what_the_provider_would_not_do_has_failed_with_its_reason() -> None:
    refused = a_refund(an_order()).refused("the payment is too old", NOON)

    assert (refused.state, refused.failure) == (R.FAILED, "the payment is too old")
    with pytest.raises(AssertionError):
        refused.refused("again", NOON)


@pytest.mark.parametrize("value", [-1, 1.5, True], ids=repr)
def test_a_refund_is_in_whole_minor_units(value: int) -> None:
    with pytest.raises(InvalidField):
        evolve(a_refund(an_order()), amount_minor=value)
