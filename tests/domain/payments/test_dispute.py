"""Disputes: open until somebody decides, and then decided by the newest word."""

from datetime import datetime, timedelta
from itertools import permutations, product

import pytest
from attrs import evolve

from domain.errors import InvalidField
from domain.payments.provider_event import DisputeStatus
from tests.support.builders.payments import a_dispute, an_order
from tests.support.clock import NOON

D = DisputeStatus
HOUR = timedelta(hours=1)
MOVES = {
    *((D.INQUIRY, after) for after in (D.OPEN, D.WON, D.LOST)),
    *((D.OPEN, after) for after in (D.WON, D.LOST)),
    (D.WON, D.LOST),
    (D.LOST, D.WON),
}


@pytest.mark.parametrize("before", D)
@pytest.mark.parametrize("after", D)
def test_a_dispute_moves_only_as_the_table_says(
    before: DisputeStatus, after: DisputeStatus
) -> None:
    dispute = a_dispute(an_order(), status=before)

    assert dispute.can_become(after) is ((before, after) in MOVES)
    told = dispute.told(after, NOON + HOUR, NOON)
    assert told.status is (after if (before, after) in MOVES else before)


@pytest.mark.parametrize(
    ("before", "status", "after_hours", "ends"),
    [
        (D.INQUIRY, D.OPEN, -1, D.OPEN),
        (D.INQUIRY, D.WON, -1, D.WON),
        (D.OPEN, D.INQUIRY, 1, D.OPEN),
        (D.WON, D.INQUIRY, 1, D.WON),
        (D.OPEN, D.WON, -1, D.WON),
        (D.OPEN, D.LOST, -1, D.LOST),
        (D.WON, D.OPEN, 1, D.WON),
        (D.LOST, D.OPEN, 1, D.LOST),
        (D.WON, D.LOST, -1, D.WON),
        (D.WON, D.LOST, 0, D.WON),
        (D.WON, D.LOST, 1, D.LOST),
        (D.LOST, D.WON, -1, D.LOST),
        (D.LOST, D.WON, 0, D.WON),
        (D.LOST, D.WON, 1, D.WON),
    ],
)
def test_an_older_word_never_undoes_a_newer(
    before: DisputeStatus, status: DisputeStatus, after_hours: int, ends: DisputeStatus
) -> None:
    dispute = a_dispute(an_order(), status=before)

    told = dispute.told(status, NOON + after_hours * HOUR, NOON)

    assert told.status is ends


@pytest.mark.parametrize("first", [D.INQUIRY, D.OPEN])
def test_words_in_any_order_end_in_the_same_status(first: DisputeStatus) -> None:
    words: list[tuple[DisputeStatus, datetime]] = [
        (status, NOON + hours * HOUR) for status, hours in product(D, (1, 2))
    ]
    for count in (2, 3, 4):
        for chosen in permutations(words, count):
            told = a_dispute(an_order(), status=first)
            for status, as_of in chosen:
                told = told.told(status, as_of, NOON)
            again = a_dispute(an_order(), status=first)
            for status, as_of in sorted(chosen, key=lambda word: (word[1], word[0].value)):
                again = again.told(status, as_of, NOON)
            assert told.status is again.status, chosen


def test_what_is_repeated_changes_nothing() -> None:
    lost = a_dispute(an_order()).told(D.LOST, NOON + HOUR, NOON)

    assert lost.told(D.LOST, NOON + HOUR, NOON + HOUR) == lost
    assert lost.told(D.LOST, NOON, NOON + HOUR) == lost


@pytest.mark.parametrize("value", [-1, 1.5, True], ids=repr)
def test_a_dispute_is_in_whole_minor_units(value: int) -> None:
    with pytest.raises(InvalidField):
        evolve(a_dispute(an_order()), amount_minor=value)
