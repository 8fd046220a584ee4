"""The drill: a backup made while the store is in use comes back whole, and serves."""

import asyncio
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

from aiohttp.test_utils import TestClient, TestServer

from adapters.stores.sql.copying import digests_of
from adapters.stores.sql.postgres import open_postgres
from adapters.stores.sql.sqlite import open_sqlite
from application.credits.verify_ledger import VerifyLedger
from entrypoints.container import Container
from entrypoints.service import application, opened
from entrypoints.settings import load_settings
from tests.adapters.sql.filling import fill
from tests.application.scripted_ledger import take
from tests.support.clock import fresh_id
from tests.support.postgres import Server, installations


async def check_that_it_serves(url: str) -> None:
    """Prove the ledger, and let somebody spend over the service that runs on it."""
    container = Container(settings=load_settings({"BILLING_DATABASE_URL": url}))
    async with opened(container), TestClient(TestServer(application(container))) as client:
        ready = await client.get("/readyz")
        spent = await container.group_commit()(take(1, key="after the drill"))
        found = await container.verify_ledger()(VerifyLedger())
        await container.group_commit().drain()
    assert ready.status == 200
    assert spent.receipt.amount == -1
    assert found.breaches == []


async def test_a_copy_of_a_file_in_use_is_the_same_and_serves(
    sqlite_path: str, tmp_path: Path
) -> None:
    backup = str(tmp_path / "backup.db")
    async with open_sqlite(sqlite_path) as store:
        await fill(store)
        with (
            closing(sqlite3.connect(f"file:{sqlite_path}?mode=ro", uri=True)) as live,
            closing(sqlite3.connect(backup)) as copy,
        ):
            live.backup(copy)

    assert await digests_of(f"sqlite:///{backup}") == await digests_of(f"sqlite:///{sqlite_path}")
    await check_that_it_serves(f"sqlite:///{backup}")


async def test_a_dump_of_a_database_in_use_is_restored_the_same_and_serves(
    server: Server, postgres_dsn: str, tmp_path: Path
) -> None:
    # The newest programs read what every older server has.
    programs = max(installations(), key=lambda found: found.major).programs
    dump = tmp_path / "billing.dump"
    restored = f"restored_{fresh_id()}"
    async with open_postgres(postgres_dsn) as store:
        await fill(store)
        await _run(str(programs / "pg_dump"), "--format=custom", f"--file={dump}", postgres_dsn)
    dsn = await server.create_database(restored)
    try:
        same_release = server.name.startswith(f"PostgreSQL {_newest()}")
        options = ("--exit-on-error",) if same_release else ()
        await _run(str(programs / "pg_restore"), *options, f"--dbname={dsn}", str(dump))

        assert await digests_of(dsn) == await digests_of(postgres_dsn)
        await check_that_it_serves(dsn)
    finally:
        await server.drop_database(restored)


def _newest() -> int:
    return max(installations(), key=lambda found: found.major).major


async def _run(*command: str) -> None:
    done = await asyncio.to_thread(
        subprocess.run, command, capture_output=True, text=True, timeout=60, check=False
    )
    # Newer programs set what older servers do not know, and tell of it; nothing else may fail.
    told = [line for line in done.stderr.splitlines() if "error: " in line]
    assert all("transaction_timeout" in line for line in told), done.stderr
