"""Several callers at once: the version guards every wallet, whoever is quicker."""

import asyncio
from collections.abc import Mapping

import pytest

from application.ports.credits import (
    Batch,
    Committed,
)
from application.ports.store import Store
from domain.credits.errors import InsufficientCredits
from domain.credits.ids import AccountId
from domain.credits.wallet import Wallet
from tests.adapters.stores.steps import NOBODY_WRITTEN, batch_of, funded, load, outcomes, write
from tests.support.builders.credits import (
    SOMEBODY,
    SOMEBODY_ELSE,
    a_key,
    a_write,
    grant_terms,
    granted,
    spent,
)


async def test_a_new_wallet_written_twice_at_once_is_written_once(store: Store) -> None:
    new = await load(store, SOMEBODY)

    committed = await asyncio.gather(
        *(store.ledger.write(batch_of(granted(new, grant_terms(amount=n)))) for n in (1, 2, 4, 8))
    )

    assert sorted(len(each.written) for each in committed) == [0, 0, 0, 1]
    assert (await load(store, SOMEBODY)).posted in {1, 2, 4, 8}


async def test_one_key_sent_many_times_at_once_has_one_effect(store: Store) -> None:
    await funded(store)
    key = a_key()

    async def pay() -> bool:
        while True:
            wallet = await load(store, SOMEBODY)
            committed = await store.ledger.write(batch_of(a_write(spent(wallet, 10), key)))
            if committed.known or committed.written:
                return bool(committed.written)

    paid = await asyncio.gather(*(pay() for _ in range(8)))

    assert paid.count(True) == 1
    assert (await load(store, SOMEBODY)).posted == 90


async def test_spends_at_once_never_take_more_than_there_is(store: Store) -> None:
    await funded(store, balance=10)

    async def pay() -> None:
        committed = NOBODY_WRITTEN
        while not committed.written:
            wallet = await load(store, SOMEBODY)
            committed = await store.ledger.write(batch_of(a_write(spent(wallet, 3), a_key())))

    ended = await outcomes(*(pay() for _ in range(8)))

    refused = [each for each in ended if isinstance(each, InsufficientCredits)]
    assert len(refused) == 5
    assert ended.count(None) == 3
    assert (await load(store, SOMEBODY)).posted == 1


async def test_an_exclusive_decision_that_fails_leaves_nothing_and_no_lock(
    store: Store,
) -> None:
    before = await funded(store)

    def fail(wallets: Mapping[AccountId, Wallet]) -> Batch:
        return batch_of(spent(wallets[SOMEBODY], 101))

    with pytest.raises(InsufficientCredits):
        await store.ledger.exclusively([SOMEBODY], fail)

    await write(store, spent(before, 1))
    assert (await load(store, SOMEBODY)).posted == 99


async def test_an_exclusive_decision_sees_the_wallets_and_is_written(store: Store) -> None:
    before = await funded(store)
    seen: list[Mapping[AccountId, Wallet]] = []

    def decide(wallets: Mapping[AccountId, Wallet]) -> Batch:
        seen.append(wallets)
        return batch_of(
            a_write(spent(wallets[SOMEBODY], 30), a_key()),
            granted(wallets[SOMEBODY_ELSE], grant_terms(amount=30)),
        )

    committed = await store.ledger.exclusively([SOMEBODY_ELSE, SOMEBODY], decide)

    assert seen == [{SOMEBODY: before, SOMEBODY_ELSE: Wallet(account_id=SOMEBODY_ELSE)}]
    assert committed.written == {SOMEBODY, SOMEBODY_ELSE}
    assert (await load(store, SOMEBODY)).posted == 70
    assert (await load(store, SOMEBODY_ELSE)).posted == 30


async def test_an_exclusive_decision_gives_the_first_answer_to_a_known_key(
    store: Store,
) -> None:
    key = a_key()
    await write(store, a_write(spent(await funded(store), 30), key))

    committed = await store.ledger.exclusively(
        [SOMEBODY], lambda wallets: batch_of(a_write(spent(wallets[SOMEBODY], 30), key))
    )

    assert not committed.written
    assert set(committed.known) == {key.name}
    assert (await load(store, SOMEBODY)).posted == 70


async def test_an_exclusive_decision_may_refuse_everything(store: Store) -> None:
    before = await funded(store)

    committed = await store.ledger.exclusively(
        [SOMEBODY], lambda wallets: Batch(unchanged={SOMEBODY: wallets[SOMEBODY].version})
    )

    assert committed.unchanged == {SOMEBODY}
    assert await load(store, SOMEBODY) == before


async def test_exclusive_decisions_at_once_each_see_the_one_before(store: Store) -> None:
    await funded(store, balance=10)

    def pay(wallets: Mapping[AccountId, Wallet]) -> Batch:
        return batch_of(a_write(spent(wallets[SOMEBODY], 1), a_key()))

    ended = await outcomes(*(store.ledger.exclusively([SOMEBODY], pay) for _ in range(16)))

    assert len([each for each in ended if isinstance(each, InsufficientCredits)]) == 6
    assert (await load(store, SOMEBODY)).posted == 0


async def test_new_wallets_decided_exclusively_at_once_are_all_written(store: Store) -> None:
    def give(wallets: Mapping[AccountId, Wallet]) -> Batch:
        return batch_of(*(granted(wallet, grant_terms(amount=1)) for wallet in wallets.values()))

    both = [SOMEBODY, SOMEBODY_ELSE]
    ended = await outcomes(
        *(store.ledger.exclusively(both[:: 1 if n % 2 else -1], give) for n in range(6))
    )

    assert [each.written for each in ended if isinstance(each, Committed)] == [set(both)] * 6
    assert (await load(store, SOMEBODY)).posted == (await load(store, SOMEBODY_ELSE)).posted == 6
