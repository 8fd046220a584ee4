"""Spends, balances and pages on PostgreSQL, beside pgbench and a bare handler."""

from __future__ import annotations

from contextlib import AsyncExitStack

from attrs import evolve

from benchmarks import inside
from benchmarks.conversations import Talk
from benchmarks.databases import Postgres
from benchmarks.inside import Tasks
from benchmarks.limits.pgbench import DEBIT, DEBIT_100, Pgbench
from benchmarks.measured import cpu, mean, p50, p99
from benchmarks.programs import Program
from benchmarks.proving import PROVING, measure_proving
from benchmarks.seeding import a_past
from benchmarks.services import Measured, a_service, hello
from benchmarks.suite import Bench, Case, Comparison, Row, compared, needed, not_there

BY_HAND_32 = "pgbench, one CTE a debit, 32 clients"
BY_HAND_1 = "pgbench, one CTE a debit, 1 client"
BY_HAND_100 = "pgbench, 100 debits a statement, 1 client"
HELLO = "aiohttp hello, 32 connections"
SPEND_32 = "spend over HTTP, 32 connections"
SPEND_128 = "spend over HTTP, 128 connections"
SPEND_1 = "spend over HTTP, 1 connection"
SPEND_HOT = "spend over HTTP from one account, 32 connections"
SPEND_LOT = "spend over HTTP, one lot"
SPEND_LOTS = "spend over HTTP, five live lots"
BALANCE = "balance over HTTP, 32 connections"
PAGE_OF_50 = "page of 50 over HTTP, 32 connections"
HOLD = "hold and capture over HTTP, pairs, 32 connections"
INSIDE_256 = "spend in process, 256 tasks"

COMPARISONS = (
    Comparison(goal="P1", ours=SPEND_32, limit=BY_HAND_32),
    Comparison(goal="P2", ours=SPEND_128, limit=BY_HAND_32),
    Comparison(goal="P3", ours=SPEND_HOT, limit=SPEND_32),
    Comparison(goal="P4", ours=SPEND_32, limit=BY_HAND_32, look=p99, limit_look=mean),
    Comparison(goal="P5", ours=SPEND_1, limit=BY_HAND_1, look=p50),
    Comparison(goal="P7", ours=BALANCE, limit=HELLO),
    Comparison(goal="P8 PostgreSQL", ours=PAGE_OF_50, limit=HELLO),
    Comparison(goal="P9", ours=SPEND_32, limit=HELLO, look=cpu),
    Comparison(goal="P13", ours=INSIDE_256, limit=BY_HAND_100),
    Comparison(goal="P14", ours=HOLD, limit=SPEND_32),
    Comparison(goal="P16", ours=SPEND_LOTS, limit=SPEND_LOT),
)

_MANY = 32
_MOST = 128
_WARMING = 256


async def measure(bench: Bench, postgres: Postgres) -> list[Row]:
    """Measure what is wanted of this."""
    wanted = needed(COMPARISONS, bench.wanted)
    if not wanted and PROVING not in bench.wanted:
        return []
    size = bench.size
    past = a_past(accounts=size.accounts, with_lots=size.with_lots, with_pages=size.with_pages)
    dsn = await postgres.seeded(bench, "served", past)
    other = await postgres.copied("inside", "served")
    by_hand = await postgres.by_hand(size.accounts)
    async with AsyncExitStack() as stack:
        bare = await stack.enter_async_context(hello(bench.folder, bench.load))
        service = await stack.enter_async_context(a_service(dsn, bench.folder, bench.load))
        cases = _by_hand(bench, by_hand) | _over_http(bench, bare, service)
        there = await _those_there(wanted, service)
        if any(each.ours == INSIDE_256 for each in there):
            program = await stack.enter_async_context(inside.running(other))
            cases[INSIDE_256] = await _inside(bench, program)
        is_served = any(each.ours != INSIDE_256 for each in there)
        if is_served or PROVING in bench.wanted:
            bench.tell("warming the service: every account spends once")
            warming = Talk(kind="spend", port=0, among=size.everybody, is_each_once=True)
            await service.ask(warming, _WARMING, size.warming_seconds)
        rows = await compared(bench, cases, there)
        if PROVING in bench.wanted:
            # Behind all others: the proof goes on until the service is stopped.
            spend = Talk(kind="spend", port=0, among=size.everybody)
            rows.append(await measure_proving(bench, service, dsn, spend))
    return [*rows, *(not_there(each) for each in wanted if each not in there)]


async def _those_there(wanted: list[Comparison], service: Measured) -> list[Comparison]:
    """Leave out what this version of the service has no route for."""
    if await service.has_route("/credits/holds"):
        return wanted
    return [each for each in wanted if each.ours != HOLD]


def _by_hand(bench: Bench, limit: Pgbench) -> dict[str, Case]:
    seconds = bench.size.seconds
    return {
        BY_HAND_32: lambda: limit.run(DEBIT, clients=_MANY, seconds=seconds),
        BY_HAND_1: lambda: limit.run(DEBIT, clients=1, seconds=seconds),
        BY_HAND_100: lambda: limit.run(DEBIT_100, clients=1, seconds=seconds, each=100),
    }


def _over_http(bench: Bench, bare: Measured, service: Measured) -> dict[str, Case]:
    size = bench.size
    spend = Talk(kind="spend", port=0, among=size.everybody)

    def asking(measured: Measured, talk: Talk, connections: int = _MANY) -> Case:
        return lambda: measured.ask(talk, connections, size.seconds)

    return {
        HELLO: asking(bare, evolve(spend, kind="hello")),
        SPEND_32: asking(service, spend),
        SPEND_128: asking(service, spend, _MOST),
        SPEND_1: asking(service, spend, 1),
        SPEND_HOT: asking(service, evolve(spend, kind="spend_hot")),
        SPEND_LOT: asking(service, evolve(spend, among=size.with_one_lot)),
        SPEND_LOTS: asking(service, evolve(spend, among=size.with_lots)),
        BALANCE: asking(service, evolve(spend, kind="balance")),
        PAGE_OF_50: asking(service, evolve(spend, kind="page", among=size.with_pages)),
        HOLD: asking(service, evolve(spend, kind="hold_and_capture")),
    }


async def _inside(bench: Bench, program: Program) -> Case:
    size = bench.size
    bench.tell("warming the process: every account spends once")
    tasks = Tasks(tasks=_WARMING, seconds=size.seconds, among=size.everybody)
    await program.ask(evolve(tasks, seconds=size.warming_seconds, is_each_once=True))
    return lambda: program.ask(tasks)
