"""What the nightly proof costs those who spend meanwhile: one service, before a round and in it."""

from __future__ import annotations

import asyncio
import time

import asyncpg

from benchmarks.conversations import Talk
from benchmarks.measured import Sample, Spread, rate, ratio, spread
from benchmarks.services import Measured
from benchmarks.suite import Bench, Row, latency_of, shown

PROVING = "P20"

_MANY = 32
_BEGUN_SECONDS_MAX = 30
_LOOK_SECONDS = 0.1


async def measure_proving(bench: Bench, service: Measured, dsn: str, talk: Talk) -> Row:
    """Measure spends of a warm service round by round, then have its ledger proved, and again.

    What the seeded past says of the proof is deleted for that, after which the service's own worker
    begins a round. Where the round is over before the measuring is, nothing is said.
    """
    before = await _rounds(bench, service, talk, "before the proof")
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("DELETE FROM proofs")
        await _has_begun(connection)
        during = await _rounds(bench, service, talk, "while the ledger is proved")
        is_under_way = await connection.fetchval("SELECT ended_at IS NULL FROM proofs")
    finally:
        await connection.close()
    if not is_under_way:
        bench.tell("the proof was over too early: the ledger is too short to say what it costs")
    return _row(before, during if is_under_way else None)


async def _rounds(bench: Bench, service: Measured, talk: Talk, when: str) -> list[Sample]:
    found: list[Sample] = []
    for number in range(bench.size.rounds):
        sample = await service.ask(talk, _MANY, bench.size.seconds)
        found.append(sample)
        bench.tell(
            f"round {number + 1} of {bench.size.rounds}: spend {when}: {sample.rate:,.0f}/s,"
            f" p50 {sample.p50_ms:.1f} ms, p99 {sample.p99_ms:.1f} ms"
        )
    return found


async def _has_begun(connection: asyncpg.Connection) -> None:
    overdue = time.monotonic() + _BEGUN_SECONDS_MAX
    while not await connection.fetchval("SELECT count(*) FROM proofs"):
        assert time.monotonic() < overdue, "the worker of the service proves what is due"
        await asyncio.sleep(_LOOK_SECONDS)


def _row(before: list[Sample], during: list[Sample] | None) -> Row:
    figure: Spread | None = None
    rate_shown, latency = "–", ""
    if during is not None:
        rates = [rate(sample) for sample in during]
        figure = ratio(rates, [rate(sample) for sample in before])
        rate_shown, latency = shown(spread(rates).middle, rate), latency_of(during)
    beside = spread([rate(sample) for sample in before]).middle
    return Row(
        goal=PROVING,
        ours="spend over HTTP, 32 connections, while the ledger is proved",
        limit="none: the same right before",
        figure=figure,
        shown=rate_shown,
        limit_shown=f"{shown(beside, rate)}, {latency_of(before)} ms",
        latency=latency,
    )
