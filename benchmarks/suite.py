"""Rounds: every case once a round, so that all of them meet the same machine."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from attrs import frozen

from benchmarks.goals import GOALS
from benchmarks.measured import Look, Rounds, Sample, Spread, rate, ratio, spread
from benchmarks.programs import Program
from benchmarks.size import Size

Case: TypeAlias = Callable[[], Awaitable[Sample]]
Tell: TypeAlias = Callable[[str], None]


@frozen(kw_only=True)
class Bench:
    """What every suite is handed: how large, for which goals, where, and whom to tell."""

    size: Size
    wanted: frozenset[str]
    folder: Path
    load: Program
    tell: Tell


@frozen(kw_only=True)
class Comparison:
    """One goal: which case is ours, which is its limit, and which figure of each is meant."""

    goal: str
    ours: str
    limit: str
    look: Look = rate
    limit_look: Look | None = None


@frozen(kw_only=True)
class Row:
    """One line of the table."""

    goal: str
    ours: str
    limit: str
    figure: Spread | None
    shown: str
    limit_shown: str
    latency: str = ""

    @property
    def verdict(self) -> str:
        """How far the figure got towards its goal."""
        return "not there" if self.figure is None else GOALS[self.goal].verdict(self.figure.middle)


def needed(comparisons: Iterable[Comparison], wanted: frozenset[str]) -> list[Comparison]:
    """Return the comparisons for the goals that are wanted."""
    return [each for each in comparisons if each.goal in wanted]


async def in_rounds(bench: Bench, cases: Mapping[str, Case], names: Iterable[str]) -> Rounds:
    """Run the named cases in the order they are listed in, round by round."""
    asked = set(names)
    found: dict[str, list[Sample]] = {name: [] for name in cases if name in asked}
    for number in range(bench.size.rounds):
        for name, samples in found.items():
            sample = await cases[name]()
            samples.append(sample)
            bench.tell(
                f"round {number + 1} of {bench.size.rounds}: {name}: {sample.rate:,.0f}/s,"
                f" p50 {sample.p50_ms:.1f} ms, p99 {sample.p99_ms:.1f} ms"
            )
    return found


async def compared(
    bench: Bench, cases: Mapping[str, Case], comparisons: Sequence[Comparison]
) -> list[Row]:
    """Measure what the comparisons need, and return a row for each."""
    names = {name for each in comparisons for name in (each.ours, each.limit)}
    rounds = await in_rounds(bench, cases, names)
    return [_row(each, rounds[each.ours], rounds[each.limit]) for each in comparisons]


def not_there(each: Comparison) -> Row:
    """Return the row of a goal whose case this version of the service does not have."""
    return Row(
        goal=each.goal, ours=each.ours, limit=each.limit, figure=None, shown="–", limit_shown="–"
    )


def _row(each: Comparison, ours: Sequence[Sample], limits: Sequence[Sample]) -> Row:
    limit_look = each.limit_look or each.look
    figures = [each.look(sample) for sample in ours]
    limit_figures = [limit_look(sample) for sample in limits]
    return Row(
        goal=each.goal,
        ours=each.ours,
        limit=each.limit,
        figure=ratio(figures, limit_figures),
        shown=shown(spread(figures).middle, each.look),
        limit_shown=shown(spread(limit_figures).middle, limit_look),
        latency=latency_of(ours),
    )


def shown(figure: float, look: Look) -> str:
    """Return a figure with its unit."""
    units = {"rate": f"{figure:,.0f}/s", "cpu": f"{figure:,.0f} µs"}
    return units.get(look.__name__, f"{figure:,.2f} ms")


def latency_of(samples: Sequence[Sample]) -> str:
    """Return p50 and p99 over the rounds, in ms."""
    halves = spread([sample.p50_ms for sample in samples]).middle
    tails = spread([sample.p99_ms for sample in samples]).middle
    return f"{halves:.1f} / {tails:.1f}"
