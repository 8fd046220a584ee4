"""The ledger leaves alone what is stale or answered already, and refuses what cannot be true."""

from collections.abc import Callable

import pytest
from attrs import evolve

from application.ports.credits import (
    Batch,
    Committed,
    KnownReceipt,
    WalletWrite,
    WriteRefused,
)
from application.ports.store import Store
from domain.credits.posting import Posting
from domain.credits.wallet import Wallet
from tests.adapters.stores.steps import NOBODY_WRITTEN, batch_of, funded, load, write
from tests.support.builders.credits import (
    SOMEBODY,
    SOMEBODY_ELSE,
    a_key,
    a_keyed_receipt,
    a_write,
    grant_terms,
    granted,
    spent,
)


async def test_a_stale_version_writes_nothing(store: Store) -> None:
    before = await funded(store)
    await write(store, spent(before, 30))
    after = await load(store, SOMEBODY)

    committed = await store.ledger.write(batch_of(a_write(spent(before, 50), a_key())))

    assert committed == NOBODY_WRITTEN
    assert await load(store, SOMEBODY) == after


async def test_a_wallet_that_somebody_created_meanwhile_is_stale(store: Store) -> None:
    new = await load(store, SOMEBODY)
    await write(store, granted(new, grant_terms(amount=1)))

    committed = await store.ledger.write(batch_of(granted(new, grant_terms(amount=2))))

    assert committed == NOBODY_WRITTEN
    assert (await load(store, SOMEBODY)).posted == 1


async def test_a_key_that_is_known_writes_nothing_and_gives_the_first_answer(
    store: Store,
) -> None:
    first = spent(await funded(store), 30)
    key = a_key(fingerprint="thirty credits")
    kept = a_keyed_receipt(first, key)
    await write(store, WalletWrite(posting=first, receipts=(kept,)))
    after = await load(store, SOMEBODY)

    again = evolve(key, fingerprint="thirty credits, or not")
    committed = await store.ledger.write(batch_of(a_write(spent(after, 30), again, a_key())))

    known = {key.name: KnownReceipt(receipt=kept.receipt, fingerprint="thirty credits")}
    assert committed == Committed(written=frozenset(), unchanged=frozenset(), known=known)
    assert await load(store, SOMEBODY) == after


async def test_the_key_of_a_refused_command_holds_back_its_account_too(store: Store) -> None:
    key = a_key()
    await write(store, a_write(spent(await funded(store), 30), key))
    after = await load(store, SOMEBODY)

    batch = Batch(writes=(a_write(spent(after, 5), a_key()),), unchanged={}, keys=(key,))
    committed = await store.ledger.write(batch)

    assert not committed.written
    assert set(committed.known) == {key.name}
    assert await load(store, SOMEBODY) == after


def _below_zero(wallet: Wallet) -> Posting:
    posting = spent(wallet, 1)
    return evolve(posting, wallet=evolve(posting.wallet, posted=-1))


def _held_below_zero(wallet: Wallet) -> Posting:
    posting = spent(wallet, 1)
    return evolve(posting, wallet=evolve(posting.wallet, held=-1))


def _overfull_grant(wallet: Wallet) -> Posting:
    posting = spent(wallet, 1)
    return evolve(posting, grants=tuple(evolve(g, remaining=g.amount + 1) for g in posting.grants))


def _overdrawn_grant(wallet: Wallet) -> Posting:
    posting = spent(wallet, 1)
    return evolve(posting, grants=tuple(evolve(g, remaining=-1) for g in posting.grants))


def _number_taken(wallet: Wallet) -> Posting:
    posting = spent(wallet, 1)
    lines = tuple(evolve(line, seq=wallet.seq) for line in posting.transactions)
    return evolve(posting, transactions=lines)


def _same_line_twice(wallet: Wallet) -> Posting:
    posting = spent(wallet, 1)
    (line,) = posting.transactions
    return evolve(posting, transactions=(line, evolve(line, seq=line.seq + 1)))


@pytest.mark.parametrize(
    "poison",
    [
        _below_zero,
        _held_below_zero,
        _overfull_grant,
        _overdrawn_grant,
        _number_taken,
        _same_line_twice,
    ],
)
async def test_rows_that_cannot_be_true_are_refused_with_the_whole_batch(
    store: Store, poison: Callable[[Wallet], Posting]
) -> None:
    poisoned, sound = await funded(store), await funded(store, SOMEBODY_ELSE)

    with pytest.raises(WriteRefused):
        await store.ledger.write(
            batch_of(a_write(spent(sound, 10), a_key(owner=SOMEBODY_ELSE)), poison(poisoned))
        )

    assert await load(store, SOMEBODY) == poisoned
    assert await load(store, SOMEBODY_ELSE) == sound


async def test_the_store_goes_on_after_it_refused_a_batch(store: Store) -> None:
    wallet = await funded(store)
    with pytest.raises(WriteRefused):
        await store.ledger.write(batch_of(_below_zero(wallet)))

    await write(store, spent(wallet, 10))

    assert (await load(store, SOMEBODY)).posted == 90


async def test_refusals_alone_are_confirmed_while_their_wallets_still_stand(
    store: Store,
) -> None:
    wallet = await funded(store)
    key = a_key()

    committed = await store.ledger.write(
        Batch(unchanged={SOMEBODY: wallet.version, SOMEBODY_ELSE: 0}, keys=(key,))
    )

    both = frozenset({SOMEBODY, SOMEBODY_ELSE})
    assert committed == Committed(written=frozenset(), unchanged=both, known={})
    assert await load(store, SOMEBODY) == wallet
    assert not (await store.ledger.write(Batch(unchanged={}, keys=(key,)))).known


async def test_refusals_judged_by_a_wallet_that_moved_are_not_confirmed(store: Store) -> None:
    before = await funded(store)
    await write(store, spent(before, 1))

    moved = await store.ledger.write(Batch(unchanged={SOMEBODY: before.version}))
    created = await store.ledger.write(Batch(unchanged={SOMEBODY: 0}))

    assert moved == created == NOBODY_WRITTEN


async def test_a_refusal_whose_key_is_known_gives_the_first_answer_instead(
    store: Store,
) -> None:
    key = a_key()
    await write(store, a_write(spent(await funded(store), 100), key))
    empty = await load(store, SOMEBODY)

    committed = await store.ledger.write(Batch(unchanged={SOMEBODY: empty.version}, keys=(key,)))

    assert not committed.unchanged
    assert set(committed.known) == {key.name}
