"""The table: to whoever runs the programs, and into the page where the figures are kept."""

from __future__ import annotations

import os
import platform
import sqlite3
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from adapters.system import system_clock
from benchmarks.goals import GOALS
from benchmarks.size import Size
from benchmarks.suite import Row

PAGE = Path(__file__).parents[1] / "docs" / "performance.md"

_BEGIN = "<!-- benchmarks: begin -->"
_END = "<!-- benchmarks: end -->"
_HEAD = (
    "| goal | measured | figure | beside | its figure | ratio (least–most) | p50 / p99, ms |"
    " floor · target · stretch | reached |"
)
_RULE = "| --- | --- | --- | --- | --- | --- | --- | --- | --- |"


def table(rows: Sequence[Row]) -> str:
    """Return the rows as a table in Markdown, in the order of the goals."""
    places = list(GOALS)
    ordered = sorted(rows, key=lambda row: places.index(row.goal))
    return "\n".join([_HEAD, _RULE, *(_line(row) for row in ordered)])


def write(rows: Sequence[Row], size: Size, postgres: str, page: Path = PAGE) -> None:
    """Put the rows between the marks of the page; rows that were not measured now stay."""
    before, _, rest = page.read_text().partition(_BEGIN)
    kept, _, after = rest.partition(_END)
    fresh = table(rows).splitlines()[2:]
    goals = {_goal_of(line) for line in fresh}
    old = [line for line in kept.splitlines() if _goal_of(line) in GOALS]
    lines = [*fresh, *(line for line in old if _goal_of(line) not in goals)]
    lines.sort(key=lambda line: list(GOALS).index(_goal_of(line)))
    text = "\n".join([_BEGIN, "", machine(size, postgres), "", _HEAD, _RULE, *lines, "", _END])
    page.write_text(before + text + after)


def machine(size: Size, postgres: str) -> str:
    """Say what the figures were measured on, and how long."""
    memory_gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    names = ("aiohttp", "asyncpg", "uvloop")
    libraries = ", ".join(f"{name} {version(name)}" for name in names)
    return (
        f"Last measured on {system_clock():%d %B %Y}: {os.cpu_count()} × {_processor()},"
        f" {memory_gib:.0f} GiB, {platform.system()} {platform.release()};"
        f" CPython {platform.python_version()}, {postgres}, SQLite {sqlite3.sqlite_version},"
        f" {libraries}. {size.rounds} rounds of {size.seconds:g} s, {size.accounts:,} accounts."
    )


def _line(row: Row) -> str:
    goal = GOALS[row.goal]
    figure = row.figure
    if figure is None:
        ratio = "–"
    elif goal.unit == "×":
        ratio = f"**{figure.middle:.2f}** ({figure.least:.2f}–{figure.most:.2f})"
    else:
        ratio = f"**{figure.middle:,.0f} {goal.unit}**"
    cells = (
        row.goal,
        row.ours,
        row.shown,
        row.limit,
        row.limit_shown,
        ratio,
        row.latency or "–",
        goal.marks,
        row.verdict,
    )
    return f"| {' | '.join(cells)} |"


def _goal_of(line: str) -> str:
    return line.strip("| ").partition(" |")[0]


def _processor() -> str:
    """Return the name of the processor, where the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.machine()
