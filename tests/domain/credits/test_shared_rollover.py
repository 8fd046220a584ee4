"""Lots that share a cap: together they carry over what is left, and never more than the cap."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.credits.grant import Rollover
from domain.credits.ids import HoldId
from domain.credits.transaction import ROLLOVER
from tests.domain.credits.claimed_books import Books
from tests.domain.credits.test_ends_of_lots import DAY, is_proved, nothing, with_lot
from tests.support.builders.credits import held, spent
from tests.support.clock import NOON, fresh_id

END = NOON + DAY
HOLD = HoldId("hold-1")


def sharing(most: int, pool: str | None = "month", *, days: int = 9) -> Rollover:
    return Rollover(most=most, until=NOON + days * DAY, pool=pool)


def carried(books: Books) -> int:
    return sum(line.amount for line in books.written.transactions if line.type == ROLLOVER)


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


def test_usage_paid_back_after_the_common_end_carries_nothing_over() -> None:
    books = Books()
    books.grants(1000, "order:1", days=30, rollover=sharing(100, days=400))
    books.grants(500, "order:2", days=30, rollover=sharing(100, days=400))
    books.spends(1200)
    books.passes(days=30)
    books.sweeps()
    assert carried(books) == 100

    books.pays_usage_back(400)
    books.passes(days=7)
    books.sweeps()

    assert carried(books) == books.balance == 100
    assert books.is_proved()


def test_what_a_claim_gives_back_after_the_common_end_carries_nothing_over() -> None:
    books = Books()
    books.grants(1000, "order:1", days=30, rollover=sharing(100, days=400))
    books.grants(500, "order:2", days=30, rollover=sharing(100, days=400))
    books.goes_back(1000, "order:1")
    books.passes(days=30)
    books.sweeps()

    books.goes_back(0, "order:1")
    books.passes(days=30)
    books.sweeps()

    assert carried(books) == books.balance == 100
    assert books.is_proved()


def test_a_lot_that_outlives_its_pool_by_a_dispute_carries_over_what_the_cap_leaves() -> None:
    books = Books()
    books.grants(50, "order:1", days=30, rollover=sharing(100, days=400))
    books.grants(70, "order:2", days=30, rollover=sharing(100, days=400))
    books.goes_back(0, "order:1", is_disputed=True)
    books.passes(days=5)
    books.goes_back(0, "order:1", is_disputed=False)
    books.passes(days=25)
    books.sweeps()
    assert carried(books) == 70

    books.passes(days=5)
    books.sweeps()

    assert carried(books) == books.balance == 100


def test_a_lot_that_outlives_its_pool_and_was_used_up_at_its_end_carries_nothing_over() -> None:
    books = Books()
    books.grants(1000, "order:1", days=30, priority=1, rollover=sharing(100, days=400))
    books.grants(500, "order:2", days=30, rollover=sharing(100, days=400))
    books.goes_back(0, "order:1", is_disputed=True)
    books.passes(days=5)
    books.goes_back(0, "order:1", is_disputed=False)
    books.spends(1000)
    books.passes(days=26)
    books.sweeps()
    assert carried(books) == 100

    books.pays_usage_back(400)
    books.passes(days=40)
    books.sweeps()

    assert carried(books) == books.balance == 100
    assert books.is_proved()


def test_usage_paid_back_before_the_end_is_carried_over_with_the_rest() -> None:
    books = Books()
    books.grants(1000, "order:1", days=30, rollover=sharing(100, days=400))
    books.spends(1000)
    books.pays_usage_back(400)
    books.passes(days=30)
    books.sweeps()

    assert carried(books) == books.balance == 100


@pytest.mark.parametrize("is_pooled", [True, False])
def test_a_lot_that_shares_its_cap_with_none_is_carried_over_after_a_refund_too(
    is_pooled: bool,
) -> None:
    books = Books()
    rollover = sharing(100, "month" if is_pooled else None, days=400)
    books.grants(1000, "order:1", days=30, rollover=rollover)
    books.spends(1000)
    books.passes(days=31)
    books.pays_usage_back(400)
    books.passes(days=7)
    books.sweeps()

    assert carried(books) == (0 if is_pooled else 100)


STEPS = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.one_of(
            st.tuples(st.just("spend"), st.integers(1, 300)),
            st.tuples(st.just("pay back"), st.integers(1, 300)),
            st.tuples(st.just("go back"), st.sampled_from([0, 50, 100])),
            st.tuples(st.just("dispute"), st.integers(0, 1)),
            st.tuples(st.just("wait"), st.integers(1, 9)),
        ),
    ),
    max_size=8,
)


@given(
    amounts=st.lists(st.integers(1, 120), min_size=2, max_size=4),
    most=st.integers(1, 50),
    before=STEPS,
    after=STEPS,
)
@settings(max_examples=600, deadline=None)
def test_whatever_is_spent_paid_back_and_claimed_a_pool_carries_over_no_more_than_its_cap(
    amounts: list[int],
    most: int,
    before: list[tuple[int, tuple[str, int]]],
    after: list[tuple[int, tuple[str, int]]],
) -> None:
    books, end_at = Books(), NOON + 30 * DAY
    for place, amount in enumerate(amounts):
        rollover = sharing(most, days=400)
        books.grants(amount, f"order:{place}", paid=100, days=30, rollover=rollover)

    for place, (step, size) in before:
        taken(books, f"order:{place % len(amounts)}", step, size)
    books.now = max(books.now, end_at)
    books.sweeps()
    for place, (step, size) in after:
        taken(books, f"order:{place % len(amounts)}", step, size)
    books.passes(days=200)
    books.sweeps()

    assert carried(books) <= most
    assert books.is_proved()


def taken(books: Books, cause: str, step: str, size: int) -> None:
    """Take one step of a life with a lot that was bought for this cause."""
    match step:
        case "spend":
            books.spends(size)
        case "pay back":
            books.pays_usage_back(size)
        case "go back":
            books.goes_back(size, cause)
        case "dispute":
            books.goes_back(books.payments[cause].part, cause, is_disputed=bool(size))
        case _:
            books.passes(days=size)
            books.sweeps()
