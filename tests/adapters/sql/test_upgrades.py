"""Databases of every release come up to the present schema, whole, killed on the way or not."""

import asyncio
import signal
import sqlite3
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Connection, create_engine
from sqlalchemy.ext.asyncio import create_async_engine

from adapters.stores.sql.postgres import migrate_postgres, open_postgres, postgres_schema_state
from adapters.stores.sql.sqlite import migrate_sqlite, open_sqlite, sqlite_schema_state
from adapters.stores.sql.upgrading import configuration
from application.credits.verify_ledger import VerifyingLedger, VerifyLedger
from application.ports.store import SchemaState, Store
from domain.payments.webhook_names import TO_BE_READ
from tests.adapters.sql.databases import Psql
from tests.adapters.stores.steps import look
from tests.upgrades.dumps import load_postgres, load_sqlite, present, releases

# A step somewhere in the middle of the history, from which an upgrade has something left to do.
EARLIER = "0006"
_LIVED = 60.0

_POSTGRES_SCHEMA = """
SELECT table_name, column_name, data_type, is_nullable, collation_name, column_default
FROM information_schema.columns WHERE table_schema = 'public'
UNION ALL SELECT tablename, indexname, indexdef, NULL, NULL, NULL FROM pg_indexes
WHERE schemaname = 'public'
UNION ALL SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), NULL, NULL, NULL
FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype <> 'n'
UNION ALL SELECT tgrelid::regclass::text, tgname, pg_get_triggerdef(oid), NULL, NULL, NULL
FROM pg_trigger WHERE NOT tgisinternal
ORDER BY 1, 2, 3
"""

# Dies by SIGKILL right before the so-manieth statement of the migration.
_KILLED = """
import asyncio, os, signal, sys
from sqlalchemy import Engine, event
from adapters.stores.sql.{engine} import migrate_{engine}

seen, last = 0, int(sys.argv[2])

def count(*_):
    global seen
    seen += 1
    if seen == last:
        os.kill(os.getpid(), signal.SIGKILL)

event.listen(Engine, "before_cursor_execute", count)
asyncio.run(migrate_{engine}(sys.argv[1]))
"""


# Two webhooks as they lay there before names were noted, one of them without its body by now.
_WEBHOOKS = """
INSERT INTO inbox (channel, event_id, id, type, body, received_at, status, tries, effects)
VALUES ('stripe', 'evt_1', 'with-body', 'any', {body}, {at}, 'applied', 1, '[]'),
('stripe', 'evt_2', 'without', 'any', {none}, {at}, 'applied', 1, '[]')
"""


def sqlite_schema(path: str) -> Sequence[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        found = connection.execute(
            "SELECT type, name, tbl_name, sql FROM sqlite_master"
            " WHERE name NOT LIKE 'sqlite_%' ORDER BY 1, 2"
        )
        return [(*row[:3], " ".join((row[3] or "").split())) for row in found]


async def postgres_schema(dsn: str) -> Sequence[tuple[Any, ...]]:
    # A condition that was dumped and read again may have lost brackets that changed nothing.
    bare = str.maketrans("", "", "()")
    found = await Psql(dsn).rows(_POSTGRES_SCHEMA)
    return [tuple(None if each is None else each.translate(bare) for each in row) for row in found]


async def check_ledger(store: Store) -> None:
    found = await VerifyingLedger(records=store.records)(VerifyLedger())
    assert found.breaches == []
    assert found.lines > 0


async def killed_at(engine: str, url: str, statement: int) -> int:
    """Run a migration that is killed, and return how its process ended."""
    script = _KILLED.format(engine=engine)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, url, str(statement), stderr=asyncio.subprocess.DEVNULL
    )
    async with asyncio.timeout(_LIVED):
        return await process.wait()


def _to_earlier(connection: Connection) -> None:
    command.upgrade(configuration(connection), EARLIER)


def test_there_is_a_database_of_the_present_release() -> None:
    assert present() in releases()


@pytest.mark.parametrize("release", releases())
async def test_a_file_of_a_release_comes_up_whole_and_like_a_new_one(
    release: str, sqlite_path: str, tmp_path: Path
) -> None:
    path = str(tmp_path / "old.db")
    load_sqlite(release, path)

    await migrate_sqlite(path)

    assert sqlite_schema(path) == sqlite_schema(sqlite_path)
    async with open_sqlite(path) as store:
        await check_ledger(store)


@pytest.mark.parametrize("release", releases())
async def test_a_database_of_a_release_comes_up_whole_and_like_a_new_one(
    release: str, bare_postgres_dsn: str, postgres_dsn: str
) -> None:
    await load_postgres(release, bare_postgres_dsn)

    await migrate_postgres(bare_postgres_dsn)

    assert await postgres_schema(bare_postgres_dsn) == await postgres_schema(postgres_dsn)
    async with open_postgres(bare_postgres_dsn) as store:
        await check_ledger(store)


@pytest.mark.parametrize("statement", [3, 8, 14])
async def test_a_migration_of_a_file_that_is_killed_leaves_it_as_it_was_and_is_done_again(
    statement: int, sqlite_path: str, tmp_path: Path
) -> None:
    path = str(tmp_path / "old.db")
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        _to_earlier(connection)
    engine.dispose()
    before = sqlite_schema(path)

    ended = await killed_at("sqlite", path, statement)

    assert ended == -signal.SIGKILL
    assert await sqlite_schema_state(path) is SchemaState.BEHIND
    assert sqlite_schema(path) == before
    await migrate_sqlite(path)
    assert sqlite_schema(path) == sqlite_schema(sqlite_path)


@pytest.mark.parametrize("statement", [4, 9, 15])
async def test_a_migration_of_a_database_that_is_killed_leaves_it_as_it_was_and_is_done_again(
    statement: int, bare_postgres_dsn: str, postgres_dsn: str
) -> None:
    engine = create_async_engine(bare_postgres_dsn.replace("postgresql:", "postgresql+asyncpg:"))
    async with engine.begin() as connection:
        await connection.run_sync(_to_earlier)
    await engine.dispose()
    before = await postgres_schema(bare_postgres_dsn)

    ended = await killed_at("postgres", bare_postgres_dsn, statement)

    assert ended == -signal.SIGKILL
    assert await postgres_schema_state(bare_postgres_dsn) is SchemaState.BEHIND
    assert await postgres_schema(bare_postgres_dsn) == before
    await migrate_postgres(bare_postgres_dsn)
    assert await postgres_schema(bare_postgres_dsn) == await postgres_schema(postgres_dsn)


async def test_a_webhook_in_a_file_from_before_its_names_were_noted_is_to_be_read(
    tmp_path: Path,
) -> None:
    path = str(tmp_path / "old.db")
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        _to_earlier(connection)
        connection.exec_driver_sql(_WEBHOOKS.format(body="X'7B7D'", none="X''", at=0))
    engine.dispose()

    await migrate_sqlite(path)

    async with open_sqlite(path) as store:
        assert await _to_be_read(store) == ["with-body"]


async def test_a_webhook_in_a_database_from_before_its_names_were_noted_is_to_be_read(
    bare_postgres_dsn: str,
) -> None:
    engine = create_async_engine(bare_postgres_dsn.replace("postgresql:", "postgresql+asyncpg:"))
    async with engine.begin() as connection:
        await connection.run_sync(_to_earlier)
        webhooks = _WEBHOOKS.format(body="'{}'", none="''", at="now()")
        await connection.exec_driver_sql(webhooks)
    await engine.dispose()

    await migrate_postgres(bare_postgres_dsn)

    async with open_postgres(bare_postgres_dsn) as store:
        assert await _to_be_read(store) == ["with-body"]


async def _to_be_read(store: Store) -> Sequence[str]:
    noted = await look(store, lambda work: work.inbox.noted_by([TO_BE_READ], None, 10))
    return [each.inbox_id for each in noted]
