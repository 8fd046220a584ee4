"""A wallet inside a unit of work that also writes something else: taken, changed, kept or not."""

from collections.abc import Awaitable, Callable

import pytest
from attrs import evolve

from application.ports.credits import Batch, WriteRefused
from application.ports.idempotency import Caller, RequestKey
from application.ports.store import Store
from application.ports.unit_of_work import UnitOfWork
from domain.credits.errors import InsufficientCredits, KeyReused
from domain.credits.wallet import Wallet
from tests.adapters.stores.steps import (
    abandon,
    batch_of,
    commit,
    funded,
    load,
    look_behind,
    outcomes,
    write,
)
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


async def _spend(work: UnitOfWork, amount: int = 1) -> None:
    wallet = await work.wallets.take(SOMEBODY)
    await work.wallets.save(spent(wallet, amount))


async def _give(work: UnitOfWork, amount: int = 1) -> None:
    wallet = await work.wallets.take(SOMEBODY)
    await work.wallets.save(granted(wallet, grant_terms(amount=amount)))


async def test_another_request_under_a_known_key_is_refused(store: Store) -> None:
    key = a_key(fingerprint="thirty credits")
    await write(store, a_write(spent(await funded(store), 30), key))

    with pytest.raises(KeyReused) as refused:
        await abandon(
            store, lambda work: work.wallets.receipt(evolve(key, fingerprint="forty credits"))
        )

    assert refused.value.key == key.key


async def test_a_receipt_cannot_be_kept_twice_under_one_key(store: Store) -> None:
    key = a_key()
    await write(store, a_write(spent(await funded(store), 30), key))
    after = await load(store, SOMEBODY)

    async def again(work: UnitOfWork) -> None:
        posting = spent(await work.wallets.take(SOMEBODY), 30)
        await work.wallets.save(posting, [a_keyed_receipt(posting, key)])

    with pytest.raises(WriteRefused):
        await commit(store, again)

    assert await load(store, SOMEBODY) == after


async def test_a_wallet_that_cannot_be_true_is_refused(store: Store) -> None:
    before = await funded(store)

    async def overdraw(work: UnitOfWork) -> None:
        posting = spent(await work.wallets.take(SOMEBODY), 30)
        await work.wallets.save(evolve(posting, wallet=evolve(posting.wallet, posted=-1)))

    with pytest.raises(WriteRefused):
        await commit(store, overdraw)

    assert await load(store, SOMEBODY) == before


async def test_a_change_without_commit_is_not_kept(store: Store) -> None:
    before = await funded(store)
    key = a_key()

    async def change(work: UnitOfWork) -> None:
        posting = spent(await work.wallets.take(SOMEBODY), 30)
        await work.wallets.save(posting, [a_keyed_receipt(posting, key)])

    await abandon(store, change)

    assert await load(store, SOMEBODY) == before
    assert await abandon(store, lambda work: work.wallets.receipt(key)) is None
    assert (await store.records.lines(SOMEBODY, before.seq, 10)) == []


async def test_a_new_account_has_an_empty_wallet_to_take(store: Store) -> None:
    wallet = await abandon(store, lambda work: work.wallets.take(SOMEBODY))

    assert wallet == Wallet(account_id=SOMEBODY)
    assert await load(store, SOMEBODY) == Wallet(account_id=SOMEBODY)


async def test_a_new_wallet_taken_and_left_alone_can_still_be_written(store: Store) -> None:
    await commit(store, lambda work: work.wallets.take(SOMEBODY))

    await write(store, granted(Wallet(account_id=SOMEBODY), grant_terms(amount=5)))

    assert (await load(store, SOMEBODY)).version == 1


async def test_a_saved_wallet_is_what_the_ledger_loads_and_guards(store: Store) -> None:
    before = await funded(store)

    await commit(store, lambda work: _spend(work, 30))

    after = await load(store, SOMEBODY)
    assert (after.version, after.seq, after.posted) == (before.version + 1, 2, 70)
    stale = await store.ledger.write(batch_of(spent(before, 1)))
    assert not stale.written


async def test_a_wallet_can_be_saved_taken_again_and_saved_in_one_unit(store: Store) -> None:
    await funded(store)

    async def twice(work: UnitOfWork) -> None:
        await _spend(work, 30)
        await _spend(work, 30)

    await commit(store, twice)

    after = await load(store, SOMEBODY)
    assert (after.seq, after.posted) == (3, 40)


async def test_a_receipt_is_known_to_the_ledger_and_to_units_alike(store: Store) -> None:
    in_a_unit, in_a_batch = a_key(caller=Caller.SYSTEM), a_key(caller=Caller.ADMIN)
    posting = spent(await funded(store), 1)
    kept = a_keyed_receipt(posting, in_a_unit, is_kept_for_ever=True)

    async def save(work: UnitOfWork) -> None:
        await work.wallets.take(SOMEBODY)
        await work.wallets.save(posting, [kept])

    await commit(store, save)
    await write(store, a_write(spent(await load(store, SOMEBODY), 1), in_a_batch))

    known = (await store.ledger.write(Batch(unchanged={}, keys=(in_a_unit, in_a_batch)))).known
    assert set(known) == {in_a_unit.name, in_a_batch.name}
    for key in (in_a_unit, in_a_batch):
        stored = await abandon(store, _receipt_of(key))
        assert stored == known[key.name].receipt


def _receipt_of(key: RequestKey) -> Callable[[UnitOfWork], Awaitable[object]]:
    return lambda work: work.wallets.receipt(key)


async def test_one_key_of_two_owners_or_two_kinds_of_caller_is_two_keys(store: Store) -> None:
    posting = spent(await funded(store), 1)
    await write(store, a_write(posting, a_key(caller=Caller.USER, key="k")))

    for other in (
        a_key(caller=Caller.BACKEND, key="k"),
        a_key(owner=SOMEBODY_ELSE, caller=Caller.USER, key="k"),
        a_key(caller=Caller.USER, key="K"),
    ):
        assert await abandon(store, _receipt_of(other)) is None


async def test_a_second_taker_waits_and_sees_what_the_first_committed(store: Store) -> None:
    await funded(store)

    async def take(work: UnitOfWork) -> Callable[[], Awaitable[object]]:
        wallet = await work.wallets.take(SOMEBODY)
        return lambda: work.wallets.save(spent(wallet, 30))

    wallet = await look_behind(store, take, lambda work: work.wallets.take(SOMEBODY))

    assert wallet.posted == 70
    assert [grant.remaining for grant in wallet.grants] == [70]


async def test_a_second_taker_of_a_new_wallet_sees_what_the_first_committed(
    store: Store,
) -> None:
    async def take(work: UnitOfWork) -> Callable[[], Awaitable[object]]:
        wallet = await work.wallets.take(SOMEBODY)
        return lambda: work.wallets.save(granted(wallet, grant_terms(amount=5)))

    wallet = await look_behind(store, take, lambda work: work.wallets.take(SOMEBODY))

    assert (wallet.posted, len(wallet.grants)) == (5, 1)


async def test_units_at_once_never_take_more_than_there_is(store: Store) -> None:
    await funded(store, balance=5)

    ended = await outcomes(*(commit(store, _spend) for _ in range(8)))

    assert len([each for each in ended if isinstance(each, InsufficientCredits)]) == 3
    assert (await load(store, SOMEBODY)).posted == 0


async def test_new_wallets_taken_at_once_lose_no_grant(store: Store) -> None:
    ended = await outcomes(*(commit(store, _give) for _ in range(8)))

    assert ended == [None] * 8
    assert (await load(store, SOMEBODY)).posted == 8


async def test_units_and_batches_at_once_lose_nothing(store: Store) -> None:
    await funded(store, balance=100)

    async def pay() -> None:
        is_paid = False
        while not is_paid:
            posting = spent(await load(store, SOMEBODY), 1)
            is_paid = bool((await store.ledger.write(batch_of(posting))).written)

    ended = await outcomes(*(commit(store, _spend) for _ in range(8)), *(pay() for _ in range(8)))

    assert ended == [None] * 16
    after = await load(store, SOMEBODY)
    assert (after.posted, after.seq, after.version) == (84, 17, 17)
