"""The databases of a release as text: made once, when it is released, and loaded by tests.

`python -m tests.upgrades.make` writes those of the present version; see `docs/upgrading.md`.
"""

import re
import sqlite3
import subprocess
from collections.abc import Sequence
from contextlib import closing
from importlib.metadata import version
from pathlib import Path

import asyncpg

from adapters.stores.sql.postgres import migrate_postgres, open_postgres
from adapters.stores.sql.sqlite import migrate_sqlite, open_sqlite
from tests.adapters.sql.filling import fill
from tests.support.postgres import Server, installations

RELEASES = Path(__file__).parent / "releases"
SQLITE, POSTGRES = "sqlite.sql", "postgres.sql"

# What only the program psql understands, and settings that older servers do not know.
_NOT_SQL = re.compile(r"^(\\.*|SET transaction_timeout = .*|--.*|)$")


def releases() -> Sequence[str]:
    """Name every release of which there are databases, the oldest first."""
    found = [folder.name for folder in RELEASES.iterdir() if (folder / SQLITE).exists()]
    return sorted(found, key=lambda name: [int(part) for part in name.split(".")])


async def write_present(folder: Path, scratch: Path, server: Server) -> None:
    """Write both databases of the present version, with a little of everything in them."""
    folder.mkdir(parents=True, exist_ok=True)
    path = str(scratch / "present.db")
    await migrate_sqlite(path)
    async with open_sqlite(path) as store:
        await fill(store)
    with closing(sqlite3.connect(path)) as connection:
        lines = "\n".join(connection.iterdump())
    (folder / SQLITE).write_text(lines + "\n", encoding="utf-8")
    dsn = await server.create_database("present")
    try:
        await migrate_postgres(dsn)
        async with open_postgres(dsn) as store:
            await fill(store)
        (folder / POSTGRES).write_text(_dumped(dsn), encoding="utf-8")
    finally:
        await server.drop_database("present")


def load_sqlite(release: str, path: str) -> None:
    """Make the file of a release."""
    script = (RELEASES / release / SQLITE).read_text(encoding="utf-8")
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(script)


async def load_postgres(release: str, dsn: str) -> None:
    """Fill an empty database with what a release had."""
    connection = await asyncpg.connect(dsn, timeout=10)
    try:
        await connection.execute((RELEASES / release / POSTGRES).read_text(encoding="utf-8"))
    finally:
        await connection.close(timeout=10)


def present() -> str:
    """Name the present version."""
    return version("billing")


def _dumped(dsn: str) -> str:
    """Return a database as statements that any of our servers takes, by the oldest program."""
    oldest = min(installations(), key=lambda found: found.major)
    options = ("--inserts", "--no-owner", "--no-privileges", "--schema=public")
    dumped = subprocess.run(
        [str(oldest.programs / "pg_dump"), *options, dsn],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout
    kept = [line for line in dumped.splitlines() if not _NOT_SQL.match(line)]
    made = [line for line in kept if not line.startswith("CREATE SCHEMA public")]
    return "\n".join(made) + "\n"
