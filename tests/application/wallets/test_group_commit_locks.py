"""The group commit and wallets that somebody else holds: they alone wait for it."""

import asyncio

from application.wallets.group_commit import (
    FLUSHERS_MAX,
    LOCK_WAITS_MAX,
    STALE_ROUNDS_MAX,
    UNKNOWN_TRIES_MAX,
    StoreSilent,
)
from application.wallets.wallet_command import Outcome
from domain.credits.ids import AccountId
from tests.application.commit_world import World, a_while, kinds
from tests.application.scripted_ledger import Trouble, take
from tests.support.builders.credits import SOMEBODY, SOMEBODY_ELSE

FOR_EVER = 10**6
ACCOUNTS = [AccountId(f"account-{number:03}") for number in range(256)]
LOCKED = ACCOUNTS[137]


async def test_a_wallet_locked_for_a_while_holds_up_nobody_else(world: World) -> None:
    await world.fund(10, *ACCOUNTS)
    world.ledger.batches.clear()
    # Alone, in its part, and in the whole group; and twice more after that.
    world.ledger.locked[LOCKED] = 5

    outcomes = await world.all([take(1, account_id=account_id) for account_id in ACCOUNTS])

    assert kinds(outcomes) == {"Outcome": 256}
    assert len(world.ledger.batches) <= 1 + 16 + 16 + 3
    assert world.pauses == []
    assert await world.is_proved()


async def test_a_wallet_locked_for_ever_is_given_up_and_nobody_else_is(world: World) -> None:
    await world.fund(10, *ACCOUNTS)
    world.ledger.locked[LOCKED] = FOR_EVER

    outcomes = await world.all([take(1, account_id=account_id) for account_id in ACCOUNTS])

    assert kinds(outcomes) == {"Outcome": 255, "StoreSilent": 1}
    assert isinstance(outcomes[137], StoreSilent)
    assert FOR_EVER - world.ledger.locked[LOCKED] == 2 + UNKNOWN_TRIES_MAX
    assert await world.balance(LOCKED) == 10


async def test_whoever_comes_later_does_not_share_a_write_with_a_locked_wallet(
    world: World,
) -> None:
    await world.fund(10, SOMEBODY, SOMEBODY_ELSE)
    world.ledger.locked[SOMEBODY] = 2
    world.held_open()
    waits = asyncio.create_task(world.all([take(1)]))
    await a_while()
    later = asyncio.create_task(world.all([take(2), take(1, account_id=SOMEBODY_ELSE)]))
    await a_while()
    world.ledger.batches.clear()
    world.ledger.gate.set()

    assert kinds([*await waits, *await later]) == {"Outcome": 3}
    written = [
        [write.posting.wallet.account_id for write in batch.writes]
        for batch in world.ledger.batches
    ]
    assert written == [[SOMEBODY_ELSE], [SOMEBODY], [SOMEBODY]]


async def test_the_commands_of_a_locked_wallet_stay_together_and_in_order(world: World) -> None:
    await world.fund(100, SOMEBODY, SOMEBODY_ELSE)
    world.ledger.locked[SOMEBODY] = 3
    world.held_open()
    early = asyncio.create_task(
        world.all([take(1), take(9, account_id=SOMEBODY_ELSE), take(2), take(3)])
    )
    await a_while()
    late = asyncio.create_task(world.all([take(4), take(5)]))
    await a_while()
    world.ledger.gate.set()
    await asyncio.gather(early, late)

    assert [line.signed for line in await world.lines()] == [100, -1, -2, -3, -4, -5]


async def test_a_wallet_locked_where_it_is_decided_under_a_lock_waits_likewise(
    world: World,
) -> None:
    await world.fund(10)
    world.ledger.troubles.extend([Trouble.OVERTAKEN] * STALE_ROUNDS_MAX)

    async def somebody_takes_it() -> None:
        if len(world.ledger.batches) < STALE_ROUNDS_MAX:
            world.ledger.behind = somebody_takes_it
        else:
            world.ledger.locked[SOMEBODY] = 2

    world.ledger.behind = somebody_takes_it
    outcome = await world.commit(take(3))

    assert outcome.receipt.balance == 7
    assert world.ledger.exclusive == [[SOMEBODY]] * 3


async def test_many_locked_wallets_hold_up_a_group_for_a_bounded_number_of_waits(
    world: World,
) -> None:
    await world.fund(10, SOMEBODY, *ACCOUNTS)
    world.ledger.locked.update(dict.fromkeys(ACCOUNTS, FOR_EVER))
    world.ledger.batches.clear()

    outcomes = await world.all(
        [take(1, account_id=account_id) for account_id in [*ACCOUNTS, SOMEBODY]]
    )

    assert kinds(outcomes) == {"Outcome": 1, "StoreSilent": 256}
    assert isinstance(outcomes[-1], Outcome)
    # The one for whom the first groups had no room is a round behind, and half a group that is
    # decided ahead waits as often as a whole one.
    rounds = UNKNOWN_TRIES_MAX + 1
    assert len(world.ledger.batches) <= rounds * FLUSHERS_MAX * 2 * LOCK_WAITS_MAX
    assert await world.is_proved()
