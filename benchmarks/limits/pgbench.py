"""The limit of PostgreSQL: the same durable work in one statement, sent by its own pgbench."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import asyncpg
from attrs import field, frozen

from benchmarks.measured import Sample, sample_of
from benchmarks.programs import ProgramFailed

DEBIT = Path(__file__).with_name("debit.sql")
DEBIT_100 = Path(__file__).with_name("debit_100.sql")

_OVERDUE_SECONDS = 60.0
_THREADS_MAX = 2

_TABLES = """
CREATE TABLE limit_accounts (
    id bigint PRIMARY KEY, balance bigint NOT NULL, held bigint NOT NULL, version bigint NOT NULL,
    CHECK (balance >= 0)
) WITH (fillfactor = 80);
CREATE TABLE limit_entries (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, account_id bigint NOT NULL,
    amount bigint NOT NULL, balance_after bigint NOT NULL, key uuid NOT NULL UNIQUE,
    at timestamptz NOT NULL DEFAULT now()
);
"""


@frozen(kw_only=True)
class Pgbench:
    """pgbench, on a database of the server that the service uses."""

    program: Path
    dsn: str = field(repr=False)
    accounts: int

    async def prepare(self) -> None:
        """Make the two tables a debit by hand needs, and fill the accounts."""
        connection = await asyncpg.connect(self.dsn)
        try:
            await connection.execute(_TABLES)
            await connection.execute(
                "INSERT INTO limit_accounts SELECT n, 1000000000, 0, 0"
                " FROM generate_series(1, $1::bigint) AS n",
                self.accounts,
            )
            await connection.execute("VACUUM ANALYZE limit_accounts")
        finally:
            await connection.close()

    async def run(self, script: Path, *, clients: int, seconds: float, each: int = 1) -> Sample:
        """Run a script for so long, in whole seconds; a transaction of it is `each` debits.

        Latencies are those of a transaction. Raises ProgramFailed.
        """
        whole = max(1, round(seconds))
        with TemporaryDirectory(prefix="billing-pgbench-") as folder:
            process = await asyncio.create_subprocess_exec(
                str(self.program),
                "--no-vacuum",
                "--protocol=prepared",
                f"--file={script}",
                f"--client={clients}",
                f"--jobs={min(_THREADS_MAX, clients)}",
                f"--time={whole}",
                f"--define=accounts={self.accounts}",
                "--log",
                cwd=folder,
                env={**os.environ, **_environment(self.dsn)},
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
            )
            said = await _said(process, whole)
            sample = sample_of(_latencies(Path(folder)), whole)
        if sample.count == 0:
            raise ProgramFailed(f"pgbench did nothing: {said}")
        return Sample(
            count=sample.count * each,
            seconds=sample.seconds,
            p50_ms=sample.p50_ms,
            p99_ms=sample.p99_ms,
            mean_ms=sample.mean_ms,
        )


async def _said(process: asyncio.subprocess.Process, seconds: int) -> str:
    try:
        async with asyncio.timeout(seconds + _OVERDUE_SECONDS):
            output, _ = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        raise
    said = output.decode(errors="replace")
    if process.returncode != 0:
        raise ProgramFailed(f"pgbench failed: {said}")
    return said


def _latencies(folder: Path) -> list[float]:
    """Return how long each transaction took, from the logs of all threads, in seconds."""
    lines = [line for log in folder.glob("pgbench_log.*") for line in log.read_text().splitlines()]
    return [int(line.split(" ", 3)[2]) / 1e6 for line in lines]


def _environment(dsn: str) -> Mapping[str, str]:
    parts = urlsplit(dsn)
    return {
        "PGHOST": str(parts.hostname),
        "PGPORT": str(parts.port or 5432),
        "PGUSER": str(parts.username),
        "PGPASSWORD": parts.password or "",
        "PGDATABASE": parts.path.removeprefix("/"),
    }
