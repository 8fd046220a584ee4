"""Real races in large numbers: processes, sockets and databases as they are, sixteen at a time."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from attrs import define, evolve, field

from tests.adapters.sql.databases import server_names
from tests.prove.conftest import Say
from tests.races.conftest import a_database
from tests.races.credit_races import TightBalance, race_of_spends
from tests.races.test_races import RACES
from tests.races.world import Violations, World, a_world_on_postgres, a_world_on_sqlite
from tests.support.postgres import Server

ROUNDS = 1200
RACERS = 16
LANES = 4

Race = Callable[[World], Awaitable[Violations]]

_SPENDS: dict[str, Race] = {
    f"race_of_{affords}_spends": partial(race_of_spends, tight=TightBalance(affords=affords))
    for affords in (0, 5, 15)
}
EVERY: dict[str, Race] = {**RACES, **_SPENDS}


@define(kw_only=True)
class Raced:
    """What so many rounds came to."""

    rounds: int = 0
    violations: Violations = field(factory=list)

    def __str__(self) -> str:
        return (
            f"{self.rounds} rounds of {RACERS} racers, {len(EVERY)} kinds, {LANES} rounds at a "
            f"time; {len(self.violations)} violations"
        )


async def test_races_on_sqlite(folder: Path, say: Say) -> None:
    async with a_world_on_sqlite(folder) as world:
        _judge(await _raced(world), say)


@pytest.mark.parametrize("place", range(len(server_names())), ids=server_names())
async def test_races_on(place: int, postgres_servers: list[Server], folder: Path, say: Say) -> None:
    async with (
        a_database(postgres_servers[place]) as dsn,
        a_world_on_postgres(dsn, folder) as world,
    ):
        _judge(await _raced(world), say)


async def _raced(world: World) -> Raced:
    """Run all rounds, some of them at a time; then prove the ledger that they have left."""
    found = Raced()
    crowded = evolve(world, racers=RACERS, is_proving=False)
    turns = iter([name for _ in range(ROUNDS // len(EVERY)) for name in EVERY])
    await asyncio.gather(*(_run(turns, crowded, found) for _ in range(LANES)))
    found.violations += await world.broken_rules()
    return found


async def _run(turns: Iterator[str], world: World, found: Raced) -> None:
    for name in turns:
        wrong = await EVERY[name](world)
        found.violations += [f"{name}: {each}" for each in wrong]
        found.rounds += 1


def _judge(found: Raced, say: Say) -> None:
    say(found)
    assert found.violations == []
    assert found.rounds == ROUNDS
