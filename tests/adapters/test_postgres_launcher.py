"""The servers that stand behind every other test on PostgreSQL."""

import asyncio
import sys
from pathlib import Path

import asyncpg
import pytest

from tests.support.postgres import Installation, NoPostgres, Server, installations

_RUN_UNTIL_KILLED = """
import asyncio
import asyncpg
import time
from tests.support.postgres import installations

async def folder_of(dsn):
    connection = await asyncpg.connect(dsn)
    data = await connection.fetchval("show data_directory")
    await connection.close()
    return data.removesuffix("/data")

with installations()[-1].running() as server:
    print(server.maintenance_dsn, asyncio.run(folder_of(server.maintenance_dsn)), flush=True)
    time.sleep(60)
"""


async def _answer(dsn: str, question: str) -> object:
    connection = await asyncpg.connect(dsn, timeout=10)
    try:
        return await connection.fetchval(question, timeout=10)
    finally:
        await connection.close()


async def test_every_server_gives_a_database_that_answers(postgres_servers: list[Server]) -> None:
    assert postgres_servers

    for server in postgres_servers:
        dsn = await server.create_database("launcher_answers")
        try:
            assert await _answer(dsn, "select 1") == 1
        finally:
            await server.drop_database("launcher_answers")


async def test_a_database_made_from_a_template_holds_what_the_template_holds(
    postgres_servers: list[Server],
) -> None:
    for server in postgres_servers:
        template = await server.create_database("launcher_template")
        await _answer(template, "create table kept as select 7 as answer")
        try:
            copy = await server.create_database("launcher_copy", template="launcher_template")

            assert await _answer(copy, "select answer from kept") == 7
        finally:
            await server.drop_database("launcher_copy")
            await server.drop_database("launcher_template")


async def test_a_dropped_database_is_gone_even_for_those_connected_to_it(
    postgres_servers: list[Server],
) -> None:
    for server in postgres_servers:
        connection = await asyncpg.connect(await server.create_database("launcher_dropped"))

        await server.drop_database("launcher_dropped")

        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError)):
            await connection.fetchval("select 1", timeout=10)
        await connection.close(timeout=10)


async def test_a_durable_server_flushes_what_it_acknowledges_and_another_does_not() -> None:
    newest = installations()[-1]

    with newest.running(durable=True) as durable, newest.running() as forgetful:
        assert await _answer(durable.maintenance_dsn, "show fsync") == "on"
        assert await _answer(forgetful.maintenance_dsn, "show fsync") == "off"


def test_a_server_that_cannot_start_fails_and_says_why() -> None:
    nothing = Installation(major=18, programs=Path("/usr/share"))

    with pytest.raises(NoPostgres, match="initdb: not found"), nothing.running():
        pass


async def test_a_server_does_not_outlive_a_run_that_was_killed() -> None:
    killed = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _RUN_UNTIL_KILLED, stdout=asyncio.subprocess.PIPE
    )
    assert killed.stdout is not None
    dsn, folder = (await asyncio.wait_for(killed.stdout.readline(), 20)).decode().split()
    assert await _answer(dsn, "select 1") == 1

    killed.kill()
    await killed.wait()

    for _ in range(100):
        if not Path(folder).exists():
            break
        await asyncio.sleep(0.1)
    assert not Path(folder).exists()
    with pytest.raises(OSError, match="onnect"):
        await _answer(dsn, "select 1")
