"""Databases to measure on: a durable server of our own, and seeded ones in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import asyncpg
from attrs import frozen

from benchmarks.limits.pgbench import Pgbench
from benchmarks.past import Past
from benchmarks.seeding import seed_postgres, seed_sqlite
from benchmarks.suite import Bench
from tests.support.postgres import Installation, Server, installations

# What an operator would set on a machine of this kind; the rest is as PostgreSQL comes.
SETTINGS = (
    "shared_buffers = 1GB",
    "max_wal_size = 4GB",
    "synchronous_commit = on",
    "fsync = on",
)
_SECONDS_MAX = 600
_TOLD_EACH = 250_000


@frozen(kw_only=True)
class Postgres:
    """A server that flushes, and the programs it came with."""

    server: Server
    installation: Installation

    async def seeded(self, bench: Bench, name: str, past: Past) -> str:
        """Make a database with a past, and return its address."""
        dsn = await self.server.create_database(name)
        await seed_postgres(dsn, past, _telling(bench, f"seeding {name}"))
        return dsn

    async def copied(self, name: str, template: str) -> str:
        """Make a database like another that nobody uses, and return its address."""
        return await self.server.create_database(name, template)

    async def by_hand(self, accounts: int) -> Pgbench:
        """Make the database that pgbench works on."""
        dsn = await self.server.create_database("by_hand")
        program = self.installation.programs / "pgbench"
        limit = Pgbench(program=program, dsn=dsn, accounts=accounts)
        await limit.prepare()
        return limit


@contextmanager
def a_postgres() -> Iterator[Postgres]:
    """Run the newest PostgreSQL there is while the block is open."""
    installation = installations()[-1]
    with installation.running(durable=True, settings=SETTINGS) as server:
        yield Postgres(server=server, installation=installation)


async def a_file(bench: Bench, name: str, past: Past) -> str:
    """Make an SQLite file with a past, and return its address."""
    path = bench.folder / f"{name}.db"
    await seed_sqlite(str(path), past, _telling(bench, f"seeding {name}"))
    return f"sqlite:///{path}"


async def written_bytes(dsn: str) -> int:
    """Return how many bytes of write-ahead log the server has written since it began."""
    connection = await asyncpg.connect(dsn)
    try:
        found = await connection.fetchval("SELECT pg_current_wal_lsn() - '0/0'::pg_lsn")
    finally:
        await connection.close()
    return int(found)


async def checkpoint(dsn: str) -> None:
    """Have the server write down everything, after which it logs whole pages on first touch."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("CHECKPOINT", timeout=_SECONDS_MAX)
    finally:
        await connection.close()


def _telling(bench: Bench, what: str) -> Callable[[int], None]:
    counted = 0

    def tell(lines: int) -> None:
        nonlocal counted
        before, counted = counted, counted + lines
        if before // _TOLD_EACH != counted // _TOLD_EACH:
            bench.tell(f"{what}: {counted:,} transactions")

    return tell
