"""The group commit: how commands gather, and what their keys are good for."""

import asyncio

import pytest

from application.wallets.waiting_commands import AHEAD_MIN, GROUP_MAX
from application.wallets.wallet_command import Outcome
from domain.credits.errors import InsufficientCredits, KeyReused
from domain.credits.ids import AccountId
from tests.application.commit_world import World, a_while, kinds
from tests.application.scripted_ledger import (
    Look,
    give,
    take,
)
from tests.support.builders.credits import SOMEBODY, SOMEBODY_ELSE

# How commands gather.


async def test_a_lone_command_goes_at_once(world: World) -> None:
    await world.fund(10)

    outcome = await asyncio.wait_for(world.commit(take(3)), 1)

    assert outcome.receipt.balance == 7
    assert len(world.ledger.batches) == 1
    assert world.pauses == []


async def test_a_warm_command_loads_nothing(world: World) -> None:
    await world.fund(10)

    await world.commit(take(1))
    await world.commit(take(1))

    assert world.ledger.loads == []
    assert len(world.ledger.batches) == 2


async def test_all_that_come_while_a_write_is_open_leave_in_the_next_one(world: World) -> None:
    await world.fund(100)
    world.held_open()
    first = asyncio.create_task(world.commit(take(1)))
    await a_while()

    others = [asyncio.create_task(world.commit(take(1))) for _ in range(63)]
    await a_while()
    assert world.commit.waiting == 63
    world.ledger.gate.set()
    await asyncio.gather(first, *others)

    assert len(world.ledger.batches) == 2
    assert await world.balance() == 36


async def test_sixty_four_spends_side_by_side_leave_in_at_most_four_writes(world: World) -> None:
    await world.fund(50)

    outcomes = await world.all([take(1) for _ in range(64)])

    assert kinds(outcomes) == {"Outcome": 50, "InsufficientCredits": 14}
    assert len(world.ledger.batches) <= 4
    assert await world.balance() == 0
    assert await world.is_proved()


async def test_missing_wallets_are_loaded_in_one_question(world: World) -> None:
    accounts = [AccountId(f"account-{number}") for number in range(2 * AHEAD_MIN - 1)]

    await world.all([give(5, account_id=account_id) for account_id in accounts])

    assert len(world.ledger.batches) == 1
    assert world.ledger.loads == [accounts]


async def test_a_group_is_never_larger_than_its_bound(world: World) -> None:
    await world.fund(GROUP_MAX * 3)

    await world.all([take(1) for _ in range(GROUP_MAX * 2 + 1)])

    sizes = [sum(len(write.receipts) for write in batch.writes) for batch in world.ledger.batches]
    assert sizes == [GROUP_MAX, GROUP_MAX, 1]


async def test_a_grant_made_and_drained_in_one_group_is_written(world: World) -> None:
    outcomes = await world.all([give(5), take(5), take(1)])

    assert kinds(outcomes) == {"Outcome": 2, "InsufficientCredits": 1}
    assert len(world.ledger.batches) == 1
    assert [line.signed for line in await world.lines()] == [5, -5]
    assert await world.is_proved()


async def test_a_command_that_changes_nothing_writes_nothing(world: World) -> None:
    await world.fund(10)

    outcome = await world.commit(Look())

    assert outcome.receipt.balance == 10
    assert [batch.writes for batch in world.ledger.batches] == [()]


# Keys.


async def test_one_key_and_request_in_one_group_has_one_effect(world: World) -> None:
    await world.fund(10)

    outcomes = await world.all([take(3, key="k") for _ in range(64)])

    good = [outcome for outcome in outcomes if isinstance(outcome, Outcome)]
    assert [outcome.is_replay for outcome in good] == [False] + [True] * 63
    assert len({outcome.receipt for outcome in good}) == 1
    assert await world.balance() == 7


async def test_one_key_for_two_requests_in_one_group_refuses_the_second(world: World) -> None:
    await world.fund(10)

    first, second = await world.all([take(3, key="k"), take(4, key="k")])

    assert isinstance(first, Outcome)
    assert isinstance(second, KeyReused)
    assert await world.balance() == 7


async def test_a_known_key_gets_the_first_answer_again(world: World) -> None:
    await world.fund(10)
    first = await world.commit(take(3, key="k"))
    await world.commit(take(7))

    again = await world.commit(take(3, key="k"))

    assert again == Outcome(receipt=first.receipt, is_replay=True)
    assert await world.balance() == 0


async def test_a_known_key_with_another_request_is_refused(world: World) -> None:
    await world.fund(10)
    await world.commit(take(3, key="k"))

    with pytest.raises(KeyReused):
        await world.commit(take(4, key="k"))

    assert await world.balance() == 7


async def test_a_known_key_comes_before_a_refusal(world: World) -> None:
    await world.fund(3)
    first = await world.commit(take(3, key="k"))

    again, other = await world.all([take(3, key="k"), take(999, key="k")])

    assert again == Outcome(receipt=first.receipt, is_replay=True)
    assert isinstance(other, KeyReused)


async def test_a_known_key_does_not_hold_up_its_neighbours(world: World) -> None:
    await world.fund(10)
    await world.commit(take(1, key="k"))

    outcomes = await world.all([take(2), take(1, key="k"), take(3), take(99), Look()])

    assert kinds(outcomes) == {"Outcome": 4, "InsufficientCredits": 1}
    assert await world.balance() == 4


async def test_accounts_and_kinds_of_caller_choose_keys_for_themselves(world: World) -> None:
    await world.fund(10, SOMEBODY, SOMEBODY_ELSE)

    await world.all([take(1, key="k"), take(1, key="k", account_id=SOMEBODY_ELSE)])

    assert await world.balance() == await world.balance(SOMEBODY_ELSE) == 9


async def test_a_refusal_stores_nothing_and_its_key_may_succeed_later(world: World) -> None:
    with pytest.raises(InsufficientCredits):
        await world.commit(take(3, key="k"))
    assert await world.lines() == []
    assert len(world.store.tables.receipts.main.keys) == 0

    await world.fund(10)
    first = await world.commit(take(3, key="k"))
    again = await world.commit(take(3, key="k"))

    assert not first.is_replay
    assert again == Outcome(receipt=first.receipt, is_replay=True)
    assert await world.balance() == 7


async def test_a_key_refused_and_then_affordable_in_one_group_succeeds_once(world: World) -> None:
    outcomes = await world.all([take(3, key="k"), give(10), take(3, key="k"), take(3, key="k")])

    assert kinds(outcomes) == {"InsufficientCredits": 1, "Outcome": 3}
    assert await world.balance() == 7
