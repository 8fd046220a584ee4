"""Settling many lots at once: the same as one by one, and no dearer for each."""

import sys
from collections.abc import Callable
from datetime import timedelta
from types import FrameType

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from domain.credits.errors import InsufficientCredits
from domain.credits.grant import Rollover
from domain.credits.hold import HoldState, Silence
from domain.credits.holding import end_hold
from domain.credits.ids import GrantId
from domain.credits.posting import NewId, Posting
from domain.credits.settling import due, settled
from domain.credits.transaction import TransactionText
from domain.credits.wallet import Wallet
from tests.support.builders.credits import SOMEBODY, grant_terms, granted, held
from tests.support.clock import NOON, CountedIds

HOUR = timedelta(hours=1)
END = NOON + 30 * HOUR

hours = st.integers(0, 12)
Lot = tuple[int, int, int | None, int | None, tuple[int, int] | None]
lots = st.tuples(
    st.integers(1, 50),
    st.integers(1, 3),
    st.none() | hours,
    st.none() | st.integers(13, 20),
    st.none() | st.tuples(st.integers(1, 20), st.integers(1, 9)),
)
holds = st.tuples(st.integers(1, 60), st.integers(1, 24), st.sampled_from(Silence))


def one_by_one(posting: Posting, new_id: NewId) -> Posting:
    """Settle as the rule is told: the first thing that is due, then look again at everything."""
    while True:
        found = sorted(due(posting.wallet, END))
        if not found:
            return posting
        when, turn, name = found[0]
        then = posting.wallet.at(when)
        if turn.name == "HOLD_ENDS":
            (hold,) = [each for each in posting.wallet.holds if each.id == name]
            posting = end_hold(
                posting, hold, amount=hold.due, state=HoldState.EXPIRED, at=then, new_id=new_id
            )
            continue
        (lot,) = [each for each in posting.wallet.grants if each.id == name]
        if turn.name == "LOT_BEGINS":
            text = TransactionText(salt=new_id())
            posting = posting.with_credit(lot, then, new_id, text)
        else:
            posting = posting.with_end(lot, then, new_id)


def a_life(
    given_lots: list[Lot],
    given_holds: list[tuple[int, int, Silence]],
    owed: int,
) -> Wallet:
    """Return a wallet with lots that begin, end and roll over, open holds, and a debt."""
    wallet = Wallet(account_id=SOMEBODY)
    for amount, priority, begins, ends, rolls in given_lots:
        terms = grant_terms(
            amount=amount,
            priority=priority,
            effective_at=None if begins is None else NOON + begins * HOUR,
            expires_at=None if ends is None else NOON + ends * HOUR,
        )
        if rolls is not None and terms.expires_at is not None:
            most, longer = rolls
            rollover = Rollover(most=most, until=terms.expires_at + longer * HOUR)
            terms = evolve(terms, rollover=rollover)
        wallet = granted(wallet, terms).wallet
    for number, (amount, ends, silence) in enumerate(given_holds):
        try:
            ttl, name = ends * HOUR, f"hold-{number}"
            wallet = held(wallet, amount, id=name, ttl=ttl, silence=silence).wallet
        except InsufficientCredits:
            continue
    return evolve(wallet, overdrawn=owed, posted=wallet.posted - owed)


@given(st.lists(lots, max_size=12), st.lists(holds, max_size=4), st.integers(0, 40))
def test_many_at_once_come_to_the_same_as_one_after_the_other(
    given_lots: list[Lot],
    given_holds: list[tuple[int, int, Silence]],
    owed: int,
) -> None:
    wallet = a_life(given_lots, given_holds, owed)

    at_once = settled(Posting(wallet=wallet), END, CountedIds(lane=9))

    assert at_once == one_by_one(Posting(wallet=wallet), CountedIds(lane=9))


@given(st.lists(lots, min_size=1, max_size=6))
def test_what_was_posted_before_stays_in_front(
    given_lots: list[Lot],
) -> None:
    before = granted(a_life(given_lots, [], 0), grant_terms(amount=5, expires_at=NOON + HOUR))

    at_once = settled(before, END, CountedIds(lane=9))

    assert at_once == one_by_one(before, CountedIds(lane=9))


def with_lots(count: int) -> Wallet:
    """Return a wallet with so many lots that all end within a day."""
    wallet = granted(Wallet(account_id=SOMEBODY), grant_terms(amount=1, expires_at=END)).wallet
    (lot,) = wallet.grants
    lots = tuple(
        evolve(lot, id=GrantId(f"lot-{number:06}"), expires_at=NOON + timedelta(seconds=1 + number))
        for number in range(count)
    )
    return evolve(wallet, grants=lots, posted=count)


def calls_of(work: Callable[[], object]) -> int:
    """Count the calls that some work makes: a number free of noise."""
    calls = 0

    def count(_frame: FrameType, event: str, _of: object) -> None:
        nonlocal calls
        calls += event in {"call", "c_call"}

    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(None)
    return calls


def test_twice_as_many_lots_cost_twice_as_much() -> None:
    few, many = with_lots(200), with_lots(400)

    cost_of_few = calls_of(lambda: few.settle(END, CountedIds()))
    cost_of_many = calls_of(lambda: many.settle(END, CountedIds()))

    assert cost_of_many < 2.2 * cost_of_few


def test_ten_thousand_lots_that_are_due_at_once_are_posted_in_one_go() -> None:
    posting = with_lots(10_000).settle(END, CountedIds())

    assert [line.seq for line in posting.transactions] == list(range(2, 10_002))
    assert (posting.wallet.posted, posting.wallet.grants) == (0, ())
