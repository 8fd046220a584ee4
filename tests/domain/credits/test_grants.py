"""Adding lots of credits: what is refused, what counts at once, what waits."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from attrs import evolve

from domain.amount import AMOUNT_MAX
from domain.credits.errors import BalanceTooLarge, GrantAlreadyOver
from domain.credits.grant import CATEGORY_OF, Category, GrantSource, GrantTerms
from domain.credits.ids import GrantId
from domain.credits.lot_seal import lot_seal
from domain.credits.transaction import Allocation, LedgerAccount
from domain.credits.wallet import Wallet
from domain.errors import InvalidField
from tests.support.builders.credits import (
    SOMEBODY,
    a_grant,
    a_text,
    a_wallet,
    grant_terms,
    granted,
    held,
    spent,
)
from tests.support.clock import NOON, CountedIds

DAY = timedelta(days=1)
A_MICROSECOND = timedelta(microseconds=1)


@pytest.mark.parametrize("amount", [0, -1, AMOUNT_MAX + 1, 2**63, True, 1.0, 1.5, "1", None])
def test_an_amount_that_is_not_whole_and_positive_is_refused(amount: Any) -> None:
    with pytest.raises(InvalidField) as refused:
        grant_terms(amount=amount)

    assert refused.value.path == "amount"


@pytest.mark.parametrize("priority", [0, -1, 1001, True, 10.0])
def test_a_priority_outside_1_to_1000_is_refused(priority: Any) -> None:
    with pytest.raises(InvalidField) as refused:
        grant_terms(priority=priority)

    assert refused.value.path == "priority"


@pytest.mark.parametrize(
    ("effective_at", "expires_at"),
    [
        (None, NOON - A_MICROSECOND),
        (None, NOON),
        (NOON - DAY, NOON),
        (NOON + DAY, NOON + DAY),
        (NOON + DAY, NOON + DAY - A_MICROSECOND),
        (NOON + DAY, NOON),
    ],
)
def test_a_lot_that_could_never_be_spent_is_refused(
    effective_at: datetime | None, expires_at: datetime
) -> None:
    terms = grant_terms(effective_at=effective_at, expires_at=expires_at)

    with pytest.raises(GrantAlreadyOver) as refused:
        granted(a_wallet(), terms)

    assert refused.value.expires_at == expires_at
    assert refused.value.effective_at == (effective_at or NOON)


@pytest.mark.parametrize(
    ("held_by_wallet", "asked"),
    [(1, AMOUNT_MAX), (AMOUNT_MAX, 1), (AMOUNT_MAX - 5, 6), (AMOUNT_MAX, AMOUNT_MAX)],
)
def test_a_lot_that_lifts_the_balance_beyond_what_is_counted_exactly_is_refused(
    held_by_wallet: int, asked: int
) -> None:
    wallet = a_wallet(balance=held_by_wallet)

    with pytest.raises(BalanceTooLarge) as refused:
        granted(wallet, grant_terms(amount=asked))

    assert refused.value.account_id == SOMEBODY


def test_a_lot_that_waits_counts_towards_what_is_too_large() -> None:
    later = grant_terms(amount=AMOUNT_MAX, effective_at=NOON + DAY)
    wallet = granted(a_wallet(), later).wallet

    with pytest.raises(BalanceTooLarge):
        granted(wallet, grant_terms(amount=1))


def test_a_balance_may_reach_the_largest_amount_itself() -> None:
    wallet = granted(a_wallet(balance=AMOUNT_MAX - 5), grant_terms(amount=5)).wallet

    assert wallet.balance(NOON) == wallet.posted == AMOUNT_MAX
    assert spent(wallet, AMOUNT_MAX).wallet.posted == 0


@pytest.mark.parametrize(
    ("source", "paid_by"),
    [
        (GrantSource.SUBSCRIPTION, LedgerAccount.SALES),
        (GrantSource.PURCHASE, LedgerAccount.SALES),
        (GrantSource.CHECK_IN, LedgerAccount.PROMOTIONS),
        (GrantSource.COUPON, LedgerAccount.PROMOTIONS),
        (GrantSource.MANUAL, LedgerAccount.ADJUSTMENTS),
    ],
)
def test_a_lot_that_counts_at_once_is_one_line_from_its_source_to_the_wallet(
    source: GrantSource, paid_by: LedgerAccount
) -> None:
    terms = grant_terms(amount=70, source=source, cause="order:1")
    text = a_text("a gift")

    posting = a_wallet().grant(
        terms, grant_id=GrantId("lot"), text=text, now=NOON, new_id=CountedIds()
    )

    (line,) = posting.transactions
    assert (line.debit, line.credit) == (paid_by, LedgerAccount.WALLET)
    assert (line.type, line.amount, line.signed, line.balance_after) == (source.value, 70, 70, 70)
    assert (line.cause, line.text, line.text_digest) == ("order:1", text, text.digest())
    assert line.allocations == (Allocation(GrantId("lot"), 70, lot_seal(posting.grants[0])),)
    assert posting.wallet.balance(NOON) == posting.wallet.available(NOON) == 70


def test_a_lot_keeps_its_terms() -> None:
    terms = GrantTerms(
        amount=70,
        source=GrantSource.MANUAL,
        category=Category.PAID,
        priority=3,
        effective_at=NOON - DAY,
        expires_at=NOON + DAY,
        cause="ticket:7",
    )

    (lot,) = granted(a_wallet(), terms).grants

    expected = evolve(
        a_grant(id=lot.id, amount=70, source=GrantSource.MANUAL, category=Category.PAID),
        priority=3,
        effective_at=NOON - DAY,
        expires_at=NOON + DAY,
        cause="ticket:7",
    )
    assert lot == expected


@pytest.mark.parametrize(
    ("category", "is_free"),
    [
        (Category.PAID, False),
        (Category.INCLUDED, False),
        (Category.PROMOTIONAL, True),
        (Category.EARNED, True),
    ],
)
def test_credits_are_free_where_nobody_paid_for_them(category: Category, *, is_free: bool) -> None:
    assert category.is_free is is_free


def test_every_source_has_a_usual_category() -> None:
    assert set(CATEGORY_OF) == set(GrantSource)


def test_a_lot_that_takes_effect_later_is_kept_without_a_line() -> None:
    posting = granted(a_wallet(balance=5), grant_terms(amount=70, effective_at=NOON + DAY))

    assert posting.transactions == ()
    (lot,) = posting.grants
    assert not lot.is_posted
    assert posting.wallet.posted == 5


@pytest.mark.parametrize(
    ("now", "balance"),
    [
        (NOON, 5),
        (NOON + DAY - A_MICROSECOND, 5),
        (NOON + DAY, 75),
        (NOON + 2 * DAY - A_MICROSECOND, 75),
        (NOON + 2 * DAY, 5),
        (NOON + 400 * DAY, 5),
    ],
)
def test_a_lot_counts_from_its_first_instant_to_just_before_its_last_whether_or_not_a_job_ran(
    now: datetime, balance: int
) -> None:
    terms = grant_terms(amount=70, effective_at=NOON + DAY, expires_at=NOON + 2 * DAY)
    wallet = granted(a_wallet(balance=5), terms).wallet

    assert wallet.balance(now) == wallet.available(now) == balance


def test_what_is_held_is_in_the_balance_and_not_available() -> None:
    wallet = held(a_wallet(balance=100), 80).wallet

    assert (wallet.balance(NOON), wallet.available(NOON)) == (100, 20)


@pytest.mark.parametrize(
    ("lots", "expiring"),
    [
        ([], None),
        ([(10, None)], None),
        ([(10, 3)], (10, 3)),
        ([(10, 3), (20, 2), (5, None)], (20, 2)),
        ([(10, 2), (20, 2), (5, 3)], (30, 2)),
    ],
)
def test_what_expires_next_is_everything_that_expires_at_the_soonest_instant(
    lots: list[tuple[int, int | None]], expiring: tuple[int, int] | None
) -> None:
    wallet = Wallet(account_id=SOMEBODY)
    for amount, days in lots:
        ends = None if days is None else NOON + days * DAY
        wallet = granted(wallet, grant_terms(amount=amount, expires_at=ends)).wallet

    found = wallet.expiring(NOON)

    assert (found and (found.amount, (found.at - NOON).days)) == expiring


def test_what_has_expired_or_waits_is_not_about_to_expire() -> None:
    wallet = granted(a_wallet(), grant_terms(expires_at=NOON + DAY)).wallet
    later = grant_terms(effective_at=NOON + 2 * DAY, expires_at=NOON + 3 * DAY)
    wallet = granted(wallet, later).wallet

    assert wallet.expiring(NOON + DAY) is None


def test_a_command_never_happens_before_the_wallet_s_last_line() -> None:
    wallet = a_wallet(balance=10, now=NOON + DAY)

    posting = spent(wallet, 1, now=NOON)

    assert posting.transactions[0].at == NOON + DAY
    assert posting.wallet.last_at == NOON + DAY
