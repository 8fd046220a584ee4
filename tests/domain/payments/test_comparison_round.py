"""A round of comparing goes from part to part, is claimed by one at a time, and begins again."""

from datetime import timedelta

import pytest
from attrs import evolve

from domain.payments.comparison_round import (
    LEASE,
    OVERLAP,
    PUT_OFF,
    ComparisonRound,
    Part,
    Track,
    parts_of,
)
from domain.payments.ids import Channel
from domain.payments.reconciliation import DRIFT_KEPT_MAX, Drift, DriftKind
from tests.support.clock import NOON

STRIPE = Channel("stripe")
PACE = timedelta(hours=1)
SECOND = timedelta(seconds=1)
DRIFT = Drift(channel=STRIPE, about="sub_1", problem="a price that no plan has")


def a_round(track: Track = Track.STANDING) -> ComparisonRound:
    return ComparisonRound.first(STRIPE, track, NOON - timedelta(days=7), NOON)


@pytest.mark.parametrize("track", Track)
def test_a_round_goes_through_its_parts_in_order_and_ends_with_the_last(track: Track) -> None:
    present, seen = a_round(track), []
    while present.ended_at is None:
        seen.append(present.part)
        assert present.advanced("somewhere", NOON).part is present.part
        present = present.advanced(None, NOON + SECOND)

    assert tuple(seen) == parts_of(track)
    assert (present.ended_at, present.compared_at) == (NOON + SECOND, NOON + SECOND)


def test_what_goes_back_is_listed_behind_the_checkouts_that_tell_whose_payment_it_was() -> None:
    parts = parts_of(Track.STANDING)

    assert parts.index(Part.CHECKOUTS) < parts.index(Part.LISTED)


def test_it_is_nobodys_turn_while_it_is_claimed_or_put_off() -> None:
    claimed = a_round().claimed("first", NOON)
    put_off = claimed.put_off("sub_7", NOON)

    assert not claimed.is_due(NOON + LEASE - SECOND, PACE)
    assert claimed.is_due(NOON + LEASE, PACE)
    assert not put_off.is_due(NOON + PUT_OFF - SECOND, PACE)
    assert put_off.is_due(NOON + PUT_OFF, PACE)
    assert (put_off.claim, put_off.after, put_off.is_unread) == (None, "sub_7", True)


def test_the_next_round_waits_for_its_pace_and_looks_back_to_before_this_one() -> None:
    over = evolve(a_round(Track.NEWS), after=None).advanced(None, NOON + 2 * SECOND)

    assert not over.is_due(NOON + PACE - SECOND, PACE)
    assert over.is_due(NOON + PACE, PACE)
    following = over.next(NOON + PACE)
    assert (following.since_at, following.begun_at) == (NOON - OVERLAP, NOON + PACE)
    assert (following.ended_at, following.compared_at) == (None, NOON + 2 * SECOND)


def test_all_differences_are_counted_and_the_first_ones_kept() -> None:
    counts = dict.fromkeys(DriftKind, 0) | {DriftKind.NEEDS_PERSON: 700}
    present = a_round().found(700, [DRIFT] * 700, counts).found(900, [DRIFT] * 700, counts)

    assert (present.compared, present.drift_total) == (1600, 1400)
    assert len(present.drift) == DRIFT_KEPT_MAX
    told = present.told()
    assert (told.compared, told.drift_total, told.drift) == (0, 0, ())
