"""Balances and pages on SQLite beside a bare handler; spends beside SQLite worked by hand."""

from __future__ import annotations

from contextlib import AsyncExitStack

from attrs import evolve

from benchmarks import inside, programs
from benchmarks.conversations import Talk
from benchmarks.databases import Postgres, a_file
from benchmarks.inside import Tasks
from benchmarks.limits.raw_sqlite import ByHand
from benchmarks.programs import Program
from benchmarks.seeding import a_past
from benchmarks.services import a_service, hello
from benchmarks.suite import Bench, Case, Comparison, Row, compared, needed

HELLO = "aiohttp hello, 32 connections"
BALANCE = "balance over HTTP on SQLite, 32 connections"
PAGE_OF_50 = "page of 50 over HTTP on SQLite, 32 connections"
BY_HAND = "raw sqlite3, FULL, one debit a transaction"
INSIDE_32 = "spend in process on SQLite, FULL, 32 tasks"

READS = (
    Comparison(goal="P6", ours=BALANCE, limit=HELLO),
    Comparison(goal="P8 SQLite", ours=PAGE_OF_50, limit=HELLO),
)
WRITES = (Comparison(goal="P11", ours=INSIDE_32, limit=BY_HAND),)

_MANY = 32
_WARMING = 256


async def measure(bench: Bench, _: Postgres) -> list[Row]:
    """Measure what is wanted of this."""
    return [*await _reads(bench), *await _writes(bench)]


async def _reads(bench: Bench) -> list[Row]:
    wanted = needed(READS, bench.wanted)
    if not wanted:
        return []
    size = bench.size
    past = a_past(accounts=size.accounts, with_pages=size.with_pages)
    address = await a_file(bench, "served", past)
    async with (
        hello(bench.folder, bench.load) as bare,
        a_service(address, bench.folder, bench.load) as service,
    ):
        balance = Talk(kind="balance", port=0, among=size.everybody)
        bare_talk = evolve(balance, kind="hello")
        page = evolve(balance, kind="page", among=size.with_pages)
        cases: dict[str, Case] = {
            HELLO: lambda: bare.ask(bare_talk, _MANY, size.seconds),
            BALANCE: lambda: service.ask(balance, _MANY, size.seconds),
            PAGE_OF_50: lambda: service.ask(page, _MANY, size.seconds),
        }
        return await compared(bench, cases, wanted)


async def _writes(bench: Bench) -> list[Row]:
    wanted = needed(WRITES, bench.wanted)
    if not wanted:
        return []
    size = bench.size
    address = await a_file(bench, "inside", a_past(accounts=size.accounts))
    raw = str(bench.folder / "by-hand.db")
    async with AsyncExitStack() as stack:
        by_hand = await stack.enter_async_context(
            programs.running("benchmarks.limits.raw_sqlite", raw, str(size.accounts))
        )
        program = await stack.enter_async_context(inside.running(address))
        await _warm(bench, program)
        tasks = Tasks(tasks=_MANY, seconds=size.seconds, among=size.everybody)
        cases: dict[str, Case] = {
            BY_HAND: lambda: by_hand.ask(ByHand(seconds=size.seconds)),
            INSIDE_32: lambda: program.ask(tasks),
        }
        return await compared(bench, cases, wanted)


async def _warm(bench: Bench, program: Program) -> None:
    bench.tell("warming the process: every account spends once")
    everybody = bench.size.everybody
    seconds = bench.size.warming_seconds
    await program.ask(Tasks(tasks=_WARMING, seconds=seconds, among=everybody, is_each_once=True))
