"""`python -m benchmarks`: measure the goals beside their limits, and print the table."""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Coroutine, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import uvloop
from attrs import evolve

from benchmarks import growth, memory, on_postgres, on_sqlite, programs
from benchmarks.databases import a_postgres
from benchmarks.goals import goals_named
from benchmarks.limits.disk import flushes
from benchmarks.report import table, write
from benchmarks.size import FULL, QUICK, TINY, Size
from benchmarks.suite import Bench, Row, Tell

_SIZES = {"full": FULL, "quick": QUICK, "tiny": TINY}
_SUITES = (on_postgres.measure, on_sqlite.measure, growth.measure, memory.measure)
_FLUSH_SECONDS = 0.5
_ENDED = 130


def main(given: Sequence[str] | None = None) -> int:
    """Measure what was asked for; return the exit code."""
    asked = _parser().parse_args(given)
    try:
        wanted = goals_named(asked.only)
    except ValueError as unknown:
        print(f"benchmarks: {unknown}", file=sys.stderr)
        return 2
    try:
        rows = uvloop.run(_unless_ended(_measured(_size(asked), wanted, is_kept=asked.write)))
    except asyncio.CancelledError:
        return _ENDED
    print(table(rows))
    return 0


async def _unless_ended(measured: Coroutine[Any, Any, list[Row]]) -> list[Row]:
    """Measure, or leave nothing running behind when somebody ends this early."""
    measuring = asyncio.create_task(measured, name="benchmarks")
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, measuring.cancel)
    return await measuring


def _parser() -> ArgumentParser:
    parser = ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", default="", help="goals, comma-separated, such as P1,P6")
    parser.add_argument("--size", choices=sorted(_SIZES), default="full")
    parser.add_argument("--scale", type=int, help="transactions of the large database of P17, P18")
    parser.add_argument("--spends", type=int, help="spends after which P19 looks at the memory")
    parser.add_argument("--rounds", type=int, help="how often each case is measured")
    parser.add_argument("--write", action="store_true", help="put the table into the page")
    return parser


def _size(asked: Namespace) -> Size:
    size = _SIZES[asked.size]
    return evolve(
        size,
        lines_many=asked.scale or size.lines_many,
        spends=asked.spends or size.spends,
        rounds=asked.rounds or size.rounds,
    )


async def _measured(size: Size, wanted: frozenset[str], *, is_kept: bool) -> list[Row]:
    """Measure suite by suite; what is kept is written after each, should the run be cut short."""
    with TemporaryDirectory(prefix="billing-benchmarks-") as folder, a_postgres() as postgres:
        async with programs.running("benchmarks.load") as load:
            bench = Bench(size=size, wanted=wanted, folder=Path(folder), load=load, tell=_tell())
            bench.tell(f"the disk: {flushes(bench.folder, _FLUSH_SECONDS).rate:,.0f} flushes/s")
            rows: list[Row] = []
            for measure in _SUITES:
                found = await measure(bench, postgres)
                rows += found
                if is_kept and found:
                    write(found, size, postgres.server.name)
            bench.tell(f"the disk: {flushes(bench.folder, _FLUSH_SECONDS).rate:,.0f} flushes/s")
        return rows


def _tell() -> Tell:
    began = time.monotonic()

    def tell(line: str) -> None:
        print(f"{time.monotonic() - began:6.0f} s  {line}", file=sys.stderr, flush=True)

    return tell


if __name__ == "__main__":
    sys.exit(main())
