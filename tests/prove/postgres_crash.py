"""A PostgreSQL server of which every process is killed at once, and which then starts again."""

import asyncio
import os
import signal
import subprocess
import time
from pathlib import Path
from random import Random

import asyncpg
from attrs import define, field

from tests.races.crashes import Victim
from tests.races.world import Violations, World

_START_SECONDS_MAX = 30.0
_LOOK_SECONDS = 0.02
_BROKEN_INDEXES = """
SELECT bt_index_check(index => c.oid, heapallindexed => true)
FROM pg_class AS c JOIN pg_am AS a ON a.oid = c.relam
WHERE c.relkind = 'i' AND a.amname = 'btree' AND c.relnamespace = 'public'::regnamespace
"""
_BROKEN_TABLES = """
SELECT c.relname, v.blkno, v.msg FROM pg_class AS c, LATERAL verify_heapam(c.oid) AS v
WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
"""


@define(kw_only=True)
class DatabaseServer(Victim):
    """The server itself; it flushes to the disk, so that what it has acknowledged must be there."""

    world: World
    dsn: str
    folder: Path
    has_others_beside: bool = True
    ready_after: list[float] = field(factory=list)
    _programs: Path | None = None

    @property
    def ready_seconds_max(self) -> float:
        """Return a longer time: the server replays its log first, at the pace of the disk."""
        return 10.0

    async def crash(self, random: Random) -> None:
        master = int((self.folder / "postmaster.pid").read_text().split()[0])
        self._programs = Path(f"/proc/{master}/exe").readlink().parent
        for pid in (master, *_children(master)):
            os.kill(pid, signal.SIGKILL)

    async def recover(self) -> Violations:
        await self._start()
        # How long the server needs is its own affair; how soon the services notice is ours.
        started = time.monotonic()
        while not all([await service.is_ready() for service in self.world.services]):
            assert time.monotonic() - started < _START_SECONDS_MAX, "nobody becomes ready"
            await asyncio.sleep(_LOOK_SECONDS)
        self.ready_after.append(time.monotonic() - started)
        return []

    async def broken_pages(self) -> Violations:
        """Check every table and index of the database, as PostgreSQL's own tool does."""
        connection = await asyncpg.connect(self.dsn, timeout=10)
        try:
            await connection.execute("CREATE EXTENSION IF NOT EXISTS amcheck")
            await connection.execute(_BROKEN_INDEXES, timeout=60)
            broken = await connection.fetch(_BROKEN_TABLES, timeout=60)
        except asyncpg.PostgresError as fault:
            return [f"the database is broken: {fault}"]
        finally:
            await connection.close(timeout=10)
        return [f"the database is broken: {dict(row)}" for row in broken]

    async def _start(self) -> None:
        """Start it as it was started before, once the last of its processes is gone."""
        async with asyncio.timeout(_START_SECONDS_MAX):
            is_up = False
            while not is_up:
                is_up = await asyncio.to_thread(self._restart) == 0

    def _restart(self) -> int:
        assert self._programs is not None
        owner = self.folder.stat()
        is_root = os.geteuid() == 0
        return subprocess.call(
            [
                str(self._programs / "pg_ctl"),
                "restart",
                f"--pgdata={self.folder.name}",
                "--log=server.log",
                "--wait",
            ],
            cwd=self.folder.parent,
            env={"PATH": os.defpath, "LC_ALL": "C"},
            user=owner.st_uid if is_root else None,
            group=owner.st_gid if is_root else None,
            extra_groups=[] if is_root else None,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_START_SECONDS_MAX,
        )


async def data_folder(dsn: str) -> Path:
    """Return where a server keeps its data."""
    connection = await asyncpg.connect(dsn, timeout=10)
    try:
        return Path(await connection.fetchval("SHOW data_directory"))
    finally:
        await connection.close(timeout=10)


def _children(master: int) -> list[int]:
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == master:
            found.append(int(status.parent.name))
    return found
