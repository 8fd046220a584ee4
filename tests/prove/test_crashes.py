"""Crashes in large numbers: of the service on a file, of services on PostgreSQL, of the server."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.adapters.sql.databases import server_names
from tests.prove.conftest import Say
from tests.prove.postgres_crash import DatabaseServer, data_folder
from tests.races.conftest import a_database
from tests.races.crashes import (
    crash_again_and_again,
    crash_service_on_sqlite,
    crash_services_on_postgres,
)
from tests.races.seeds import seeds
from tests.races.world import a_world_on_postgres, a_world_on_sqlite
from tests.support.postgres import Installation, Server, installations

SERVICE_KILLS_ON_SQLITE: Sequence[int] = (34, 33, 33)
SERVICE_KILLS_ON_POSTGRES = 25
SERVER_KILLS = 8


@pytest.mark.parametrize(
    ("seed", "kills"), list(zip(seeds(), SERVICE_KILLS_ON_SQLITE, strict=True))
)
async def test_killing_the_service_that_has_the_file(
    seed: int, kills: int, folder: Path, say: Say
) -> None:
    async with a_world_on_sqlite(folder) as world:
        found = await crash_service_on_sqlite(world, crashes=kills, seed=seed)

    say(found)
    assert found.violations == []
    assert found.crashes == kills


@pytest.mark.parametrize("place", range(len(server_names())), ids=server_names())
async def test_killing_one_of_two_services(
    place: int, postgres_servers: list[Server], folder: Path, say: Say
) -> None:
    seed = seeds()[place % len(seeds())]
    async with (
        a_database(postgres_servers[place]) as dsn,
        a_world_on_postgres(dsn, folder) as world,
    ):
        found = await crash_services_on_postgres(
            world, crashes=SERVICE_KILLS_ON_POSTGRES, seed=seed
        )

    say(found)
    assert found.violations == []
    assert found.crashes == SERVICE_KILLS_ON_POSTGRES


@pytest.mark.parametrize("installation", installations(), ids=lambda found: str(found.major))
async def test_killing_the_database_server(
    installation: Installation, folder: Path, say: Say
) -> None:
    with installation.running(durable=True) as server:
        async with (
            a_database(server) as dsn,
            a_world_on_postgres(dsn, folder) as world,
        ):
            victim = DatabaseServer(world=world, dsn=dsn, folder=await data_folder(dsn))
            found = await crash_again_and_again(
                world, victim, crashes=SERVER_KILLS, seed=seeds()[-1]
            )
            found.violations += await victim.broken_pages()

    say(found)
    assert found.violations == []
    assert found.crashes == SERVER_KILLS
