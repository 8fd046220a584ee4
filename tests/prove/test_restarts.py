"""Restarts in large numbers: nobody who was let in goes without an answer."""

from pathlib import Path

from tests.prove.conftest import Say
from tests.races.conftest import a_database
from tests.races.restarts import restart_again_and_again
from tests.races.seeds import seeds
from tests.races.world import a_world_on_postgres, a_world_on_sqlite
from tests.support.postgres import Server

RESTARTS = 10


async def test_restarting_the_service_on_a_file(folder: Path, say: Say) -> None:
    async with a_world_on_sqlite(folder, is_keeping_connections=False) as world:
        found = await restart_again_and_again(world, restarts=RESTARTS, seed=seeds()[0])

    say(found)
    assert found.violations == []
    assert found.restarts == RESTARTS


async def test_restarting_one_of_two_services(
    newest_server: Server, folder: Path, say: Say
) -> None:
    async with (
        a_database(newest_server) as dsn,
        a_world_on_postgres(dsn, folder, is_keeping_connections=False) as world,
    ):
        found = await restart_again_and_again(world, restarts=RESTARTS, seed=seeds()[-1])

    say(found)
    assert found.violations == []
    assert found.restarts == RESTARTS
