"""The group commit under random commands, keys and troubles, against a plain model."""

from collections import defaultdict
from random import Random

import pytest
from attrs import Factory, define

from application.wallets.group_commit import StoreSilent
from application.wallets.wallet_command import Outcome
from domain.credits.errors import InsufficientCredits, KeyReused
from domain.credits.ids import AccountId
from tests.application.commit_world import World
from tests.application.scripted_ledger import Give, Take, Trouble, give, take

ACCOUNTS = [AccountId(f"account-{number}") for number in range(4)]
UNKNOWN = (Trouble.LOST, Trouble.UNHEARD)


@define
class Model:
    """What a ledger is, in two dictionaries."""

    balances: dict[str, int] = Factory(lambda: defaultdict(int))
    answers: dict[tuple[str, str, str], tuple[str, int, int]] = Factory(dict)

    def expects(self, command: Take | Give) -> tuple[int, int] | type[Exception]:
        """Carry a command out, and return its amount and balance, or the refusal."""
        assert command.key is not None
        name, request = command.key.name, command.key.fingerprint
        if name in self.answers:
            first, amount, balance = self.answers[name]
            return (amount, balance) if first == request else KeyReused
        amount = command.terms.amount if isinstance(command, Give) else -command.amount
        if self.balances[command.account_id] + amount < 0:
            return InsufficientCredits
        self.balances[command.account_id] += amount
        self.answers[name] = (request, amount, self.balances[command.account_id])
        return amount, self.balances[command.account_id]


def a_command(random: Random) -> Take | Give:
    account_id = random.choice(ACCOUNTS)
    key = f"key-{random.randrange(60)}"
    if random.random() < 0.3:
        return give(random.randint(1, 30), account_id=account_id, key=key)
    return take(random.randint(1, 12), account_id=account_id, key=key)


def some_troubles(random: Random, count: int) -> list[Trouble]:
    """Return what befalls so many writes: half of them something."""
    return random.choices([Trouble.NONE, *UNKNOWN, Trouble.OVERTAKEN], [3, 1, 1, 1], k=count)


def seen(outcome: Outcome | BaseException) -> tuple[int, int] | type[BaseException]:
    if isinstance(outcome, Outcome):
        return outcome.receipt.amount, outcome.receipt.balance
    return type(outcome)


@pytest.mark.parametrize("seed", range(12))
async def test_one_by_one_every_answer_is_that_of_the_model(world: World, seed: int) -> None:
    random, model = Random(seed), Model()
    world.ledger.troubles.extend(some_troubles(random, 300))

    for _ in range(150):
        command = a_command(random)
        outcome: Outcome | BaseException = StoreSilent()
        while isinstance(outcome, StoreSilent):
            (outcome,) = await world.all([command])
        assert seen(outcome) == model.expects(command)

    for account_id in ACCOUNTS:
        assert await world.balance(account_id) == model.balances[account_id]
    assert await world.is_proved()


@pytest.mark.parametrize("seed", range(12))
async def test_side_by_side_in_quiet_times_the_order_is_that_of_arrival(
    world: World, seed: int
) -> None:
    random, model = Random(seed), Model()

    for _ in range(8):
        commands = [a_command(random) for _ in range(random.randint(1, 64))]
        outcomes = await world.all(commands)
        assert [seen(outcome) for outcome in outcomes] == [*map(model.expects, commands)]

    assert await world.is_proved()


@pytest.mark.parametrize("seed", range(25))
async def test_side_by_side_in_troubled_times_nothing_is_lost_doubled_or_overdrawn(
    world: World, seed: int
) -> None:
    random = Random(seed)
    world.ledger.troubles.extend(some_troubles(random, 100))
    asked: list[Take | Give] = []
    answered: list[Outcome | BaseException] = []

    for _ in range(8):
        commands = [a_command(random) for _ in range(random.randint(1, 64))]
        asked += commands
        answered += await world.all(commands)
    world.ledger.troubles.clear()
    for place, outcome in enumerate(answered):
        if isinstance(outcome, StoreSilent):
            (answered[place],) = await world.all([asked[place]])

    effects = await _effects(world)
    given: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for command, outcome in zip(asked, answered, strict=True):
        assert command.key is not None
        name = command.key.name
        if isinstance(outcome, Outcome):
            amount = command.terms.amount if isinstance(command, Give) else -command.amount
            transaction_id = outcome.receipt.transaction_id
            assert transaction_id is not None
            assert effects[transaction_id] == (command.account_id, amount)
            given[name].add(transaction_id)
        elif isinstance(outcome, InsufficientCredits):
            assert isinstance(command, Take)
            assert outcome.available < command.amount
        else:
            assert isinstance(outcome, KeyReused)
    assert all(len(transactions) == 1 for transactions in given.values())
    assert len(given) == len(effects)
    assert await world.is_proved()


async def _effects(world: World) -> dict[str, tuple[AccountId, int]]:
    return {
        line.id: (account_id, line.signed)
        for account_id in ACCOUNTS
        for line in await world.lines(account_id)
    }
