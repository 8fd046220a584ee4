"""What a database that has seen much costs, beside one that has seen little."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AsyncExitStack

from attrs import evolve, frozen

from benchmarks.accounts import Range
from benchmarks.conversations import Talk
from benchmarks.databases import Postgres, checkpoint, written_bytes
from benchmarks.measured import Sample, spread
from benchmarks.seeding import a_past
from benchmarks.services import Measured, a_service
from benchmarks.suite import Bench, Case, Comparison, Row, compared, latency_of, needed

_MANY = 32
_WARMING = 256
_KINDS = {
    "P17 balance": "balance",
    "P17 page": "hot_page",
    "P17 deep page": "deep_page",
    "P17 replay": "replay",
    "P18 spend": "spend",
}
_WAL = "P18 WAL"
_WORDS = {
    "hot_page": "newest page of 50",
    "deep_page": "page of 50, any depth",
    "replay": "repeated spend",
}


@frozen(kw_only=True)
class Aged:
    """A service on a database with so many transactions; `past` are those that were spends."""

    lines: int
    accounts: int
    dsn: str
    service: Measured

    @property
    def past(self) -> int:
        """How many of its transactions were spends."""
        return _spends(self.lines, self.accounts)

    def talk(self, kind: str) -> Talk:
        """Return what is said to it."""
        among = Range(first=0, count=self.accounts)
        return Talk(kind=kind, port=0, among=among, past=self.past, accounts=self.accounts)


async def measure(bench: Bench, postgres: Postgres) -> list[Row]:
    """Measure what is wanted of this."""
    comparisons = _comparisons(bench)
    wanted = needed(comparisons, bench.wanted)
    if not wanted and _WAL not in bench.wanted:
        return []
    size = bench.size
    async with AsyncExitStack() as stack:
        few = await _aged(bench, postgres, stack, size.lines_few, size.accounts_few)
        many = await _aged(bench, postgres, stack, size.lines_many, size.accounts)
        cases = _cases(bench, few) | _cases(bench, many)
        rows = await compared(bench, cases, wanted)
        if _WAL in bench.wanted:
            rows.append(await _logged(bench, many))
    return rows


def _spends(lines: int, accounts: int) -> int:
    return max(1, lines - accounts - 1)


async def _aged(
    bench: Bench, postgres: Postgres, stack: AsyncExitStack, lines: int, accounts: int
) -> Aged:
    past = a_past(accounts=accounts, spends=_spends(lines, accounts))
    dsn = await postgres.seeded(bench, f"of_{lines}", past)
    service = await stack.enter_async_context(a_service(dsn, bench.folder, bench.load))
    aged = Aged(lines=lines, accounts=accounts, dsn=dsn, service=service)
    bench.tell(f"warming the service on {lines:,} transactions")
    warming = evolve(aged.talk("spend"), is_each_once=True)
    await service.ask(warming, _WARMING, bench.size.warming_seconds)
    return aged


def _comparisons(bench: Bench) -> Sequence[Comparison]:
    few, many = bench.size.lines_few, bench.size.lines_many
    return [
        Comparison(goal=goal, ours=_name(kind, many), limit=_name(kind, few))
        for goal, kind in _KINDS.items()
    ]


def _name(kind: str, lines: int) -> str:
    return f"{_WORDS.get(kind, kind)} over HTTP, {lines:,} transactions"


def _cases(bench: Bench, aged: Aged) -> dict[str, Case]:
    def asking(kind: str) -> Case:
        talk = aged.talk(kind)
        return lambda: aged.service.ask(talk, _MANY, bench.size.seconds)

    return {_name(kind, aged.lines): asking(kind) for kind in _KINDS.values()}


async def _logged(bench: Bench, aged: Aged) -> Row:
    """Measure what a spend writes to the log, as it goes and right after a checkpoint.

    One after the other: for minutes after a checkpoint the first touch of each page is still dear.
    """
    going: list[tuple[Sample, float]] = []
    after: list[tuple[Sample, float]] = []
    for found, is_after in ((going, False), (after, True)):
        for number in range(bench.size.rounds):
            if is_after:
                await checkpoint(aged.dsn)
            before = await written_bytes(aged.dsn)
            sample = await aged.service.ask(aged.talk("spend"), _MANY, bench.size.seconds)
            each = (await written_bytes(aged.dsn) - before) / max(1, sample.count)
            found.append((sample, each))
            bench.tell(f"round {number + 1} of {bench.size.rounds}: {each:,.0f} B of log a spend")
    figure = spread([each for _, each in going])
    worst = spread([each for _, each in after])
    return Row(
        goal=_WAL,
        ours=f"write-ahead log of a spend, {aged.lines:,} transactions",
        limit="none: bytes; beside it, right after a checkpoint",
        figure=figure,
        shown=f"{figure.middle:,.0f} B",
        limit_shown=f"{worst.middle:,.0f} B",
        latency=latency_of([sample for sample, _ in going]),
    )
