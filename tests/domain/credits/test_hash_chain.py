"""The seal of a line: any change of any field breaks it, and no two lines share one form."""

import string
from datetime import timedelta
from typing import Any

import pytest
from attrs import asdict, evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.credits.ids import AccountId, GrantId, TransactionId
from domain.credits.posting import Posting
from domain.credits.proof import Breach, WalletProof
from domain.credits.transaction import (
    GENESIS,
    Allocation,
    LedgerAccount,
    Transaction,
    TransactionText,
    TransactionType,
    seal_of,
)
from domain.credits.wallet import Wallet
from tests.support.builders.credits import SOMEBODY, a_text, grant_terms, granted, spent
from tests.support.clock import NOON

A_MICROSECOND = timedelta(microseconds=1)


def _chain(lines: int = 6) -> Posting:
    """Return lots in turn with spends, each of which draws from two of them."""
    posting = granted(Wallet(account_id=SOMEBODY), grant_terms(amount=5, cause="order:1"))
    for n in range(1, lines):
        now = NOON + n * timedelta(seconds=1)
        wallet = posting.wallet
        is_grant = n % 2 == 1
        change = (
            granted(wallet, grant_terms(amount=10), now=now)
            if is_grant
            else spent(wallet, 10, now=now)
        )
        posting = posting.then(change)
    return posting


def _breaches(lines: tuple[Transaction, ...], posting: Posting) -> list[Breach]:
    proof = WalletProof(account_id=SOMEBODY)
    for line in lines:
        proof.read(line)
    proof.close(posting.wallet, posting.grants)
    return proof.breaches


CHANGES: dict[str, dict[str, Any]] = {
    "id": {"id": TransactionId("another")},
    "account_id": {"account_id": AccountId("user-2")},
    "seq": {"seq": 99},
    "type": {"type": TransactionType("image")},
    "debit": {"debit": LedgerAccount.REFUNDS},
    "credit": {"credit": LedgerAccount.REFUNDS},
    "amount": {"amount": 1},
    "balance_after": {"balance_after": 1},
    "at": {"at": NOON + A_MICROSECOND},
    "cause": {"cause": "order:2"},
    "allocations": {"allocations": ()},
    "usage": {"usage": "{}"},
    "text_digest": {"text_digest": bytes(32)},
    "hash": {"hash": bytes(32)},
    "text": {"text": TransactionText(salt="s", description="another")},
}


def test_every_field_of_a_line_is_tried() -> None:
    line = _chain().transactions[0]

    assert set(CHANGES) == set(asdict(line, recurse=False))


@pytest.mark.parametrize("field", CHANGES)
@pytest.mark.parametrize("seq", [1, 4, 6])
def test_a_changed_field_of_any_line_is_found_with_its_place(field: str, seq: int) -> None:
    posting = _chain()
    lines = list(posting.transactions)
    lines[seq - 1] = evolve(lines[seq - 1], **CHANGES[field])

    breaches = _breaches(tuple(lines), posting)

    assert (99 if field == "seq" else seq) in {breach.seq for breach in breaches}
    assert {breach.account_id for breach in breaches} == {SOMEBODY}


def test_a_chain_that_nobody_touched_is_whole() -> None:
    posting = _chain()

    assert _breaches(posting.transactions, posting) == []


def test_a_chain_whose_texts_were_erased_is_whole() -> None:
    posting = _chain()

    erased = tuple(evolve(line, text=None) for line in posting.transactions)

    assert _breaches(erased, posting) == []


@pytest.mark.parametrize("seq", range(1, 7))
def test_a_line_that_was_removed_is_found(seq: int) -> None:
    posting = _chain()
    lines = posting.transactions

    assert _breaches(lines[: seq - 1] + lines[seq:], posting)


@pytest.mark.parametrize("seq", range(1, 7))
def test_a_line_that_was_put_in_twice_is_found_behind_itself(seq: int) -> None:
    posting = _chain()
    lines = posting.transactions

    breaches = _breaches(lines[:seq] + lines[seq - 1 :], posting)

    assert breaches[0].seq == seq


@pytest.mark.parametrize("seq", range(1, 6))
def test_two_lines_that_changed_places_are_found(seq: int) -> None:
    posting = _chain()
    lines = list(posting.transactions)
    lines[seq - 1], lines[seq] = lines[seq], lines[seq - 1]

    assert _breaches(tuple(lines), posting)[0].seq == seq + 1


def test_a_changed_line_cannot_be_sealed_anew_without_every_line_behind_it() -> None:
    posting = _chain()
    lines = list(posting.transactions)
    forged = evolve(lines[2], cause="order:2")
    lines[2] = evolve(forged, hash=seal_of(forged, lines[1].hash))

    assert [breach.seq for breach in _breaches(tuple(lines), posting)] == [4]


def test_every_character_of_every_sealed_text_and_every_bit_of_every_number_counts() -> None:
    lines = _chain(lines=40).transactions
    previous = GENESIS
    tried = 0

    for line in lines:
        for forged in _forgeries(line):
            tried += 1
            assert seal_of(forged, previous) != line.hash
        previous = line.hash

    assert tried > 5_000


def _forgeries(line: Transaction) -> list[Transaction]:
    """Return the line with one character, one bit or one enum value changed at a time."""
    found: list[Transaction] = []
    found += [evolve(line, id=TransactionId(text)) for text in _one_off(line.id)]
    found += [evolve(line, account_id=AccountId(text)) for text in _one_off(line.account_id)]
    found += [evolve(line, type=TransactionType(text)) for text in _one_off(line.type)]
    found += [evolve(line, cause=text) for text in _one_off(line.cause or "")]
    found += [evolve(line, debit=side) for side in LedgerAccount if side is not line.debit]
    found += [evolve(line, credit=side) for side in LedgerAccount if side is not line.credit]
    for bit in range(53):
        found.append(evolve(line, seq=line.seq ^ (1 << bit)))
        found.append(evolve(line, balance_after=line.balance_after ^ (1 << bit)))
        if line.amount != 1 << bit:
            found.append(evolve(line, amount=line.amount ^ (1 << bit)))
        if bit < 40:
            found.append(evolve(line, at=line.at + (1 << bit) * A_MICROSECOND))
    for place in range(32):
        digest = bytearray(line.text_digest)
        digest[place] ^= 1
        found.append(evolve(line, text_digest=bytes(digest)))
    for place, kept in enumerate(line.allocations):
        rest = line.allocations[:place], line.allocations[place + 1 :]
        found += [
            evolve(line, allocations=(*rest[0], changed, *rest[1]))
            for changed in (
                *(Allocation(GrantId(text), kept.amount) for text in _one_off(kept.grant_id)),
                Allocation(kept.grant_id, kept.amount + 1),
            )
        ]
    return found


def _one_off(text: str) -> list[str]:
    changed = [
        text[:place] + ("x" if text[place] != "x" else "y") + text[place + 1 :]
        for place in range(len(text))
    ]
    return [*changed, text + "0", "0" + text]


# Few characters, among them those the form itself is made of, so that unlucky cuts are likely.
_TEXT = st.text(alphabet=string.digits[:3] + ":+-a", max_size=4)
_LINES = st.builds(
    Transaction,
    id=_TEXT.map(TransactionId),
    account_id=_TEXT.map(AccountId),
    seq=st.integers(0, 12),
    type=_TEXT.map(TransactionType),
    debit=st.just(LedgerAccount.WALLET),
    credit=st.just(LedgerAccount.USAGE),
    amount=st.integers(1, 12),
    balance_after=st.integers(0, 12),
    at=st.just(NOON),
    cause=st.none() | _TEXT,
    allocations=st.lists(
        st.builds(Allocation, _TEXT.map(GrantId), st.integers(0, 12)), max_size=2
    ).map(tuple),
    text_digest=st.just(bytes(32)),
    hash=st.just(bytes(32)),
    text=st.none(),
)


@settings(max_examples=500, deadline=None)
@given(one=_LINES, other=_LINES)
def test_two_lines_share_a_seal_only_if_they_are_the_same(
    one: Transaction, other: Transaction
) -> None:
    assert (seal_of(one, GENESIS) == seal_of(other, GENESIS)) is (one == other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"id": TransactionId("ab")}, {"id": TransactionId("a"), "account_id": AccountId("b")}),
        ({"cause": None}, {"cause": ""}),
        ({"cause": None}, {"cause": "-"}),
        ({"cause": "a"}, {"cause": None, "allocations": (Allocation(GrantId("a"), 1),)}),
        (
            {"allocations": (Allocation(GrantId("a"), 11),)},
            {"allocations": (Allocation(GrantId("a1"), 1),)},
        ),
        ({"seq": 11, "amount": 1}, {"seq": 1, "amount": 11}),
    ],
)
def test_what_reads_alike_when_run_together_is_sealed_apart(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    line = _chain().transactions[0]

    assert seal_of(evolve(line, **one), GENESIS) != seal_of(evolve(line, **other), GENESIS)


def test_the_seal_covers_the_line_before() -> None:
    line = _chain().transactions[0]

    assert seal_of(line, GENESIS) != seal_of(line, bytes(31) + b"\x01")


@pytest.mark.parametrize(
    "other",
    [
        TransactionText(salt="other", description="d", metadata="m"),
        TransactionText(salt="salt", description="D", metadata="m"),
        TransactionText(salt="salt", description="d", metadata=""),
        TransactionText(salt="salt", description="dm", metadata=""),
        TransactionText(salt="saltd", description="", metadata="m"),
        TransactionText(salt="salt", description="1:d", metadata="m"),
    ],
)
def test_another_text_has_another_digest(other: TransactionText) -> None:
    text = TransactionText(salt="salt", description="d", metadata="m")

    assert other.digest() != text.digest()


def test_the_same_words_have_another_digest_in_every_line() -> None:
    assert a_text("thanks").digest() != a_text("thanks").digest()


def test_the_same_line_is_sealed_the_same_for_ever() -> None:
    """The form of a line may never change: every ledger ever written would break."""
    text = TransactionText(salt="salt", description="Grüße ☕", metadata='{"a": 1}')
    line = Transaction(
        id=TransactionId("00000001-0000-7000-8000-000000000001"),
        account_id=AccountId("user-1"),
        seq=7,
        type=TransactionType("ai_usage"),
        debit=LedgerAccount.WALLET,
        credit=LedgerAccount.USAGE,
        amount=15,
        balance_after=85,
        at=NOON + A_MICROSECOND,
        cause="job:ü",
        allocations=(Allocation(GrantId("lot-1"), 10), Allocation(GrantId("lot-2"), 5)),
        text_digest=text.digest(),
        hash=bytes(32),
        text=text,
    )

    assert text.digest().hex() == "db303647faa8fe8d0ad1cd06bf8048f795ad33e3b5f6542e2d79930b7a56a396"
    assert (
        seal_of(line, GENESIS).hex()
        == "3fa3a498a2af0b106cd1c78e4e868fbe5e56595119400f8e19184e68305ca49c"
    )
    assert (
        seal_of(evolve(line, cause=None, allocations=()), GENESIS).hex()
        == "826450aca067fa7cc6bea8c03f25851e8dcb373fb5c24653db6ec544fcaa5c6a"
    )
