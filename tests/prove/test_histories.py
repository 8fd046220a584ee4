"""Random histories in large numbers, on every kind of store: in the end we know what is true."""

from pathlib import Path

import pytest

from tests.adapters.sql.databases import server_names
from tests.prove.conftest import Say
from tests.races.histories import Histories, tell_histories
from tests.races.seeds import seed_of_commit, seeds
from tests.races.test_histories import an_empty_store
from tests.support.postgres import Server

HISTORIES_AT_ONCE = 250
ROUNDS_IN_MEMORY = 8
ROUNDS_ON_DISK = 4


async def told(kind: str, server: Server, folder: Path, rounds: int) -> list[Histories]:
    """Tell rounds of histories, each to an empty store: the fixed seeds first, then new ones."""
    drawn = [seed_of_commit() + number for number in range(1, rounds)]
    found = []
    for number, seed in enumerate([*seeds(), *drawn][:rounds]):
        place = folder / f"{number}-{seed}"
        place.mkdir()
        async with an_empty_store(kind, place, server) as url:
            found.append(await tell_histories(url, histories=HISTORIES_AT_ONCE, seed=seed))
    return found


async def test_histories_in_memory(newest_server: Server, folder: Path, say: Say) -> None:
    _judge(await told("memory", newest_server, folder, ROUNDS_IN_MEMORY), say)


async def test_histories_on_sqlite(newest_server: Server, folder: Path, say: Say) -> None:
    _judge(await told("sqlite", newest_server, folder, ROUNDS_ON_DISK), say)


@pytest.mark.parametrize("place", range(len(server_names())), ids=server_names())
async def test_histories_on(
    place: int, postgres_servers: list[Server], folder: Path, say: Say
) -> None:
    _judge(await told("postgres", postgres_servers[place], folder, ROUNDS_ON_DISK // 2), say)


def _judge(found: list[Histories], say: Say) -> None:
    for each in found:
        say(each)
    assert [each.violations for each in found] == [[]] * len(found)
