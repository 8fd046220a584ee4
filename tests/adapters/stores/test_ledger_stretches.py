"""Sums over stretches of ledgers, as every store keeps them."""

from attrs import evolve

from application.ports.store import Store
from application.ports.unit_of_work import UnitOfWork
from domain.credits.explanation import Stretch
from domain.credits.ids import AccountId, GrantId
from domain.credits.transaction import AI_USAGE, EXPIRATION
from tests.adapters.stores.steps import commit, look
from tests.support.builders.credits import SOMEBODY
from tests.support.clock import NOON

STRETCH = Stretch(
    account_id=SOMEBODY,
    number=0,
    lines=5000,
    ends_at=NOON,
    received={GrantId("lot-1"): 2**40, GrantId("lot-2"): 1},
    given={GrantId("lot-1"): {AI_USAGE: 7, EXPIRATION: 2**40 - 7}},
)


async def test_stretches_come_back_in_their_order_from_a_number_on(store: Store) -> None:
    stretches = [evolve(STRETCH, number=number) for number in range(12)]
    other = evolve(STRETCH, account_id=AccountId("another"))

    async def kept(work: UnitOfWork) -> None:
        for each in (*stretches, other):
            await work.ledger_stretches.keep(each)

    await commit(store, kept)

    found = await look(store, lambda work: work.ledger_stretches.after(SOMEBODY, 9, 99))
    some = await look(store, lambda work: work.ledger_stretches.after(SOMEBODY, 0, 2))

    assert list(found) == stretches[9:]
    assert list(some) == stretches[:2]


async def test_a_stretch_that_is_there_stays_as_it_is(store: Store) -> None:
    await commit(store, lambda work: work.ledger_stretches.keep(STRETCH))
    await commit(store, lambda work: work.ledger_stretches.keep(STRETCH))

    found = await look(store, lambda work: work.ledger_stretches.after(SOMEBODY, 0, 99))

    assert list(found) == [STRETCH]
