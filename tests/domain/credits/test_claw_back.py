"""Credits taken when their payment goes back: how many, from where, and given again exactly."""

from datetime import timedelta

import pytest
from attrs import evolve

from domain.credits.claw_back import Shortfall
from domain.credits.errors import AccountFrozen, InsufficientCredits
from domain.credits.ids import OVERDRAFT
from domain.credits.transaction import CLAWBACK, LedgerAccount
from tests.domain.credits.claimed_books import Books, money_back
from tests.support.builders.credits import spent
from tests.support.clock import NOON


@pytest.mark.parametrize(
    ("amount", "part", "whole", "taken"),
    [
        (500, 0, 500, 0),
        (500, 500, 500, 500),
        (500, 250, 500, 250),
        (500, 1, 3, 166),
        (500, 2, 3, 333),
        (1, 499, 500, 0),
        (1, 500, 500, 1),
        (7, 595, 1190, 3),
    ],
)
def test_a_share_of_the_money_takes_that_share_of_the_lot_rounded_down(
    amount: int, part: int, whole: int, taken: int
) -> None:
    books = Books()
    books.grants(amount, paid=whole)

    settled = books.goes_back(part)

    assert (settled.taken, books.balance) == (taken, amount - taken)
    assert books.is_proved()


def test_a_line_says_what_was_taken_of_which_lot_and_why() -> None:
    books = Books()
    books.grants(100)
    books.grants(30)
    books.spends(90)

    books.goes_back(100)

    line = books.written.transactions[-1]
    lots = [books.lot("order:1", place).id for place in (0, 1)]
    assert (line.type, line.debit, line.credit) == (
        CLAWBACK,
        LedgerAccount.WALLET,
        LedgerAccount.REFUNDS,
    )
    assert (line.amount, line.cause, line.balance_after) == (130, money_back("order:1"), -90)
    parts = [(part.grant_id, part.amount) for part in line.allocations]
    assert parts == [(lots[0], 10), (lots[1], 30), (OVERDRAFT, 90)]


def test_only_the_payments_own_lots_are_taken() -> None:
    books = Books()
    books.grants(100, "order:1", priority=1)
    books.grants(100, "order:2")
    books.spends(60)

    books.goes_back(100, "order:1")

    assert books.lot("order:2").remaining == 100
    assert (books.balance, books.wallet.overdrawn) == (40, 60)
    assert books.available == 40


@pytest.mark.parametrize(
    ("shortfall", "balance", "owed", "is_frozen"),
    [
        (Shortfall.OWE, -60, 60, False),
        (Shortfall.FORGIVE, 0, 0, False),
        (Shortfall.FREEZE, 0, 0, True),
    ],
)
def test_what_was_spent_is_owed_forgiven_or_freezes_the_account(
    shortfall: Shortfall, balance: int, owed: int, is_frozen: bool
) -> None:
    books = Books(shortfall=shortfall)
    books.grants(100)
    books.spends(60)

    settled = books.goes_back(100)

    assert (books.balance, books.wallet.overdrawn) == (balance, owed)
    assert (settled.owed, settled.forgiven) == (owed, 60 - owed)
    assert books.wallet.is_frozen is is_frozen
    assert books.is_proved()


def test_an_account_is_not_frozen_while_nothing_is_missing() -> None:
    books = Books(shortfall=Shortfall.FREEZE)
    books.grants(100)
    books.spends(60)

    frozen = []
    for part in (40, 41, 0):
        books.goes_back(part)
        frozen.append(books.wallet.is_frozen)

    # Only a person lifts it again.
    assert frozen == [False, True, True]
    books.grants(10, "order:2")
    with pytest.raises(AccountFrozen):
        spent(books.wallet)


def test_later_credits_fill_what_is_owed_first() -> None:
    books = Books()
    books.grants(100)
    books.spends(60)
    books.goes_back(100)

    books.grants(50, "order:2")
    assert (books.balance, books.available, books.wallet.overdrawn) == (-10, 0, 10)
    with pytest.raises(InsufficientCredits):
        spent(books.wallet)

    books.grants(30, "order:3")
    assert (books.balance, books.available, books.wallet.overdrawn) == (20, 20, 0)
    assert books.is_proved()


def test_credits_that_expired_unspent_are_owed_by_nobody() -> None:
    books = Books()
    books.grants(100, days=30)
    books.spends(30)
    books.passes(days=31)

    settled = books.goes_back(100)

    payment = books.payments["order:1"]
    assert (settled.taken, payment.taken, payment.lapsed) == (30, 30, 70)
    assert books.balance == -30
    books.goes_back(0)
    assert (books.balance, books.wallet.overdrawn) == (0, 0)
    assert books.is_proved()


@pytest.mark.parametrize("shortfall", Shortfall)
@pytest.mark.parametrize("spent_before", [0, 40, 100])
def test_what_was_taken_is_given_back_exactly(shortfall: Shortfall, spent_before: int) -> None:
    books = Books(shortfall=shortfall)
    books.grants(100)
    books.spends(spent_before)
    before = (books.balance, books.available, books.lot("order:1"))

    books.goes_back(100)
    books.goes_back(0)

    assert (books.balance, books.available, books.lot("order:1")) == before
    assert books.payments["order:1"].claims == ()
    assert books.wallet.overdrawn == 0
    assert books.is_proved()


def test_a_reversal_has_the_very_same_allocations() -> None:
    books = Books()
    books.grants(100)
    books.spends(60)

    books.goes_back(100)
    books.goes_back(0)

    taken, given = books.written.transactions[-2:]
    assert [evolve(part, seal=None) for part in given.allocations] == list(taken.allocations)
    assert (given.debit, given.credit) == (LedgerAccount.REFUNDS, LedgerAccount.WALLET)
    assert (given.type, given.amount) == (CLAWBACK, taken.amount)


def test_what_later_credits_paid_of_a_hole_comes_back_to_the_lot() -> None:
    books = Books()
    books.grants(100)
    books.spends(100)
    books.goes_back(100)
    books.grants(70, "order:2")
    assert books.balance == -30

    books.goes_back(0)

    assert (books.balance, books.available, books.wallet.overdrawn) == (70, 70, 0)
    assert books.lot("order:1").remaining == 70
    assert books.lot("order:2").remaining == 0
    assert books.is_proved()


@pytest.mark.parametrize("usage_back", [1, 20])
def test_what_fits_into_its_lot_no_more_comes_back_as_a_lot_beside_it(usage_back: int) -> None:
    books = Books()
    books.grants(100, days=30)
    books.spends(20)
    books.goes_back(100)
    books.grants(50, "gift")
    # The hole is filled, and then the very usage that had made it is paid back.
    books.pays_usage_back(usage_back)
    before = books.balance

    settled = books.goes_back(0)

    beside = books.lot(money_back("order:1"))
    assert (settled.given, books.balance) == (100, before + 100)
    assert books.lot("order:1").remaining == 100
    assert (beside.amount, beside.expires_at) == (usage_back, NOON + timedelta(days=30))
    assert books.is_proved()


def test_usage_of_a_lot_that_is_whole_again_comes_back_as_a_lot_of_its_own() -> None:
    books = Books()
    books.grants(20)
    books.spends(20)
    books.goes_back(20)
    books.grants(50, "gift")
    books.goes_back(0)
    assert books.lot("order:1").remaining == 20
    before = books.balance

    books.pays_usage_back()

    assert (books.lot("order:1").remaining, books.balance) == (20, before + 20)
    assert books.is_proved()


def test_a_lot_that_expired_meanwhile_gets_the_time_it_had_left() -> None:
    books = Books()
    books.grants(100, days=30)
    books.passes(days=20)
    books.goes_back(100)
    books.passes(days=20)

    books.goes_back(0)

    assert books.balance == 100
    books.passes(days=9.99)
    assert books.balance == 100
    books.passes(days=0.02)
    assert books.balance == 0
    assert books.is_proved()


def test_a_lot_whose_time_still_runs_keeps_its_end() -> None:
    books = Books()
    books.grants(100, days=30)
    end = books.lot("order:1").expires_at
    books.goes_back(100)
    books.passes(days=20)

    books.goes_back(0)

    assert books.lot("order:1").expires_at == end


def test_what_later_credits_paid_comes_back_with_a_whole_life() -> None:
    books = Books()
    books.grants(100, days=30)
    books.spends(100)
    books.passes(days=40)
    books.goes_back(100)
    books.grants(100, "order:2")

    books.goes_back(0)

    assert books.balance == 100
    books.passes(days=29)
    assert books.balance == 100
    books.passes(days=1)
    assert books.balance == 0


def test_a_refund_in_parts_takes_what_one_takes() -> None:
    for whole in (3, 7, 100, 499):
        in_parts, at_once = Books(), Books()
        for books in (in_parts, at_once):
            books.grants(500, paid=whole)
            books.spends(123)
        taken = sum(in_parts.goes_back(part).taken for part in range(1, whole + 1))

        assert taken == at_once.goes_back(whole).taken == 500
        assert in_parts.balance == at_once.balance == -123
        assert in_parts.is_proved()


def test_parts_that_are_undone_in_any_order_leave_nothing_behind() -> None:
    books = Books()
    books.grants(100, paid=3)
    parts = []
    for part in (1, 2, 3, 2, 1, 2, 1, 0):
        books.goes_back(part)
        parts.append(books.payments["order:1"].taken)

    assert parts == [33, 66, 100, 66, 33, 66, 33, 0]
    assert books.balance == 100
    assert books.is_proved()


def test_what_is_let_go_again_is_first_what_nobody_has_paid() -> None:
    books = Books()
    books.grants(100)
    books.spends(60)
    books.goes_back(100)
    assert books.wallet.overdrawn == 60

    books.goes_back(50)

    assert (books.wallet.overdrawn, books.lot("order:1").remaining) == (10, 0)
    books.goes_back(30)
    assert (books.wallet.overdrawn, books.lot("order:1").remaining) == (0, 10)


def test_a_disputed_lot_counts_and_cannot_be_spent() -> None:
    books = Books()
    books.grants(100, "order:1")
    books.grants(40, "order:2")
    books.spends(30)

    books.goes_back(0, is_disputed=True)

    assert (books.balance, books.available) == (110, 40)
    assert len(books.written.transactions) == 3
    with pytest.raises(InsufficientCredits):
        spent(books.wallet, 41)
    books.spends(40)
    assert books.lot("order:1").remaining == 70
    books.goes_back(0, is_disputed=False)
    assert books.available == 70
    assert books.is_proved()


def test_a_frozen_lot_is_taken_when_the_dispute_is_lost_and_back_when_it_is_won() -> None:
    books = Books()
    books.grants(100)
    books.spends(30)
    books.goes_back(0, is_disputed=True)

    books.goes_back(100, is_disputed=False)
    assert (books.balance, books.wallet.overdrawn) == (-30, 30)

    books.goes_back(0, is_disputed=False)
    assert (books.balance, books.available) == (70, 70)
    assert not books.lot("order:1").is_frozen
    assert books.is_proved()


def test_a_lot_freed_without_a_line_is_proved_to_have_stood_still_in_its_time() -> None:
    books = Books()
    books.grants(100, days=30)
    books.goes_back(0, is_disputed=True)
    books.passes(days=20)

    books.goes_back(0, is_disputed=False)

    assert len(books.written.transactions) == 1
    assert books.lot("order:1").stood_still == timedelta(days=20)
    assert books.wallet.last_at == books.now
    assert books.is_proved()


def test_a_lot_that_gets_something_back_under_a_dispute_is_frozen_too() -> None:
    books = Books()
    books.grants(100)
    books.goes_back(100)

    books.goes_back(0, is_disputed=True)

    assert (books.balance, books.available) == (100, 0)


def test_a_month_granted_later_shares_in_what_has_gone_back() -> None:
    books = Books()
    books.grants(100, paid=200)
    books.goes_back(50)
    books.grants(100)

    settled = books.goes_back(50)

    assert settled.taken == 25
    assert books.balance == 150


def test_where_all_is_as_it_should_be_nothing_is_written() -> None:
    books = Books()
    books.grants(100)
    books.goes_back(40, is_disputed=True)
    before = books.written

    settled = books.goes_back(40, is_disputed=True)

    assert (settled.posting.transactions, settled.posting.grants) == ((), ())
    assert books.written == before
