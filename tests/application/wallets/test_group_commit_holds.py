"""The group commit under random commands about holds, with time passing, against a plain model."""

from random import Random

import pytest

from application.wallets.group_commit import StoreSilent
from application.wallets.wallet_command import Outcome
from domain.credits.ids import AccountId
from tests.application.commit_world import World
from tests.application.hold_model import Commands, HoldModel
from tests.application.scripted_ledger import Trouble

ACCOUNTS = [AccountId(f"account-{number}") for number in range(3)]


def seen(outcome: Outcome | BaseException) -> object:
    if isinstance(outcome, Outcome):
        receipt = outcome.receipt
        return receipt.amount, receipt.balance, receipt.available
    return type(outcome)


def some_troubles(random: Random, count: int) -> list[Trouble]:
    kinds = [Trouble.NONE, Trouble.LOST, Trouble.UNHEARD, Trouble.OVERTAKEN]
    return random.choices(kinds, [3, 1, 1, 1], k=count)


async def is_as_expected(world: World, model: HoldModel) -> bool:
    """Say whether every wallet stands as the model does, and the ledger proves itself."""
    model.passed(world.clock.now)
    for account_id in ACCOUNTS:
        wallet = (await world.store.ledger.load([account_id]))[account_id]
        assert wallet.balance(world.clock.now) == model.balances[account_id]
        assert wallet.available(world.clock.now) == model.available(account_id)
    return await world.is_proved()


@pytest.mark.parametrize("seed", range(15))
async def test_one_by_one_every_answer_is_that_of_the_model(world: World, seed: int) -> None:
    random, model = Random(seed), HoldModel()
    commands = Commands(random, ACCOUNTS)
    world.ledger.troubles.extend(some_troubles(random, 300))

    for _ in range(200):
        command = commands.next()
        outcome: Outcome | BaseException = StoreSilent()
        while isinstance(outcome, StoreSilent):
            (outcome,) = await world.all([command])
        assert seen(outcome) == model.expects(command, world.clock.now), command
        world.clock.advance(minutes=random.choice([0, 0, 1, 4]))

    assert await is_as_expected(world, model)


@pytest.mark.parametrize("seed", range(15))
async def test_side_by_side_the_order_is_that_of_arrival(world: World, seed: int) -> None:
    random, model = Random(seed), HoldModel()
    commands = Commands(random, ACCOUNTS)

    for _ in range(10):
        group = [commands.next() for _ in range(random.randint(1, 64))]
        outcomes = await world.all(group)
        expected = [model.expects(command, world.clock.now) for command in group]
        assert [seen(outcome) for outcome in outcomes] == expected
        world.clock.advance(minutes=random.choice([0, 3, 11]))

    assert await is_as_expected(world, model)
