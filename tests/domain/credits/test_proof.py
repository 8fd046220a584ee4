"""The proof of a wallet: each rule of the stored rows is seen to be broken when it is."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from attrs import evolve, frozen

from domain.credits.grant import Grant
from domain.credits.ids import OVERDRAFT
from domain.credits.proof import Breach, WalletProof
from domain.credits.transaction import (
    GENESIS,
    Allocation,
    LedgerAccount,
    Transaction,
    TransactionText,
    seal_of,
)
from domain.credits.wallet import Wallet
from tests.support.builders.credits import SOMEBODY, a_grant, a_wallet, grant_terms, granted, spent
from tests.support.clock import NOON, CountedIds


@frozen(kw_only=True)
class Stored:
    """The rows of one account, as they are read to be proved."""

    lines: tuple[Transaction, ...]
    wallet: Wallet
    grants: tuple[Grant, ...]

    def with_line(self, place: int, /, **changes: Any) -> "Stored":
        """Change a line and seal it and all behind it anew, as somebody with the code could."""
        lines = list(self.lines)
        lines[place - 1] = evolve(lines[place - 1], **changes)
        previous = GENESIS
        sealed: list[Transaction] = []
        for line in lines:
            previous = seal_of(line, previous)
            sealed.append(evolve(line, hash=previous))
        wallet = evolve(self.wallet, last_hash=previous)
        return evolve(self, lines=tuple(sealed), wallet=wallet)

    def breaches(self) -> list[Breach]:
        """Read everything, and return what is found."""
        proof = WalletProof(account_id=SOMEBODY)
        for line in self.lines:
            proof.read(line)
        proof.close(self.wallet, self.grants)
        assert proof.lines == len(self.lines)
        return proof.breaches


def _stored() -> Stored:
    """Return a lot of 100, one of 50 that waits, a spend of 30, and a lot of 5 that ended."""
    posting = granted(a_wallet(), grant_terms(amount=100))
    for terms in (
        grant_terms(amount=50, effective_at=NOON + timedelta(days=9)),
        grant_terms(amount=5, priority=11, expires_at=NOON + timedelta(days=1)),
    ):
        posting = posting.then(granted(posting.wallet, terms))
    posting = posting.then(spent(posting.wallet, 30))
    posting = posting.then(posting.wallet.settle(NOON + timedelta(days=2), CountedIds()))
    return Stored(lines=posting.transactions, wallet=posting.wallet, grants=posting.grants)


def _with_grant(stored: Stored, place: int, **changes: Any) -> Stored:
    grants = list(stored.grants)
    grants[place] = evolve(grants[place], **changes)
    return evolve(stored, grants=tuple(grants))


def test_rows_that_obey_every_rule_pass() -> None:
    assert _stored().breaches() == []


def test_an_account_without_any_rows_passes() -> None:
    assert Stored(lines=(), wallet=Wallet(account_id=SOMEBODY), grants=()).breaches() == []


OTHER_TEXT = TransactionText(salt="another")

BROKEN: dict[str, tuple[Callable[[Stored], Stored], int]] = {
    "sequence_is_dense": (lambda stored: stored.with_line(2, seq=3), 3),
    "balance_after_adds_up": (lambda stored: stored.with_line(2, balance_after=104), 2),
    "hash_chain_is_whole": (
        lambda stored: evolve(
            stored, lines=(evolve(stored.lines[0], hash=GENESIS), *stored.lines[1:])
        ),
        1,
    ),
    "text_is_unchanged": (lambda stored: stored.with_line(3, text=OTHER_TEXT), 3),
    "balance_is_never_negative": (
        lambda stored: stored.with_line(
            1, debit=LedgerAccount.WALLET, credit=LedgerAccount.USAGE, balance_after=-100
        ),
        1,
    ),
    "only_what_is_owed_is_filled": (
        lambda stored: stored.with_line(
            1, allocations=(Allocation(stored.grants[0].id, 90), Allocation(OVERDRAFT, 10))
        ),
        1,
    ),
    "wallet_owes_what_is_owed": (
        lambda stored: evolve(stored, wallet=evolve(stored.wallet, overdrawn=1)),
        0,
    ),
    "one_side_is_the_wallet": (
        lambda stored: stored.with_line(3, credit=LedgerAccount.WALLET),
        3,
    ),
    "allocations_add_up": (
        lambda stored: stored.with_line(3, allocations=(Allocation(stored.grants[0].id, 29),)),
        3,
    ),
    "wallet_counts_its_lines": (
        lambda stored: evolve(stored, wallet=evolve(stored.wallet, seq=5)),
        0,
    ),
    "wallet_balance_is_the_sum": (
        lambda stored: evolve(stored, wallet=evolve(stored.wallet, posted=71)),
        0,
    ),
    "wallet_ends_the_chain": (
        lambda stored: evolve(stored, wallet=evolve(stored.wallet, last_hash=GENESIS)),
        0,
    ),
    "grant_is_posted_whole": (lambda stored: _with_grant(stored, 1, is_posted=True), 0),
    "grant_is_drawn_exactly": (lambda stored: _with_grant(stored, 0, remaining=69), 0),
    "grant_keeps_its_bounds": (lambda stored: _with_grant(stored, 2, remaining=-1), 0),
    "grant_keeps_its_terms": (lambda stored: _with_grant(stored, 0, priority=11), 0),
    "grant_stood_still_in_its_time": (
        lambda stored: _with_grant(stored, 1, stood_still=timedelta(microseconds=1)),
        0,
    ),
    "grants_make_the_balance": (
        lambda stored: evolve(stored, grants=(*stored.grants, a_grant(amount=1))),
        0,
    ),
    "allocations_name_a_grant": (
        lambda stored: evolve(stored, grants=stored.grants[1:]),
        0,
    ),
}


@pytest.mark.parametrize("rule", BROKEN)
def test_a_broken_rule_is_found_by_name_and_place(rule: str) -> None:
    breaking, seq = BROKEN[rule]

    breaches = breaking(_stored()).breaches()

    assert (rule, seq) in {(breach.rule, breach.seq) for breach in breaches}
    assert {breach.account_id for breach in breaches} == {SOMEBODY}
    assert all(breach.found for breach in breaches)


def test_a_lot_stood_still_no_longer_than_it_has_counted() -> None:
    stored = _stored()
    most, least = timedelta(days=1), timedelta(microseconds=1)
    assert stored.wallet.last_at == NOON + most

    for still, is_true in ((most, True), (most + least, False), (-least, False)):
        found = _with_grant(stored, 0, stood_still=still).breaches()
        assert [breach.rule for breach in found] == ["grant_stood_still_in_its_time"] * (
            not is_true
        )

    frozen = _with_grant(stored, 0, frozen_at=NOON + 2 * most, stood_still=2 * most)
    assert frozen.breaches() == []


def test_a_line_cut_off_at_the_end_is_found_by_the_wallet() -> None:
    stored = _stored()

    breaches = evolve(stored, lines=stored.lines[:-1]).breaches()

    rules = {breach.rule for breach in breaches}
    assert {
        "wallet_counts_its_lines",
        "wallet_balance_is_the_sum",
        "wallet_ends_the_chain",
    } <= rules
