"""Every program of the benchmarks runs, at a size that takes seconds; figures are not looked at."""

import asyncio
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from attrs import evolve

from adapters.system import system_clock
from application.credits.prove_stretch import ProveStretch, StretchProved
from application.credits.verify_ledger import VerifyingLedger, VerifyLedger
from benchmarks.__main__ import main
from benchmarks.accounts import PAGE_LINES, Range
from benchmarks.goals import GOALS
from benchmarks.programs import ROOT
from benchmarks.seeding import a_past, seed_sqlite
from domain.credits.proof_round import NIGHTLY
from entrypoints.container import Container
from entrypoints.operations import Operations
from entrypoints.service import opened
from entrypoints.settings import load_settings
from tests.support.clock import SettableClock

_RUN_SECONDS_MAX = 150


@pytest.mark.timeout(_RUN_SECONDS_MAX + 30)
async def test_every_goal_is_measured_on_sqlite_and_postgresql() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "benchmarks",
        "--size=tiny",
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(_RUN_SECONDS_MAX):
            output, told = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()

    assert process.returncode == 0, told.decode()
    lines = [line for line in output.decode().splitlines() if line.startswith("| P")]
    assert [line.split(" | ")[0].removeprefix("| ") for line in lines] == list(GOALS)


def test_a_goal_there_is_not_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--only=P99"]) == 2
    assert "P99" in capsys.readouterr().err


async def test_a_past_is_one_that_the_rules_would_have_made(tmp_path: Path) -> None:
    path = str(tmp_path / "past.db")
    past = a_past(
        accounts=20,
        spends=150,
        with_lots=Range(first=5, count=3),
        with_pages=Range(first=0, count=2),
    )
    told: list[int] = []
    await seed_sqlite(path, past, told.append)
    container = Container(settings=load_settings({"BILLING_DATABASE_URL": f"sqlite:///{path}"}))

    async with opened(container):
        verify: VerifyingLedger = container.verify_ledger()
        verified = await verify(VerifyLedger())
        wallets = await container.store().ledger.load(list(past.wallets))

    assert not verified.breaches
    assert wallets == past.wallets
    assert len(past.wallets["account-0000005"].grants) == 5
    assert past.wallets["account-0000000"].seq >= PAGE_LINES
    assert sum(told) == verified.lines
    assert past.now <= system_clock()


async def test_a_run_that_crosses_the_hour_of_the_proof_meets_none(tmp_path: Path) -> None:
    path = str(tmp_path / "past.db")
    told: list[int] = []
    await seed_sqlite(path, a_past(accounts=3), told.append)
    container = Container(settings=load_settings({"BILLING_DATABASE_URL": f"sqlite:///{path}"}))
    day = timedelta(hours=NIGHTLY.every_hours)
    clock = SettableClock(NIGHTLY.last_due_at(system_clock()) + day)

    async with opened(container):
        operations: Operations = container.operations()
        prove = evolve(operations.prove_stretch, clock=clock)
        crossing = await prove(ProveStretch(accounts_max=9, lines_max=9))
        clock.now += day
        a_day_later = await prove(ProveStretch(accounts_max=9, lines_max=9))

    assert crossing == StretchProved()
    assert a_day_later.proof is not None
