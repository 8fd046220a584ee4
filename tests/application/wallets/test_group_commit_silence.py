"""The group commit and silence: lost answers, callers that have gone, an end to it all."""

import asyncio

import pytest

from application.wallets.group_commit import (
    QUEUE_MAX,
    STALE_ROUNDS_MAX,
    UNKNOWN_TRIES_MAX,
    GroupCommit,
    StoreSilent,
    TooManyWaiting,
)
from application.wallets.waiting_commands import GROUP_MAX
from application.wallets.wallet_cache import WalletCache
from domain.credits.ids import AccountId
from tests.application.commit_world import World, a_while, kinds
from tests.application.scripted_ledger import (
    Look,
    Trouble,
    give,
    take,
)

# Lost answers.


@pytest.mark.parametrize("trouble", [Trouble.LOST, Trouble.UNHEARD])
async def test_an_unknown_outcome_ends_in_one_effect(world: World, trouble: Trouble) -> None:
    await world.fund(10)
    world.ledger.troubles.append(trouble)

    outcomes = await world.all([take(1), take(2), take(3, key="k"), take(3, key="k"), take(99)])

    assert kinds(outcomes) == {"Outcome": 4, "InsufficientCredits": 1}
    assert await world.balance() == 4
    assert world.pauses
    assert await world.is_proved()


async def test_an_answer_that_was_lost_is_given_when_it_is_found(world: World) -> None:
    await world.fund(10)
    world.ledger.troubles.append(Trouble.UNHEARD)

    outcome = await world.commit(take(3))

    assert outcome.receipt.balance == 7
    assert outcome.receipt.seq == 2


async def test_a_load_without_an_answer_is_asked_again(world: World) -> None:
    world.ledger.load_troubles.append(Trouble.LOST)

    outcome = await world.commit(give(5))

    assert outcome.receipt.balance == 5


async def test_an_unknown_outcome_under_the_lock_ends_in_one_effect(world: World) -> None:
    await world.fund(10)
    world.ledger.troubles.extend([Trouble.OVERTAKEN] * STALE_ROUNDS_MAX + [Trouble.UNHEARD])

    await world.commit(take(3))

    assert await world.balance() == 7


@pytest.mark.parametrize("trouble", [Trouble.LOST, Trouble.UNHEARD])
async def test_a_store_that_stays_silent_is_asked_a_bounded_number_of_times(
    world: World, trouble: Trouble
) -> None:
    await world.fund(10)
    world.ledger.troubles.extend([Trouble.LOST] * (UNKNOWN_TRIES_MAX - 1) + [trouble])

    with pytest.raises(StoreSilent):
        await world.commit(take(3, key="k"))
    assert len(world.ledger.batches) == UNKNOWN_TRIES_MAX
    assert world.pauses == sorted(world.pauses)

    # The caller repeats with the same key, and whatever had happened, it happened once.
    await world.commit(take(3, key="k"))
    assert await world.balance() == 7


@pytest.mark.parametrize("trouble", [Trouble.LOST, Trouble.UNHEARD, Trouble.BROKEN])
async def test_after_an_error_nothing_stale_is_left_in_the_cache(
    world: World, trouble: Trouble
) -> None:
    await world.fund(10)
    world.ledger.troubles.append(trouble)
    await world.all([take(3)])
    before = await world.balance()
    world.ledger.batches.clear()

    outcome = await world.commit(take(1))

    assert outcome.receipt.balance == before - 1
    assert len(world.ledger.batches) == 1


async def test_the_cache_is_bounded_and_forgets_the_longest_unused() -> None:
    world = World()
    world.commit = GroupCommit(
        ledger=world.ledger,
        clock=world.clock,
        new_id=world.new_id,
        cache=WalletCache(wallets_max=3),
    )
    accounts = [AccountId(f"account-{number}") for number in range(10)]

    await world.fund(10, *accounts)
    assert len(world.commit.cache) == 3
    await world.all([take(1, account_id=account_id) for account_id in accounts[7:]])

    assert world.ledger.loads == []
    await world.commit(take(1, account_id=accounts[0]))
    assert world.ledger.loads == [[accounts[0]]]


# Nobody is forgotten.


@pytest.mark.parametrize("trouble", list(Trouble)[:4])
async def test_a_command_whose_caller_has_gone_is_carried_out(
    world: World, trouble: Trouble
) -> None:
    await world.fund(10)
    world.ledger.troubles.append(trouble)
    world.held_open()
    callers = [asyncio.create_task(world.commit(take(1))) for _ in range(3)]
    await a_while()
    callers += [asyncio.create_task(world.commit(take(1))) for _ in range(2)]
    await a_while()

    for caller in callers[1:]:
        caller.cancel()
    await a_while()
    world.ledger.gate.set()
    await world.commit.drain()

    assert (await callers[0]).receipt.amount == -1
    assert all(caller.cancelled() for caller in callers[1:])
    assert await world.balance() == 5


async def test_a_full_queue_refuses_and_nothing_is_done(world: World) -> None:
    await world.fund(1)
    world.held_open()
    first = world.commit.submit(take(1, key="first"))
    await a_while()
    waiting = [world.commit.submit(Look()) for _ in range(QUEUE_MAX)]

    with pytest.raises(TooManyWaiting):
        await world.commit(take(1))
    world.ledger.gate.set()
    await world.commit.drain()

    assert (await first).receipt.balance == 0
    assert all(outcome.done() for outcome in waiting)


async def test_drain_waits_for_everything_that_is_queued(world: World) -> None:
    await world.fund(GROUP_MAX * 2)
    world.held_open()
    outcomes = [world.commit.submit(take(1)) for _ in range(GROUP_MAX + 10)]
    draining = asyncio.create_task(world.commit.drain())
    await a_while()
    assert not draining.done()

    world.ledger.gate.set()
    await draining

    assert all(outcome.done() for outcome in outcomes)
    assert world.commit.waiting == 0


async def test_there_is_nothing_to_drain_at_first(world: World) -> None:
    await asyncio.wait_for(world.commit.drain(), 1)


async def test_nobody_waits_for_ever_when_the_loop_goes_down(world: World) -> None:
    await world.fund(10)
    world.held_open()
    callers = asyncio.create_task(world.all([take(1), take(2)]))
    await a_while()
    late = asyncio.create_task(world.all([take(3)]))
    await a_while()

    flusher = next(task for task in asyncio.all_tasks() if task.get_name() == "group-commit")
    flusher.cancel()

    assert kinds(await callers) == {"StoreSilent": 2}
    assert kinds(await late) == {"StoreSilent": 1}


async def test_the_wallets_own_time_never_goes_back(world: World) -> None:
    await world.fund(10)
    world.clock.advance(days=-2)

    await world.commit(take(1))

    first, second = await world.lines()
    assert second.at == first.at
    assert await world.is_proved()
