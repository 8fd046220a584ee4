"""The group commit where many wait: the next group is decided while one is being written."""

import asyncio
from collections.abc import Sequence

from application.wallets.group_commit import GroupCommit
from application.wallets.waiting_commands import AHEAD_MIN
from application.wallets.wallet_command import Outcome
from domain.credits.ids import AccountId
from tests.application.commit_world import World, a_while, kinds
from tests.application.scripted_ledger import Trouble, take
from tests.support.builders.credits import SOMEBODY

ACCOUNTS = [AccountId(f"account-{number:03}") for number in range(2 * AHEAD_MIN)]


def spenders(world: World) -> list[list[AccountId]]:
    """Return whose wallets each write was about."""
    return [
        [write.posting.wallet.account_id for write in batch.writes]
        for batch in world.ledger.batches
    ]


async def submitted(world: World, accounts: Sequence[AccountId]) -> list[asyncio.Future[Outcome]]:
    outcomes = [world.commit.submit(take(1, account_id=account_id)) for account_id in accounts]
    await a_while()
    return outcomes


async def test_half_of_many_are_decided_while_the_others_are_written(world: World) -> None:
    await world.fund(10, *ACCOUNTS)
    world.held_open()

    outcomes = await submitted(world, ACCOUNTS)

    assert spenders(world) == [ACCOUNTS[:AHEAD_MIN], ACCOUNTS[AHEAD_MIN:]]
    world.ledger.gate.set()
    assert kinds(await asyncio.gather(*outcomes)) == {"Outcome": len(ACCOUNTS)}
    assert await world.is_proved()


async def test_on_a_store_that_works_in_this_process_nothing_is_decided_ahead(
    world: World,
) -> None:
    await world.fund(10, *ACCOUNTS, SOMEBODY)
    world.commit = GroupCommit(
        ledger=world.ledger, clock=world.clock, new_id=world.new_id, decides_ahead=False
    )
    world.held_open()

    await submitted(world, ACCOUNTS)
    await submitted(world, [SOMEBODY] * AHEAD_MIN)

    assert spenders(world) == [ACCOUNTS]
    world.ledger.gate.set()
    await world.commit.drain()
    assert spenders(world) == [ACCOUNTS, [SOMEBODY]]


async def test_enough_that_come_later_do_not_wait_for_the_write_to_be_decided(
    world: World,
) -> None:
    await world.fund(10, *ACCOUNTS)
    world.held_open()

    await submitted(world, ACCOUNTS[:1])
    await submitted(world, ACCOUNTS[1:AHEAD_MIN])
    assert spenders(world) == [ACCOUNTS[:1]]
    outcomes = await submitted(world, ACCOUNTS[AHEAD_MIN : AHEAD_MIN + 1])

    assert spenders(world) == [ACCOUNTS[:1], ACCOUNTS[1 : AHEAD_MIN + 1]]
    world.ledger.gate.set()
    assert (await outcomes[0]).receipt.balance == 9
    await world.commit.drain()


async def test_no_more_than_two_groups_are_under_way(world: World) -> None:
    await world.fund(10, *ACCOUNTS, SOMEBODY)
    world.held_open()

    await submitted(world, ACCOUNTS)
    await submitted(world, [SOMEBODY] * (2 * AHEAD_MIN))

    assert len(world.ledger.batches) == 2
    assert world.commit.waiting == 2 * AHEAD_MIN
    world.ledger.gate.set()
    await world.commit.drain()
    assert world.commit.waiting == 0


async def test_an_account_is_never_in_two_groups_and_its_commands_keep_their_order(
    world: World,
) -> None:
    await world.fund(1000, *ACCOUNTS)
    popular = ACCOUNTS[0]
    world.held_open()

    first = world.commit.submit(take(1, account_id=popular))
    await a_while()
    later = [world.commit.submit(take(n, account_id=popular)) for n in range(2, 2 + AHEAD_MIN)]
    others = await submitted(world, ACCOUNTS[1:AHEAD_MIN])
    others += await submitted(world, ACCOUNTS[AHEAD_MIN:])
    assert spenders(world) == [[popular], ACCOUNTS[1:AHEAD_MIN]]
    world.ledger.gate.set()
    await asyncio.gather(first, *later, *others)

    spent = [-line.signed for line in await world.lines(popular)][1:]
    assert spent == list(range(1, 2 + AHEAD_MIN))
    assert await world.is_proved()


async def test_a_popular_account_goes_whole_into_one_group(world: World) -> None:
    await world.fund(1000)

    await asyncio.gather(*await submitted(world, [SOMEBODY] * (4 * AHEAD_MIN)))

    assert spenders(world) == [[SOMEBODY]]


async def test_an_answer_that_is_lost_holds_up_only_its_own_accounts(world: World) -> None:
    await world.fund(10, *ACCOUNTS)
    world.ledger.troubles.append(Trouble.LOST)
    still = asyncio.Event()

    async def pause(_: float) -> None:
        await still.wait()

    world.commit.pause = pause

    outcomes = await submitted(world, ACCOUNTS)

    assert [outcome.done() for outcome in outcomes] == [False] * AHEAD_MIN + [True] * AHEAD_MIN
    still.set()
    assert kinds(await asyncio.gather(*outcomes)) == {"Outcome": len(ACCOUNTS)}
    assert await world.is_proved()


async def test_whoever_waits_is_told_when_both_groups_are_ended(world: World) -> None:
    await world.fund(10, *ACCOUNTS)
    world.held_open()
    outcomes = await submitted(world, ACCOUNTS)

    for task in asyncio.all_tasks():
        if task.get_name() == "group-commit":
            task.cancel()

    told = await asyncio.gather(*outcomes, return_exceptions=True)
    assert kinds(told) == {"StoreSilent": len(ACCOUNTS)}


async def test_a_group_that_was_ended_before_it_began_is_in_nobodys_way(world: World) -> None:
    await world.fund(10)
    abandoned = world.commit.submit(take(1))
    for task in asyncio.all_tasks():
        if task.get_name() == "group-commit":
            task.cancel()
    await a_while()

    outcome = await asyncio.wait_for(world.commit(take(2)), 1)

    assert outcome.receipt.balance == 7
    assert (await abandoned).receipt.balance == 9
