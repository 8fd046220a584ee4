"""Sums over stretches of ledgers, as every store keeps them."""

from attrs import evolve

from application.ports.store import Store
from application.ports.unit_of_work import UnitOfWork
from domain.credits.ids import AccountId
from tests.adapters.stores.steps import commit
from tests.support.builders.credits import SOMEBODY, a_stretch

STRETCH = a_stretch()
OTHER = a_stretch(account_id=AccountId("another"))


async def test_stretches_come_back_in_their_order_from_a_number_on(store: Store) -> None:
    stretches = [evolve(STRETCH, number=number) for number in range(12)]

    async def kept(work: UnitOfWork) -> None:
        for each in (*stretches, OTHER):
            await work.ledger_stretches.keep(each)

    await commit(store, kept)

    assert list(await store.records.stretches(SOMEBODY, 9, 99)) == stretches[9:]
    assert list(await store.records.stretches(SOMEBODY, 0, 2)) == stretches[:2]


async def test_a_stretch_takes_the_place_of_the_one_with_its_number(store: Store) -> None:
    anew = evolve(STRETCH, lines=4, last_hash=bytes(32), received={}, given={})
    await commit(store, lambda work: work.ledger_stretches.keep(STRETCH))
    await commit(store, lambda work: work.ledger_stretches.keep(anew))

    assert list(await store.records.stretches(SOMEBODY, 0, 99)) == [anew]


async def test_all_of_one_account_are_forgotten_and_nobody_elses(store: Store) -> None:
    async def kept(work: UnitOfWork) -> None:
        for each in (STRETCH, evolve(STRETCH, number=7), OTHER):
            await work.ledger_stretches.keep(each)

    await commit(store, kept)
    await commit(store, lambda work: work.ledger_stretches.forget(SOMEBODY))

    assert list(await store.records.stretches(SOMEBODY, 0, 99)) == []
    assert list(await store.records.stretches(OTHER.account_id, 0, 99)) == [OTHER]
