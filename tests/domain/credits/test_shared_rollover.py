"""Lots that share a cap: together they carry over what is left, and never more than the cap."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.credits.grant import Rollover
from domain.credits.ids import HoldId
from domain.credits.transaction import ROLLOVER
from tests.domain.credits.test_ends_of_lots import DAY, is_proved, nothing, with_lot
from tests.support.builders.credits import held, spent
from tests.support.clock import NOON, fresh_id

END = NOON + DAY
HOLD = HoldId("hold-1")


def sharing(most: int, pool: str | None = "month") -> Rollover:
    return Rollover(most=most, until=NOON + 9 * DAY, pool=pool)


@given(
    amounts=st.lists(st.integers(1, 100), min_size=1, max_size=5),
    most=st.integers(1, 300),
    data=st.data(),
)
def test_lots_of_one_pool_carry_over_all_that_is_left_up_to_the_cap(
    amounts: list[int], most: int, data: st.DataObject
) -> None:
    posting = nothing()
    for amount in amounts:
        posting = with_lot(posting, amount, days=1, rollover=sharing(most))
    gone = data.draw(st.integers(0, sum(amounts)))
    if gone:
        posting = posting.then(spent(posting.wallet, gone))
    left = sum(amounts) - gone

    expiring = posting.wallet.expiring(NOON)

    assert (0 if expiring is None else expiring.amount) == max(0, left - most)
    assert posting.wallet.balance(END) == min(left, most)
    posting = posting.then(posting.wallet.settle(END, fresh_id))
    assert posting.wallet.balance(END) == min(left, most)
    assert is_proved(posting)


@given(
    amounts=st.lists(st.integers(1, 100), min_size=1, max_size=5),
    most=st.integers(1, 300),
    data=st.data(),
)
def test_what_a_hold_gives_back_after_the_end_fills_no_more_than_the_cap_has_room_for(
    amounts: list[int], most: int, data: st.DataObject
) -> None:
    posting = nothing()
    for amount in amounts:
        posting = with_lot(posting, amount, days=1, rollover=sharing(most))
    aside = data.draw(st.integers(1, sum(amounts)))
    posting = posting.then(held(posting.wallet, aside, id=HOLD, ttl=DAY))
    late = END - timedelta(seconds=1)
    posting = posting.then(posting.wallet.extend(HOLD, ttl=DAY, now=late, new_id=fresh_id))
    posting = posting.then(posting.wallet.settle(END, fresh_id))

    posting = posting.then(posting.wallet.release(HOLD, now=END, new_id=fresh_id))

    rolled = sum(line.amount for line in posting.transactions if line.type == ROLLOVER)
    assert rolled == posting.wallet.balance(END) == min(sum(amounts), most)
    assert is_proved(posting)


def test_lots_of_other_pools_or_of_none_have_caps_of_their_own() -> None:
    posting = nothing()
    for pool in ("month", "month", "another", None, None):
        posting = with_lot(posting, 100, days=1, rollover=sharing(60, pool))

    assert posting.wallet.balance(END) == 4 * 60
