"""What time has decided is posted by whoever comes next: lots that took effect, lots that ended."""

from datetime import timedelta

import pytest
from attrs import evolve

from domain.credits.posting import Posting
from domain.credits.transaction import EXPIRATION, PURCHASE, LedgerAccount
from domain.credits.wallet import Wallet
from tests.support.builders.credits import SOMEBODY, a_wallet, grant_terms, granted, spent
from tests.support.clock import NOON, CountedIds

DAY = timedelta(days=1)


def _wallet_with(*lots: tuple[int, int | None, int | None]) -> Wallet:
    """Return a wallet with lots of (amount, days until it counts, days until it is over)."""
    wallet = Wallet(account_id=SOMEBODY)
    for amount, starts, ends in lots:
        terms = grant_terms(
            amount=amount,
            effective_at=None if starts is None else NOON + starts * DAY,
            expires_at=None if ends is None else NOON + ends * DAY,
        )
        wallet = granted(wallet, terms).wallet
    return wallet


@pytest.mark.parametrize(
    ("lots", "day", "lines", "balance"),
    [
        ([(10, None, None)], 99, [], 10),
        ([(10, None, 2)], 1, [], 10),
        ([(10, None, 2)], 2, [-10], 0),
        ([(10, 2, None)], 1, [], 0),
        ([(10, 2, None)], 2, [10], 10),
        ([(10, 2, 3)], 2, [10], 10),
        ([(10, 2, 3)], 3, [10, -10], 0),
        ([(10, 2, 3)], 99, [10, -10], 0),
        ([(10, None, 4), (20, None, 2), (30, None, 3)], 9, [-20, -30, -10], 0),
        ([(10, 4, None), (20, 2, None), (30, 3, None)], 9, [20, 30, 10], 60),
        ([(10, None, 2), (20, 3, None)], 3, [-10, 20], 20),
    ],
)
def test_settling_posts_what_took_effect_and_what_ended_in_order_of_time(
    lots: list[tuple[int, int | None, int | None]], day: int, lines: list[int], balance: int
) -> None:
    wallet = _wallet_with(*lots)
    now = NOON + day * DAY

    posting = wallet.settle(now, CountedIds())

    assert [line.signed for line in posting.transactions] == lines
    assert posting.wallet.posted == posting.wallet.balance(now) == wallet.balance(now) == balance


def test_what_expires_is_what_was_left_and_goes_out_of_the_wallet() -> None:
    wallet = spent(_wallet_with((10, None, 1)), 3).wallet

    posting = wallet.settle(NOON + DAY, CountedIds())

    (line,) = posting.transactions
    assert (line.type, line.amount, line.balance_after) == (EXPIRATION, 7, 0)
    assert (line.debit, line.credit) == (LedgerAccount.WALLET, LedgerAccount.EXPIRED)
    assert posting.wallet.grants == ()
    assert [grant.remaining for grant in posting.grants] == [0]


def test_a_lot_that_takes_effect_is_posted_as_what_it_is() -> None:
    posting = _wallet_with((10, 1, None)).settle(NOON + DAY, CountedIds())

    (line,) = posting.transactions
    assert (line.type, line.debit, line.at) == (PURCHASE, LedgerAccount.SALES, NOON + DAY)
    assert all(grant.is_posted for grant in posting.grants)


def test_settling_twice_posts_nothing_more() -> None:
    once = _wallet_with((10, 1, 2), (20, None, 2), (30, 1, None)).settle(
        NOON + 2 * DAY, CountedIds()
    )

    twice = once.wallet.settle(NOON + 2 * DAY, CountedIds())

    assert twice == Posting(wallet=once.wallet)


def test_a_spend_settles_first_and_takes_from_what_took_effect() -> None:
    wallet = _wallet_with((10, None, 1), (20, 1, None))

    posting = spent(wallet, 15, now=NOON + DAY)

    assert [line.signed for line in posting.transactions] == [20, -10, -15]
    assert [line.seq for line in posting.transactions] == [2, 3, 4]
    assert posting.wallet.posted == 5


def test_a_grant_settles_first() -> None:
    wallet = _wallet_with((10, None, 1))

    posting = granted(wallet, grant_terms(amount=5), now=NOON + DAY)

    assert [line.signed for line in posting.transactions] == [-10, 5]


def test_a_lot_that_was_spent_whole_does_not_expire() -> None:
    wallet = spent(_wallet_with((10, None, 1)), 10).wallet

    assert wallet.settle(NOON + DAY, CountedIds()).transactions == ()


def test_settling_at_an_instant_before_the_last_line_happens_with_that_line() -> None:
    wallet = granted(a_wallet(), grant_terms(effective_at=NOON + DAY)).wallet
    wallet = granted(wallet, grant_terms(amount=1), now=NOON + DAY).wallet

    assert wallet.settle(NOON, CountedIds()).transactions == ()
    assert [line.at for line in spent(wallet, 1, now=NOON).transactions] == [NOON + DAY]


def test_postings_joined_hold_every_line_and_each_lot_in_its_last_state() -> None:
    one = granted(a_wallet(), grant_terms(amount=10))
    two = granted(one.wallet, grant_terms(amount=20))
    three = spent(two.wallet, 12)

    whole = one.then(two).then(three)

    assert [line.seq for line in whole.transactions] == [1, 2, 3]
    assert [(grant.amount, grant.remaining) for grant in whole.grants] == [(10, 0), (20, 18)]
    assert whole.wallet == three.wallet


def test_a_lot_that_began_and_ended_unnoticed_fills_what_is_owed_and_stops_nothing() -> None:
    wallet = evolve(_wallet_with((10, 2, 3)), overdrawn=30, posted=-30)

    read = wallet.balance(NOON + 9 * DAY)
    posting = wallet.settle(NOON + 9 * DAY, CountedIds())

    assert [line.signed for line in posting.transactions] == [10]
    assert (posting.wallet.overdrawn, posting.wallet.grants) == (20, ())
    assert posting.wallet.balance(NOON + 9 * DAY) == read == -20
