"""The group commit against others: lost races, poisoned commands, faults."""

import asyncio

import pytest

from application.ports.credits import WriteRefused
from application.wallets.group_commit import STALE_ROUNDS_MAX, GroupCommit
from application.wallets.wallet_command import Outcome
from domain.credits.errors import InsufficientCredits
from domain.credits.ids import AccountId
from tests.application.commit_world import World, a_while, kinds
from tests.application.scripted_ledger import (
    Stumble,
    Trouble,
    give,
    overtake,
    take,
)
from tests.support.builders.credits import SOMEBODY, SOMEBODY_ELSE
from tests.support.clock import CountedIds

# Lost races.


async def test_a_refusal_is_decided_anew_if_the_wallet_was_changed_meanwhile(world: World) -> None:
    await world.fund(1)

    async def somebody_pays() -> None:
        other = GroupCommit(ledger=world.store.ledger, clock=world.clock, new_id=CountedIds(lane=2))
        await other(give(10))

    world.ledger.behind = somebody_pays
    outcome = await world.commit(take(5))

    assert outcome.receipt.balance == 6
    assert len(world.ledger.batches) == 2


async def test_a_spend_is_decided_anew_if_somebody_else_took_the_credits(world: World) -> None:
    await world.fund(5)

    async def somebody_spends() -> None:
        other = GroupCommit(ledger=world.store.ledger, clock=world.clock, new_id=CountedIds(lane=2))
        await other(take(4))

    world.ledger.behind = somebody_spends
    with pytest.raises(InsufficientCredits) as refusal:
        await world.commit(take(5))

    assert refusal.value.available == 1
    assert await world.balance() == 1


async def test_stale_commands_return_to_the_front_in_order(world: World) -> None:
    await world.fund(100)
    world.held_open()
    world.ledger.troubles.append(Trouble.OVERTAKEN)
    early = asyncio.create_task(world.all([take(1), take(2), take(3)]))
    await a_while()
    late = asyncio.create_task(world.all([take(4), take(5)]))
    await a_while()
    world.ledger.gate.set()
    await asyncio.gather(early, late)

    assert [line.signed for line in await world.lines()] == [100, -1, -2, -3, -4, -5]


async def test_a_stale_account_does_not_hold_up_another(world: World) -> None:
    await world.fund(10, SOMEBODY, SOMEBODY_ELSE)

    async def somebody_else_writes() -> None:
        await overtake(world.store.ledger, [SOMEBODY])

    world.ledger.behind = somebody_else_writes
    await world.all([take(1), take(1, account_id=SOMEBODY_ELSE)])

    second = world.ledger.batches[1]
    assert [write.posting.wallet.account_id for write in second.writes] == [SOMEBODY]
    assert await world.balance() == await world.balance(SOMEBODY_ELSE) == 9


async def test_a_command_overtaken_too_often_is_decided_under_a_lock(world: World) -> None:
    await world.fund(10)
    world.ledger.troubles.extend([Trouble.OVERTAKEN] * STALE_ROUNDS_MAX)

    outcome = await world.commit(take(3))

    assert outcome.receipt.balance == 7
    assert len(world.ledger.batches) == STALE_ROUNDS_MAX
    assert world.ledger.exclusive == [[SOMEBODY]]


async def test_under_the_lock_keys_and_refusals_count_as_ever(world: World) -> None:
    await world.fund(10)
    await world.commit(take(1, key="k"))
    world.ledger.batches.clear()
    world.ledger.troubles.extend([Trouble.OVERTAKEN] * STALE_ROUNDS_MAX)

    outcomes = await world.all([take(5), take(99), take(5, key="l"), take(5, key="l")])

    assert kinds(outcomes) == {"Outcome": 1, "InsufficientCredits": 3}
    assert await world.balance() == 4
    assert world.ledger.exclusive == [[SOMEBODY]]


async def test_a_new_wallet_that_somebody_else_made_meanwhile_is_loaded_again(
    world: World,
) -> None:
    async def somebody_pays() -> None:
        other = GroupCommit(ledger=world.store.ledger, clock=world.clock, new_id=CountedIds(lane=2))
        await other(give(10))

    world.ledger.behind = somebody_pays
    await world.commit(give(5))

    assert await world.balance() == 15
    assert await world.is_proved()


# Poison.


@pytest.mark.parametrize("place", [0, 1, 31, 62, 63])
async def test_a_poisoned_command_fails_alone(world: World, place: int) -> None:
    accounts = [AccountId(f"account-{number % 7}") for number in range(64)]
    await world.fund(100, *sorted(set(accounts)))
    commands = [take(1, account_id=account_id) for account_id in accounts]
    key = commands[place].key
    assert key is not None
    world.ledger.poisoned.add(key.key)

    outcomes = await world.all(commands)

    assert kinds(outcomes) == {"Outcome": 63, "WriteRefused": 1}
    assert isinstance(outcomes[place], WriteRefused)
    assert len(world.ledger.batches) <= 2 * 7
    assert await world.is_proved()


async def test_two_poisoned_commands_fail_alone(world: World) -> None:
    await world.fund(100)
    world.ledger.poisoned |= {"bad", "worse"}

    outcomes = await world.all(
        [take(1), take(1, key="bad"), take(1), take(1, key="worse"), take(1), take(999)]
    )

    assert kinds(outcomes) == {"Outcome": 3, "WriteRefused": 2, "InsufficientCredits": 1}
    assert await world.balance() == 97


async def test_a_poisoned_command_under_the_lock_fails_alone(world: World) -> None:
    await world.fund(10)
    world.ledger.troubles.extend([Trouble.OVERTAKEN] * STALE_ROUNDS_MAX)
    world.ledger.poisoned.add("bad")
    outcomes = await world.all([take(1), take(1, key="bad"), take(1)])

    assert len(world.ledger.exclusive) > 1
    assert kinds(outcomes) == {"Outcome": 2, "WriteRefused": 1}
    assert await world.balance() == 8


@pytest.mark.parametrize("fault", [ZeroDivisionError(), StopIteration(), AssertionError("no")])
async def test_a_fault_in_one_command_does_not_fail_its_neighbours(
    world: World, fault: Exception
) -> None:
    await world.fund(10)

    outcomes = await world.all([take(1), Stumble(fault=fault), take(1)])

    assert [isinstance(outcome, Outcome) for outcome in outcomes] == [True, False, True]
    assert await world.balance() == 8


async def test_a_fault_of_the_store_fails_its_group_and_nobody_else(world: World) -> None:
    await world.fund(10)
    world.held_open()
    world.ledger.troubles.append(Trouble.BROKEN)
    first = asyncio.create_task(world.all([take(1), take(1)]))
    await a_while()
    others = asyncio.create_task(world.all([take(1), take(1)]))
    await a_while()
    world.ledger.gate.set()

    assert kinds(await first) == {"ZeroDivisionError": 2}
    assert kinds(await others) == {"Outcome": 2}
    assert await world.balance() == 8


async def test_a_fault_does_not_reach_a_command_that_waits_for_another_try(world: World) -> None:
    await world.fund(10, SOMEBODY, SOMEBODY_ELSE)
    world.held_open()
    overtaken = [Trouble.OVERTAKEN] * STALE_ROUNDS_MAX
    world.ledger.troubles.extend([*overtaken, Trouble.UNHEARD, Trouble.BROKEN])
    starved = asyncio.create_task(world.all([take(1)]))
    await a_while()
    fresh = asyncio.create_task(world.all([take(1, account_id=SOMEBODY_ELSE)]))
    await a_while()
    world.ledger.gate.set()

    assert kinds(await starved) == {"Outcome": 1}
    assert kinds(await fresh) == {"ZeroDivisionError": 1}
    assert (await world.balance(), await world.balance(SOMEBODY_ELSE)) == (9, 10)
