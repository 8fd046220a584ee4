"""What a provider tells may be lost, repeated and late: in the end we know what it knows."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from adapters.stores.sql.postgres import migrate_postgres
from adapters.stores.sql.sqlite import migrate_sqlite
from tests.races.conftest import a_database
from tests.races.histories import tell_histories
from tests.races.seeds import seeds
from tests.support.postgres import Server

HISTORIES = 20


@asynccontextmanager
async def an_empty_store(kind: str, folder: Path, server: Server) -> AsyncIterator[str]:
    if kind == "sqlite":
        path = str(folder / "billing.db")
        await migrate_sqlite(path)
        yield f"sqlite:///{path}"
    elif kind == "postgres":
        async with a_database(server) as dsn:
            await migrate_postgres(dsn)
            yield dsn
    else:
        yield "memory://"


@pytest.mark.parametrize("seed", seeds()[1:])
@pytest.mark.parametrize("kind", ["memory", "sqlite", "postgres"])
async def test_whatever_is_lost_or_repeated_ends_as_it_truly_was(
    kind: str, seed: int, folder: Path, newest_server: Server
) -> None:
    async with an_empty_store(kind, folder, newest_server) as url:
        found = await tell_histories(url, histories=HISTORIES, seed=seed)

    assert found.violations == [], str(found)
    assert found.drift > 0, "nothing was lost that mattered"
