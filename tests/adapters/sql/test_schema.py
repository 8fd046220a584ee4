"""The schema: one history for both engines, and no service on another one than its own."""

import asyncio
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, inspect, text
from sqlalchemy.ext.asyncio import create_async_engine

from adapters.stores.sql.postgres import (
    PostgresStore,
    migrate_postgres,
    open_postgres,
    postgres_schema_state,
)
from adapters.stores.sql.schema import steps
from adapters.stores.sql.sqlite import SqliteStore, migrate_sqlite, open_sqlite, sqlite_schema_state
from adapters.stores.sql.tables.all_tables import ALL_TABLES
from adapters.stores.sql.upgrading import configuration
from application.ports.store import SchemaMismatch, SchemaState
from tests.adapters.sql.databases import Psql

_TABLES = ALL_TABLES[0].metadata

_CONSTRAINTS = """
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text <> 'alembic_version'
  AND contype <> 'n' ORDER BY 1, 2
"""
_INDEXES = """
SELECT tablename, indexname, indexdef FROM pg_indexes
WHERE schemaname = 'public' AND tablename <> 'alembic_version' ORDER BY 1, 2
"""
_COLUMNS = """
SELECT table_name, ordinal_position, column_name, data_type, is_nullable, collation_name,
       column_default
FROM information_schema.columns
WHERE table_schema = 'public' AND table_name <> 'alembic_version' ORDER BY 1, 2
"""


def _sqlite_definitions(path: str) -> dict[str, str]:
    with closing(sqlite3.connect(path)) as connection:
        found = connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE type IN ('table', 'index')"
            " AND sql IS NOT NULL AND name <> 'alembic_version'"
        )
        return dict(found.fetchall())


def _make_by_tables(path: str) -> None:
    engine = create_engine(f"sqlite:///{path}")
    _TABLES.create_all(engine)
    engine.dispose()


async def _make_on_postgres_by_tables(dsn: str) -> None:
    engine = create_async_engine(dsn.replace("postgresql://", "postgresql+asyncpg://"))
    async with engine.begin() as connection:
        await connection.run_sync(_TABLES.create_all)
    await engine.dispose()


async def _run_on_postgres(dsn: str, statement: str) -> None:
    await Psql(dsn).rows(statement)


def test_the_steps_end_in_the_tables_that_the_code_names_on_sqlite(
    sqlite_path: str, tmp_path: Path
) -> None:
    by_tables = str(tmp_path / "by_tables.db")

    _make_by_tables(by_tables)

    assert _sqlite_definitions(sqlite_path) == _sqlite_definitions(by_tables)


async def test_the_steps_end_in_the_tables_that_the_code_names_on_postgres(
    bare_postgres_dsn: str, postgres_dsn: str
) -> None:
    await _make_on_postgres_by_tables(bare_postgres_dsn)

    for look in (_COLUMNS, _CONSTRAINTS, _INDEXES):
        by_steps = await Psql(postgres_dsn).rows(look)
        assert by_steps
        assert by_steps == await Psql(bare_postgres_dsn).rows(look)


async def test_alembic_finds_nothing_left_to_do_on_postgres(postgres_dsn: str) -> None:
    engine = create_async_engine(postgres_dsn.replace("postgresql://", "postgresql+asyncpg://"))

    async with engine.connect() as connection:
        await connection.run_sync(lambda sync: command.check(configuration(sync)))
    await engine.dispose()


def test_the_steps_that_are_named_are_those_alembic_takes(sqlite_path: str) -> None:
    engine = create_engine(f"sqlite:///{sqlite_path}")
    with engine.connect() as connection:
        known = ScriptDirectory.from_config(configuration(connection))
    engine.dispose()

    taken = [each.revision for each in known.walk_revisions()]

    assert steps() == tuple(reversed(taken))


def test_alembic_finds_nothing_left_to_do_on_sqlite(sqlite_path: str) -> None:
    engine = create_engine(f"sqlite:///{sqlite_path}")

    with engine.connect() as connection:
        command.check(configuration(connection))
    engine.dispose()


async def test_a_file_that_was_never_migrated_does_not_start(tmp_path: Path) -> None:
    path = str(tmp_path / "new.db")

    with pytest.raises(SchemaMismatch, match="run `billing migrate`"):
        async with open_sqlite(path):
            pass

    assert await sqlite_schema_state(path) is SchemaState.BEHIND
    assert not Path(path).exists()


async def test_a_file_newer_than_the_code_neither_starts_nor_migrates(sqlite_path: str) -> None:
    with closing(sqlite3.connect(sqlite_path)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'from the future'")
        connection.commit()

    assert await sqlite_schema_state(sqlite_path) is SchemaState.AHEAD
    with pytest.raises(SchemaMismatch, match="newer than this version"):
        async with open_sqlite(sqlite_path):
            pass
    with pytest.raises(SchemaMismatch, match="newer than this version"):
        await migrate_sqlite(sqlite_path)


async def test_a_file_that_lacks_a_column_of_its_revision_neither_starts_nor_migrates(
    sqlite_path: str,
) -> None:
    with closing(sqlite3.connect(sqlite_path)) as connection:
        connection.execute("ALTER TABLE grants DROP COLUMN stood_still_us")
        connection.commit()

    assert await sqlite_schema_state(sqlite_path) is SchemaState.INCOMPLETE
    with pytest.raises(SchemaMismatch, match="make the database anew"):
        async with open_sqlite(sqlite_path):
            pass
    with pytest.raises(SchemaMismatch, match="make the database anew"):
        await migrate_sqlite(sqlite_path)


async def test_a_database_that_lacks_a_column_of_its_revision_neither_starts_nor_migrates(
    postgres_dsn: str,
) -> None:
    await _run_on_postgres(postgres_dsn, "ALTER TABLE grants DROP COLUMN stood_still_us")

    assert await postgres_schema_state(postgres_dsn) is SchemaState.INCOMPLETE
    with pytest.raises(SchemaMismatch, match="make the database anew"):
        async with open_postgres(postgres_dsn):
            pass
    with pytest.raises(SchemaMismatch, match="make the database anew"):
        await migrate_postgres(postgres_dsn)


async def test_a_database_that_was_never_migrated_does_not_start(bare_postgres_dsn: str) -> None:
    assert await postgres_schema_state(bare_postgres_dsn) is SchemaState.BEHIND

    with pytest.raises(SchemaMismatch, match="run `billing migrate`") as refused:
        async with open_postgres(bare_postgres_dsn):
            pass

    assert "billing:" not in str(refused.value), "a message shows no password"


async def test_a_database_newer_than_the_code_neither_starts_nor_migrates(
    postgres_dsn: str,
) -> None:
    await _run_on_postgres(postgres_dsn, "UPDATE alembic_version SET version_num = 'future'")

    assert await postgres_schema_state(postgres_dsn) is SchemaState.AHEAD
    with pytest.raises(SchemaMismatch, match="newer than this version"):
        async with open_postgres(postgres_dsn):
            pass
    with pytest.raises(SchemaMismatch, match="newer than this version"):
        await migrate_postgres(postgres_dsn)


async def test_several_processes_that_migrate_at_once_migrate_once(bare_postgres_dsn: str) -> None:
    await asyncio.gather(*(migrate_postgres(bare_postgres_dsn) for _ in range(3)))

    assert await postgres_schema_state(bare_postgres_dsn) is SchemaState.CURRENT


def _at_an_older_step(connection: Connection) -> None:
    command.upgrade(configuration(connection), "0003")
    connection.execute(
        text(
            "INSERT INTO check_in_rules VALUES"
            " (1, 1, 5, NULL, 'UTC', NULL, '[]', 0, NULL, 0, 0, NULL, NULL, NULL, 0, 100, 0)"
        )
    )


async def test_a_file_is_copied_before_it_is_migrated(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        _at_an_older_step(connection)
    engine.dispose()

    await migrate_sqlite(str(path))

    backup = tmp_path / "old.db.backup-0003"
    assert await sqlite_schema_state(str(path)) is SchemaState.CURRENT
    assert await sqlite_schema_state(str(backup)) is SchemaState.BEHIND
    with closing(sqlite3.connect(backup)) as copy:
        assert copy.execute("SELECT base FROM check_in_rules").fetchall() == [(5,)]
        assert copy.execute("SELECT 1 FROM sqlite_master WHERE name = 'orders'").fetchall() == []


async def test_a_file_that_is_new_or_up_to_date_is_not_copied(tmp_path: Path) -> None:
    path = str(tmp_path / "billing.db")

    await migrate_sqlite(path)
    await migrate_sqlite(path)

    assert list(tmp_path.glob("*backup*")) == []


async def test_a_migration_that_fails_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "foreign.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE sandbox_records (somebody TEXT)")

    with pytest.raises(Exception, match="already exists"):
        await migrate_sqlite(str(path))

    engine = create_engine(f"sqlite:///{path}")
    assert inspect(engine).get_table_names() == ["sandbox_records"]
    engine.dispose()
    assert (tmp_path / "foreign.db.backup-unversioned").exists()


async def test_a_new_file_what_lies_beside_it_and_a_backup_are_for_their_owner_alone(
    tmp_path: Path,
) -> None:
    path, old = tmp_path / "billing.db", tmp_path / "old.db"
    with closing(sqlite3.connect(old)) as connection:
        connection.execute("CREATE TABLE somebodys (word TEXT)")

    await migrate_sqlite(str(path))
    await migrate_sqlite(str(old))
    async with open_sqlite(str(path)) as store:
        await store.ping()
        modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in tmp_path.iterdir()}

    del modes["old.db"]
    assert {"billing.db", "billing.db-wal", "old.db.backup-unversioned"} <= set(modes)
    assert set(modes.values()) == {0o600}


async def test_a_store_whose_schema_falls_behind_while_it_runs_says_so(
    postgres_store: PostgresStore, sqlite_store: SqliteStore
) -> None:
    await postgres_store.ping()
    await sqlite_store.ping()

    await _run_on_postgres(postgres_store.dsn, "UPDATE alembic_version SET version_num = '0001'")
    with closing(sqlite3.connect(sqlite_store.path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '0001'")

    for store in (postgres_store, sqlite_store):
        with pytest.raises(SchemaMismatch):
            await store.ping()


async def test_a_store_that_a_newer_version_has_migrated_goes_on(
    postgres_store: PostgresStore,
) -> None:
    await _run_on_postgres(postgres_store.dsn, "UPDATE alembic_version SET version_num = '9999'")

    await postgres_store.ping()
