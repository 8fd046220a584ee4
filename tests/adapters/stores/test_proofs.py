"""Rounds of the ledger's proof, as every store keeps them."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from attrs import evolve

from application.ports.store import Store
from application.ports.unit_of_work import UnitOfWork
from domain.credits.ids import AccountId
from domain.credits.proof import Breach
from domain.credits.proof_round import ProofRound
from tests.adapters.stores.steps import commit, look, look_behind, outcomes
from tests.support.clock import NOON

ROUND = ProofRound(due_at=NOON, begun_at=NOON + timedelta(seconds=1))
BREACH = Breach(account_id=AccountId("user-ü"), seq=7, rule="hash_chain_is_whole", found="x\ny")


async def test_a_round_comes_back_as_it_was_kept(store: Store) -> None:
    full = evolve(
        ROUND,
        after=AccountId("user-9"),
        accounts=3,
        lines=2**40,
        breaches_total=1,
        breaches=(BREACH,),
        claim="claim-1",
        claimed_until=NOON + timedelta(minutes=2),
        ended_at=NOON + timedelta(hours=2),
    )

    assert await commit(store, lambda work: work.proofs.begin(ROUND))
    assert list(await look(store, lambda work: work.proofs.latest(5))) == [ROUND]
    await commit(store, lambda work: work.proofs.save(full))

    assert list(await look(store, lambda work: work.proofs.latest(5))) == [full]
    assert await commit(store, lambda work: work.proofs.take(NOON)) == full


async def test_the_latest_rounds_come_first(store: Store) -> None:
    rounds = [evolve(ROUND, due_at=NOON + timedelta(days=day)) for day in range(3)]

    async def begin(work: UnitOfWork) -> None:
        for proof in (rounds[1], rounds[2], rounds[0]):
            await work.proofs.begin(proof)

    await commit(store, begin)

    assert list(await look(store, lambda work: work.proofs.latest(2))) == [rounds[2], rounds[1]]


async def test_of_two_that_begin_the_same_round_one_does(store: Store) -> None:
    async def begin() -> bool:
        return await commit(store, lambda work: work.proofs.begin(ROUND))

    assert sorted(map(str, await outcomes(begin(), begin()))) == ["False", "True"]


async def test_whoever_takes_a_round_waits_for_who_has_taken_it(store: Store) -> None:
    await commit(store, lambda work: work.proofs.begin(ROUND))
    claimed = ROUND.claimed("first", NOON)

    async def take(work: UnitOfWork) -> Callable[[], Awaitable[object]]:
        await work.proofs.take(NOON)
        return lambda: work.proofs.save(claimed)

    seen = await look_behind(store, take, lambda work: work.proofs.take(NOON))

    assert seen == claimed
