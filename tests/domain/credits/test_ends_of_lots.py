"""Lots that are scoped, voided, frozen or roll over: what may be spent, and what is lost."""

from datetime import datetime, timedelta

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from domain.credits.errors import GrantEnded, InsufficientCredits
from domain.credits.grant import Cost, GrantState, Rollover
from domain.credits.ids import GrantId, HoldId
from domain.credits.low_balance import LowBalanceWatch, Threshold
from domain.credits.posting import Posting
from domain.credits.proof import WalletProof
from domain.credits.scope import Purposes, Scope, purposes_of
from domain.credits.transaction import AI_USAGE, EXPIRATION, MANUAL, ROLLOVER
from domain.credits.wallet import Wallet
from domain.errors import InvalidField
from tests.support.builders.credits import SOMEBODY, a_text, grant_terms, granted, held, spent
from tests.support.clock import NOON, fresh_id

DAY = timedelta(days=1)
THIS = HoldId("hold-1")


def is_proved(posting: Posting) -> bool:
    proof = WalletProof(account_id=SOMEBODY)
    for line in posting.transactions:
        proof.read(line)
    proof.close(posting.wallet, posting.grants)
    return not proof.breaches


def nothing() -> Posting:
    return Posting(wallet=Wallet(account_id=SOMEBODY))


def with_lot(
    posting: Posting,
    amount: int,
    *,
    days: int | None = None,
    scope: Scope | None = None,
    rollover: Rollover | None = None,
    cost: Cost | None = None,
) -> Posting:
    expires_at = None if days is None else NOON + days * DAY
    terms = grant_terms(amount=amount, expires_at=expires_at)
    terms = evolve(terms, scope=scope or Scope(), rollover=rollover, cost=cost)
    return posting.then(granted(posting.wallet, terms))


def used(wallet: Wallet, amount: int, purposes: Purposes, now: datetime = NOON) -> Posting:
    return wallet.spend(
        amount, type=AI_USAGE, text=a_text(), purposes=purposes, now=now, new_id=fresh_id
    )


@pytest.mark.parametrize(
    ("entries", "model", "feature", "covers"),
    [
        ((), None, None, True),
        (("model:gpt-4o",), "gpt-4o", None, True),
        (("model:gpt-4o",), "gpt-4o-mini", None, False),
        (("model:gpt-4*",), "gpt-4o-mini", None, True),
        (("model:gpt-4*",), None, None, False),
        (("model:gpt-4*",), None, "gpt-4o", False),
        (("model:*mini",), "gpt-4o-mini", None, True),
        (("feature:images", "model:gpt-*"), "claude", "images", True),
        (("model:a.c",), "abc", None, False),
    ],
)
def test_a_scope_covers_what_one_of_its_entries_names(
    entries: tuple[str, ...], model: str | None, feature: str | None, covers: bool
) -> None:
    assert Scope(entries).covers(purposes_of(model=model, feature=feature)) is covers


@pytest.mark.parametrize("entry", ["gpt-4", "model:", "model:a*b*c*", "colour:red", "model:a b"])
def test_an_entry_that_names_neither_model_nor_feature_is_refused(entry: str) -> None:
    with pytest.raises(InvalidField) as refused:
        Scope(("model:fine", entry))
    assert refused.value.path == "scope[1]"


def test_a_lot_with_a_scope_pays_for_that_usage_alone() -> None:
    wallet = with_lot(with_lot(nothing(), 10, scope=Scope(("model:gpt-*",))), 5).wallet
    gpt = purposes_of(model="gpt-4o")

    assert (wallet.balance(NOON), wallet.available(NOON), wallet.available(NOON, gpt)) == (
        15,
        5,
        15,
    )
    with pytest.raises(InsufficientCredits):
        spent(wallet, 6)
    with pytest.raises(InsufficientCredits):
        used(wallet, 6, purposes_of(model="claude"))
    assert used(wallet, 12, gpt).wallet.available(NOON) == 3


def test_voiding_takes_the_rest_of_one_lot_for_ever() -> None:
    posting = with_lot(with_lot(nothing(), 10), 5)
    posting = posting.then(spent(posting.wallet, 3))
    first = posting.grants[0].id

    posting = posting.then(
        posting.wallet.void(first, text=a_text("fraud"), now=NOON, new_id=fresh_id)
    )

    line = posting.transactions[-1]
    assert (line.type, line.amount, line.text and line.text.description) == (MANUAL, 7, "fraud")
    assert posting.wallet.available(NOON) == 5
    assert posting.grants[0].state(NOON) is GrantState.VOIDED
    assert is_proved(posting)
    with pytest.raises(GrantEnded):
        posting.wallet.void(first, text=a_text(), now=NOON, new_id=fresh_id)
    with pytest.raises(GrantEnded):
        posting.wallet.void(GrantId("none"), text=a_text(), now=NOON, new_id=fresh_id)


def test_what_a_hold_has_of_a_voided_lot_stays_good_until_the_hold_ends() -> None:
    posting = with_lot(nothing(), 10)
    posting = posting.then(held(posting.wallet, 6, id=THIS))
    lot = posting.grants[0].id
    posting = posting.then(posting.wallet.void(lot, text=a_text(), now=NOON, new_id=fresh_id))

    assert (posting.wallet.balance(NOON), posting.wallet.available(NOON)) == (6, 0)
    posting = posting.then(posting.wallet.capture(THIS, 2, now=NOON, new_id=fresh_id))
    assert [line.amount for line in posting.transactions[1:]] == [4, 2, 4]
    assert posting.wallet.balance(NOON) == 0
    assert is_proved(posting)


def test_a_lot_that_is_voided_before_its_time_never_counts() -> None:
    terms = grant_terms(amount=10, effective_at=NOON + DAY)
    posting = granted(Wallet(account_id=SOMEBODY), terms)

    lot = posting.grants[0].id
    posting = posting.then(posting.wallet.void(lot, text=a_text(), now=NOON, new_id=fresh_id))

    assert posting.wallet.settle(NOON + 2 * DAY, fresh_id).transactions == ()
    assert posting.wallet.balance(NOON + 2 * DAY) == 0
    assert is_proved(posting)


@given(
    amount=st.integers(1, 100), spends=st.integers(0, 100), most=st.integers(1, 100), data=st.data()
)
def test_what_rolls_over_is_what_is_left_up_to_the_cap_as_a_new_lot(
    amount: int, spends: int, most: int, data: st.DataObject
) -> None:
    cost = Cost(amount_minor=data.draw(st.integers(0, 5000)), currency="USD")
    rollover = Rollover(most=most, until=NOON + 60 * DAY)
    posting = with_lot(nothing(), amount, days=30, rollover=rollover, cost=cost)
    if 0 < spends <= amount:
        posting = posting.then(spent(posting.wallet, spends))
    left = posting.wallet.balance(NOON)
    end = NOON + 30 * DAY

    rolled = min(left, most)
    assert posting.wallet.balance(end) == rolled
    posting = posting.then(posting.wallet.settle(end, fresh_id))
    losses = [line.amount for line in posting.transactions if line.type == EXPIRATION]
    gains = [line.amount for line in posting.transactions if line.type == ROLLOVER]
    assert (losses, gains) == (([left], [rolled]) if left else ([], []))
    if rolled:
        parent, heir = posting.grants
        assert (heir.parent, heir.expires_at, parent.rolled) == (parent.id, NOON + 60 * DAY, rolled)
        assert heir.cost is not None
        assert heir.cost.amount_minor == cost.amount_minor * rolled // amount
    assert posting.wallet.settle(NOON + 60 * DAY, fresh_id).wallet.balance(NOON + 60 * DAY) == 0
    assert is_proved(posting)


def test_what_a_hold_gives_back_after_the_end_rolls_over_within_the_same_cap() -> None:
    rollover = Rollover(most=50, until=NOON + 9 * DAY)
    posting = with_lot(nothing(), 100, days=1, rollover=rollover)
    posting = posting.then(held(posting.wallet, 80, id=THIS, ttl=DAY))
    end = NOON + DAY - timedelta(seconds=1)
    posting = posting.then(posting.wallet.extend(THIS, ttl=DAY, now=end, new_id=fresh_id))

    posting = posting.then(posting.wallet.settle(NOON + DAY, fresh_id))
    assert posting.wallet.available(NOON + DAY) == 20
    posting = posting.then(posting.wallet.release(THIS, now=NOON + DAY, new_id=fresh_id))
    assert posting.wallet.available(NOON + DAY) == 50
    assert is_proved(posting)


def test_a_frozen_lot_does_not_age_and_has_its_time_again_when_it_is_freed() -> None:
    posting = with_lot(nothing(), 10, days=2)
    frozen = posting.with_grants([posting.grants[0].frozen(NOON + DAY)])

    late = NOON + 30 * DAY
    assert (frozen.wallet.balance(late), frozen.wallet.available(late)) == (10, 0)
    freed = frozen.with_grants([frozen.wallet.grants[0].thawed(late)])
    assert freed.wallet.available(late + DAY - timedelta(microseconds=1)) == 10
    assert freed.wallet.available(late + DAY) == 0


@pytest.mark.parametrize(
    ("steps", "fired"),
    [
        ([-40], []),
        ([-61], [40]),
        ([-61, -1], [40]),
        ([-61, +30, -30], [40, 40]),
        ([-61, +1, -1], [40, 40]),
        ([-95], [40, 10]),
    ],
)
def test_a_threshold_tells_once_and_again_after_recovery(
    steps: list[int], fired: list[int]
) -> None:
    posting = with_lot(nothing(), 100)
    thresholds = (Threshold(amount=40), Threshold(amount=10))
    wallet = posting.wallet.watching(thresholds, NOON)
    told = []
    for step in steps:
        change = spent(wallet, -step) if step < 0 else granted(wallet, grant_terms(amount=step))
        told += [low.level for low in change.lows]
        wallet = change.wallet

    assert told == fired


def test_a_share_is_one_of_what_there_was_after_credits_last_came_in() -> None:
    wallet = with_lot(nothing(), 100).wallet.watching((Threshold(percent=20),), NOON)

    assert spent(wallet, 80).lows == ()
    assert [low.available for low in spent(wallet, 81).lows] == [19]
    more = granted(wallet, grant_terms(amount=900)).wallet
    assert [low.level for low in spent(more, 801).lows] == [200]


@pytest.mark.parametrize(
    "thresholds",
    [
        (Threshold(amount=5), Threshold(amount=5)),
        tuple(Threshold(amount=n) for n in range(1, 7)),
    ],
)
def test_thresholds_are_few_and_differ(thresholds: tuple[Threshold, ...]) -> None:
    with pytest.raises(InvalidField):
        LowBalanceWatch(thresholds=thresholds, base=1)


@pytest.mark.parametrize(("amount", "percent"), [(None, None), (1, 1), (None, 100), (0, None)])
def test_a_threshold_is_an_amount_or_a_share(amount: int | None, percent: int | None) -> None:
    with pytest.raises(InvalidField):
        Threshold(amount=amount, percent=percent)


def test_what_time_decided_is_posted_at_its_own_instant_however_late_anybody_looks() -> None:
    rollover = Rollover(most=30, until=NOON + 3 * DAY)
    begun = with_lot(nothing(), 50, days=1, rollover=rollover)

    late = begun.then(begun.wallet.settle(NOON + 9 * DAY, fresh_id))

    told = [(line.type, line.amount, line.at) for line in late.transactions[1:]]
    assert told == [
        (EXPIRATION, 50, NOON + DAY),
        (ROLLOVER, 30, NOON + DAY),
        (EXPIRATION, 30, NOON + 3 * DAY),
    ]
    assert is_proved(late)


@given(first=st.integers(1, 40), more=st.integers(1, 40), charge=st.integers(0, 100))
def test_a_hold_that_was_raised_within_one_lot_gives_all_of_it_back(
    first: int, more: int, charge: int
) -> None:
    posting = with_lot(nothing(), 100)
    posting = posting.then(held(posting.wallet, first, id=THIS))
    raised = posting.wallet.extend(
        THIS, ttl=timedelta(minutes=5), amount=first + more, now=NOON, new_id=fresh_id
    )
    assert len(raised.holds[0].lots) == 1
    posting = posting.then(raised)

    posting = posting.then(posting.wallet.capture(THIS, charge, now=NOON, new_id=fresh_id))

    assert posting.wallet.available(NOON) == 100 - charge
    assert is_proved(posting)
