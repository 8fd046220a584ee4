"""Holds: set aside once, ended once, and never more than there is."""

from datetime import timedelta

import pytest
from attrs import evolve

from domain.credits.errors import (
    AccountFrozen,
    HoldNotOpen,
    InsufficientCredits,
    SpendLimitExceeded,
    TooManyHolds,
)
from domain.credits.hold import TTL_MAX, HoldState, HoldTerms, Silence
from domain.credits.ids import OVERDRAFT, HoldId
from domain.credits.posting import Posting
from domain.credits.proof import WalletProof
from domain.credits.spend_limit import SpendLimit
from domain.credits.transaction import AI_USAGE, EXPIRATION, Allocation
from domain.credits.wallet import HOLDS_MAX, Wallet
from domain.errors import InvalidField
from tests.support.builders.credits import (
    SOMEBODY,
    a_text,
    a_wallet,
    grant_terms,
    granted,
    held,
    spent,
)
from tests.support.clock import NOON, fresh_id

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
THIS = HoldId("hold-1")


def is_proved(posting: Posting) -> bool:
    """Say whether everything a wallet ever wrote keeps every rule of the ledger."""
    proof = WalletProof(account_id=SOMEBODY)
    for line in posting.transactions:
        proof.read(line)
    proof.close(posting.wallet, posting.grants)
    return not proof.breaches


def captured(wallet: Wallet, amount: int, *, at: timedelta = MINUTE) -> Posting:
    return wallet.capture(THIS, amount, now=NOON + at, new_id=fresh_id)


def released(wallet: Wallet, *, at: timedelta = MINUTE) -> Posting:
    return wallet.release(THIS, now=NOON + at, new_id=fresh_id)


def extended(wallet: Wallet, *, reported: int = 0, at: timedelta = MINUTE) -> Posting:
    return wallet.extend(THIS, ttl=5 * MINUTE, reported=reported, now=NOON + at, new_id=fresh_id)


def test_what_is_held_stays_in_the_balance_and_nobody_else_may_spend_it() -> None:
    wallet = held(a_wallet(balance=100), 80, id=THIS).wallet

    assert (wallet.balance(NOON), wallet.available(NOON), wallet.held) == (100, 20, 80)
    with pytest.raises(InsufficientCredits) as refused:
        spent(wallet, 21)
    assert refused.value.available == 20
    with pytest.raises(InsufficientCredits):
        held(wallet, 21)


@pytest.mark.parametrize(
    ("amount", "charged", "shortfall", "left"),
    [(0, 0, 0, 100), (30, 30, 0, 70), (80, 80, 0, 20), (90, 90, 0, 10), (150, 100, 50, 0)],
)
def test_a_capture_charges_less_than_was_held_as_much_or_more_and_the_rest_comes_back(
    amount: int, charged: int, shortfall: int, left: int
) -> None:
    before = held(a_wallet(balance=100), 80, id=THIS)

    posting = before.then(captured(before.wallet, amount))

    (hold,) = posting.holds
    assert (hold.state, hold.captured, hold.shortfall) == (HoldState.CAPTURED, charged, shortfall)
    assert posting.wallet.available(NOON + MINUTE) == left
    assert posting.wallet.held == 0
    assert [line.amount for line in posting.transactions] == ([charged] if charged else [])
    assert [line.cause for line in posting.transactions] == (["hold:hold-1"] if charged else [])


def test_a_release_gives_everything_back_and_writes_no_line() -> None:
    wallet = held(a_wallet(balance=100), 80, id=THIS).wallet

    posting = released(wallet)

    assert posting.transactions == ()
    assert posting.wallet.available(NOON) == 100
    assert posting.holds[0].state is HoldState.RELEASED


@pytest.mark.parametrize("is_captured", [True, False])
def test_a_hold_ends_once(is_captured: bool) -> None:
    wallet = held(a_wallet(balance=100), 80, id=THIS).wallet
    ended = (captured(wallet, 5) if is_captured else released(wallet)).wallet

    with pytest.raises(HoldNotOpen):
        captured(ended, 5)
    with pytest.raises(HoldNotOpen):
        released(ended)
    with pytest.raises(HoldNotOpen) as refused:
        extended(ended)
    assert refused.value.hold_id == THIS


@pytest.mark.parametrize(
    ("silence", "reported", "charged"),
    [
        (Silence.RELEASE, 30, 0),
        (Silence.CAPTURE_REPORTED, 0, 0),
        (Silence.CAPTURE_REPORTED, 30, 30),
        (Silence.CAPTURE_REPORTED, 95, 95),
        (Silence.CAPTURE_ALL, 30, 80),
        (Silence.CAPTURE_ALL, 95, 95),
    ],
)
def test_silence_means_what_the_hold_says(silence: Silence, reported: int, charged: int) -> None:
    wallet = held(a_wallet(balance=100), 80, id=THIS, silence=silence).wallet
    wallet = extended(wallet, reported=reported, at=timedelta()).wallet
    end = NOON + 5 * MINUTE

    assert wallet.available(end - timedelta(microseconds=1)) == 20
    assert (wallet.balance(end), wallet.available(end)) == (100 - charged, 100 - charged)
    posting = wallet.settle(end, fresh_id)
    assert (posting.holds[0].state, posting.holds[0].captured) == (HoldState.EXPIRED, charged)
    with pytest.raises(HoldNotOpen):
        wallet.capture(THIS, 1, now=end, new_id=fresh_id)


def test_signs_of_life_may_come_in_any_order() -> None:
    wallet = held(a_wallet(balance=100), 80, id=THIS, ttl=10 * MINUTE).wallet

    late = extended(wallet, reported=50).wallet
    early = extended(late, reported=20, at=timedelta()).wallet

    assert early.open_hold(THIS).reported == 50
    assert early.open_hold(THIS).expires_at == NOON + 10 * MINUTE
    assert extended(early, at=8 * MINUTE).wallet.open_hold(THIS).expires_at == NOON + 13 * MINUTE


def test_an_extension_may_set_more_aside_or_is_refused_whole() -> None:
    wallet = held(a_wallet(balance=100), 80, id=THIS).wallet

    more = wallet.extend(THIS, ttl=MINUTE, amount=95, now=NOON, new_id=fresh_id)
    assert (more.wallet.held, more.wallet.available(NOON)) == (95, 5)
    less = more.wallet.extend(THIS, ttl=MINUTE, amount=10, now=NOON, new_id=fresh_id)
    assert less.wallet.held == 95
    with pytest.raises(InsufficientCredits):
        wallet.extend(THIS, ttl=MINUTE, amount=101, now=NOON, new_id=fresh_id)


def test_a_lot_lives_on_for_its_hold_alone_and_then_ends_at_once() -> None:
    terms = grant_terms(amount=100, expires_at=NOON + MINUTE)
    granting = granted(Wallet(account_id=SOMEBODY), terms)
    holding = granting.then(held(granting.wallet, 60, id=THIS))
    after = NOON + 2 * MINUTE

    assert (holding.wallet.balance(after), holding.wallet.available(after)) == (60, 0)
    swept = holding.then(holding.wallet.settle(after, fresh_id))
    assert is_proved(holding)
    assert is_proved(swept)
    done = swept.then(swept.wallet.capture(THIS, 25, now=after, new_id=fresh_id))
    assert [(line.type, line.amount) for line in done.transactions[1:]] == [
        (EXPIRATION, 40),
        (AI_USAGE, 25),
        (EXPIRATION, 35),
    ]
    assert done.wallet.balance(after) == 0
    assert is_proved(done)


def test_a_hold_takes_from_the_lots_that_would_pay_now_and_the_capture_from_those() -> None:
    first = granted(Wallet(account_id=SOMEBODY), grant_terms(amount=10, expires_at=NOON + DAY))
    second = granted(first.wallet, grant_terms(amount=50))
    wallet = held(second.wallet, 30, id=THIS).wallet
    # A lot that would burn first comes later: the hold keeps to its own.
    third = granted(wallet, grant_terms(amount=20, expires_at=NOON + 2 * MINUTE))

    posting = captured(third.wallet, 30)

    (line,) = posting.transactions
    assert line.allocations == (
        Allocation(first.grants[0].id, 10),
        Allocation(second.grants[0].id, 20),
    )


def test_room_in_the_overdraft_can_be_set_aside_and_stays_good() -> None:
    wallet = evolve(a_wallet(balance=60), overdraft_max=50)

    holding = held(wallet, 100, id=THIS).wallet

    assert holding.open_hold(THIS).reserved == 40
    assert (holding.available(NOON), holding.affordable(NOON)) == (0, 10)
    assert spent(holding, 10).wallet.overdrawn == 10
    with pytest.raises(InsufficientCredits):
        spent(holding, 11)
    posting = captured(spent(holding, 10).wallet, 100)
    assert posting.wallet.posted == -50
    assert posting.transactions[-1].allocations[-1] == Allocation(OVERDRAFT, 40)


def test_credits_that_come_in_meanwhile_pay_before_the_overdraft_does() -> None:
    wallet = held(evolve(a_wallet(balance=60), overdraft_max=50), 100, id=THIS).wallet
    wallet = granted(wallet, grant_terms(amount=25)).wallet

    posting = captured(wallet, 100)

    assert posting.wallet.overdrawn == 15
    assert posting.wallet.posted == -15


def test_a_frozen_account_may_hold_nothing_new_and_end_what_it_holds() -> None:
    wallet = evolve(held(a_wallet(balance=100), 80, id=THIS).wallet, is_frozen=True)

    with pytest.raises(AccountFrozen):
        held(wallet, 1)
    assert captured(wallet, 90).holds[0].captured == 80


def test_a_daily_limit_counts_what_is_held_until_it_is_known_what_it_cost() -> None:
    limit = SpendLimit(day_max=100)
    terms = HoldTerms(amount=80, ttl=MINUTE, text=a_text())
    wallet = a_wallet(balance=1000).hold(
        terms, hold_id=THIS, limit=limit, now=NOON, new_id=fresh_id
    )

    with pytest.raises(SpendLimitExceeded):
        _spent(wallet.wallet, 21, limit)
    ended = wallet.wallet.capture(THIS, 30, now=NOON, new_id=fresh_id).wallet
    assert ended.spent == 30
    assert _spent(ended, 70, limit).wallet.spent == 100


def _spent(wallet: Wallet, amount: int, limit: SpendLimit) -> Posting:
    return wallet.spend(
        amount, type=AI_USAGE, text=a_text(), limit=limit, now=NOON, new_id=fresh_id
    )


@pytest.mark.parametrize("seconds", [0, -1, TTL_MAX.total_seconds() + 1])
def test_a_life_that_is_none_or_too_long_is_refused(seconds: float) -> None:
    with pytest.raises(InvalidField) as refused:
        HoldTerms(amount=1, ttl=timedelta(seconds=seconds), text=a_text())
    assert refused.value.path == "ttl_s"


def test_an_account_has_so_many_holds_and_no_more() -> None:
    wallet = a_wallet(balance=HOLDS_MAX + 1)
    hold = held(wallet, 1).wallet.holds[0]
    many = tuple(evolve(hold, id=HoldId(str(number)), lots=()) for number in range(HOLDS_MAX))

    with pytest.raises(TooManyHolds):
        held(evolve(wallet, holds=many), 1)
