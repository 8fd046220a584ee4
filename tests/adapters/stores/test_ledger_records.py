"""The whole ledger piece by piece: for proving it, for the sweep, and for forgetting old keys."""

from datetime import datetime, timedelta

import pytest
from attrs import evolve

from application.ports.credits import Batch, WalletWrite
from application.ports.store import Store
from domain.credits.errors import TransactionNotFound
from domain.credits.grant import GrantTerms
from domain.credits.ids import AccountId, TransactionId
from domain.credits.posting import Posting
from domain.credits.proof import WalletProof
from domain.credits.wallet import Wallet
from tests.adapters.stores.steps import funded, load, write
from tests.support.builders.credits import (
    SOMEBODY,
    SOMEBODY_ELSE,
    a_key,
    a_keyed_receipt,
    grant_terms,
    granted,
    spent,
)
from tests.support.clock import NOON, fresh_id

DAY = timedelta(days=1)


async def test_an_empty_ledger_has_no_accounts_lines_or_grants(store: Store) -> None:
    assert list(await store.records.accounts(None, 10)) == []
    assert list(await store.records.lines(SOMEBODY, 0, 10)) == []
    assert await store.records.wallet_and_grants(SOMEBODY) == (Wallet(account_id=SOMEBODY), [])
    assert list(await store.records.due(NOON, 10)) == []
    assert await store.records.forget_keys(NOON, 10) == 0


async def test_accounts_come_in_the_order_of_their_ids_piece_by_piece(store: Store) -> None:
    # Capitals before small letters, and those before accents: by code point on every store.
    in_order = [AccountId(name) for name in ("10", "9", "B", "Z", "a", "a-1", "a1", "z", "ä")]
    for account_id in reversed(in_order):
        await funded(store, account_id)

    first = await store.records.accounts(None, 4)
    second = await store.records.accounts(first[-1], 100)
    none = await store.records.accounts(second[-1], 100)

    assert [*first, *second] == in_order
    assert (len(first), list(none)) == (4, [])


async def test_one_line_is_found_by_its_id_and_by_its_account_alone(store: Store) -> None:
    posting = granted(Wallet(account_id=SOMEBODY))
    await write(store, posting)
    (line,) = posting.transactions

    found = await store.records.line(SOMEBODY, line.id)

    assert found == line
    for account_id, transaction_id in ((SOMEBODY_ELSE, line.id), (SOMEBODY, fresh_id())):
        with pytest.raises(TransactionNotFound):
            await store.records.line(account_id, TransactionId(transaction_id))


async def test_lines_come_oldest_first_piece_by_piece(store: Store) -> None:
    posting = granted(Wallet(account_id=SOMEBODY))
    for _ in range(6):
        posting = posting.then(spent(posting.wallet, 1))
    await write(store, posting)
    await funded(store, SOMEBODY_ELSE)

    first = await store.records.lines(SOMEBODY, 0, 4)
    second = await store.records.lines(SOMEBODY, 4, 4)

    assert (*first, *second) == posting.transactions
    assert (len(first), len(second)) == (4, 3)
    assert list(await store.records.lines(SOMEBODY, 7, 4)) == []


async def test_hashes_are_those_of_the_lines_that_are_there(store: Store) -> None:
    posting = granted(Wallet(account_id=SOMEBODY))
    for _ in range(3):
        posting = posting.then(spent(posting.wallet, 1))
    await write(store, posting)
    await funded(store, SOMEBODY_ELSE)

    found = await store.records.hashes(SOMEBODY, [4, 2, 5])

    assert found == {line.seq: line.hash for line in posting.transactions if line.seq in {2, 4}}
    assert await store.records.hashes(SOMEBODY, []) == {}


async def test_a_stored_ledger_passes_its_proof(store: Store) -> None:
    posting = granted(Wallet(account_id=SOMEBODY), grant_terms(expires_at=NOON + DAY))
    posting = posting.then(granted(posting.wallet, grant_terms(effective_at=NOON + DAY)))
    posting = posting.then(spent(posting.wallet, 30))
    await write(store, posting)
    await write(store, spent(await load(store, SOMEBODY), 30, now=NOON + 2 * DAY))

    proof = WalletProof(account_id=SOMEBODY)
    for line in await store.records.lines(SOMEBODY, 0, 100):
        proof.read(line)
    wallet, grants = await store.records.wallet_and_grants(SOMEBODY)
    proof.close(wallet, grants)

    assert proof.breaches == []
    assert proof.lines == 5
    assert sorted(grant.remaining for grant in grants) == [0, 70]


async def test_a_wallet_comes_with_every_grant_it_ever_had(store: Store) -> None:
    one = granted(Wallet(account_id=SOMEBODY), grant_terms(amount=5))
    two = granted(one.wallet, grant_terms(amount=6))
    posting = one.then(two).then(spent(two.wallet, 7))
    await write(store, posting)
    await funded(store, SOMEBODY_ELSE)

    wallet, grants = await store.records.wallet_and_grants(SOMEBODY)

    stored = evolve(posting.wallet, version=1)
    assert evolve(wallet, grants=()) == evolve(stored, grants=())
    assert sorted(grants, key=lambda grant: grant.id) == sorted(
        posting.grants, key=lambda grant: grant.id
    )


@pytest.mark.parametrize(
    ("terms", "now", "is_due"),
    [
        (grant_terms(), NOON + 1000 * DAY, False),
        (grant_terms(expires_at=NOON + DAY), NOON + DAY - timedelta(microseconds=1), False),
        (grant_terms(expires_at=NOON + DAY), NOON + DAY, True),
        (grant_terms(effective_at=NOON + DAY), NOON + DAY - timedelta(microseconds=1), False),
        (grant_terms(effective_at=NOON + DAY), NOON + DAY, True),
        (
            grant_terms(effective_at=NOON + DAY, expires_at=NOON + 2 * DAY),
            NOON + DAY,
            True,
        ),
    ],
)
async def test_an_account_is_due_when_a_grant_has_expired_or_taken_effect_unposted(
    store: Store, terms: GrantTerms, now: datetime, is_due: bool
) -> None:
    await write(store, granted(Wallet(account_id=SOMEBODY), terms))

    assert list(await store.records.due(now, 10)) == [SOMEBODY] * is_due


async def test_an_account_is_no_longer_due_once_that_is_posted(store: Store) -> None:
    terms = grant_terms(effective_at=NOON + DAY, expires_at=NOON + 2 * DAY)
    await write(store, granted(Wallet(account_id=SOMEBODY), terms))

    due = []
    for now in (NOON + DAY, NOON + 2 * DAY):
        due.append(list(await store.records.due(now, 10)))
        await write(store, (await load(store, SOMEBODY)).settle(now, fresh_id))
        due.append(list(await store.records.due(now, 10)))

    assert due == [[SOMEBODY], [], [SOMEBODY], []]


async def test_a_grant_that_was_spent_whole_is_never_due(store: Store) -> None:
    made = granted(Wallet(account_id=SOMEBODY), grant_terms(amount=5, expires_at=NOON + DAY))
    await write(store, made.then(spent(made.wallet, 5)))

    assert list(await store.records.due(NOON + 2 * DAY, 10)) == []


async def test_an_account_with_many_grants_due_is_named_once_and_the_limit_counts_accounts(
    store: Store,
) -> None:
    accounts = [AccountId(f"user-{n}") for n in range(4)]
    for account_id in accounts:
        posting = Posting(wallet=Wallet(account_id=account_id))
        for _ in range(3):
            terms = grant_terms(expires_at=NOON + DAY)
            posting = posting.then(granted(posting.wallet, terms))
        await write(store, posting)

    due = await store.records.due(NOON + DAY, 3)
    everything = await store.records.due(NOON + DAY, 100)

    assert len(due) == len(set(due)) == 3
    assert sorted(everything) == accounts


async def test_old_keys_are_forgotten_unless_they_are_kept_for_ever(store: Store) -> None:
    old, edge, kept = a_key(key="old"), a_key(key="edge"), a_key(key="kept")
    posting = granted(Wallet(account_id=SOMEBODY))
    receipts = (
        a_keyed_receipt(posting, old, now=NOON - DAY),
        a_keyed_receipt(posting, edge, now=NOON),
        a_keyed_receipt(posting, kept, now=NOON - DAY, is_kept_for_ever=True),
    )
    await write(store, WalletWrite(posting=posting, receipts=receipts))

    forgotten = await store.records.forget_keys(NOON, 100)

    known = (await store.ledger.write(Batch(unchanged={}, keys=(old, edge, kept)))).known
    assert forgotten == 1
    assert set(known) == {edge.name, kept.name}


async def test_keys_are_forgotten_so_many_at_a_time(store: Store) -> None:
    posting = granted(Wallet(account_id=SOMEBODY))
    receipts = tuple(a_keyed_receipt(posting, a_key(), now=NOON - DAY) for _ in range(5))
    await write(store, WalletWrite(posting=posting, receipts=receipts))

    assert [await store.records.forget_keys(NOON, 2) for _ in range(4)] == [2, 2, 1, 0]


async def test_a_forgotten_key_may_be_used_again(store: Store) -> None:
    key = a_key()
    posting = spent(await funded(store), 1)
    await write(store, WalletWrite(posting=posting, receipts=(a_keyed_receipt(posting, key),)))
    await store.records.forget_keys(NOON + DAY, 100)

    again = spent(await load(store, SOMEBODY), 1)
    receipt = a_keyed_receipt(again, evolve(key, fingerprint="another request"))
    await write(store, WalletWrite(posting=again, receipts=(receipt,)))

    assert (await load(store, SOMEBODY)).posted == 98
