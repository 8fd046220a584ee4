"""Whole lives in large numbers: whatever fails, what was promised holds, and all comes to rest.

`BILLING_SIMULATION_SEEDS` lets a soak run more seeds than the usual number, or fewer.
"""

import asyncio
import gc
import os
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from adapters.stores.memory.store import MemoryStore
from adapters.stores.sql.sqlite import migrate_sqlite, open_sqlite
from tests.prove.conftest import Say
from tests.prove.simulation.deeds_of_admins import JOBS, LEFT_OUT
from tests.prove.simulation.simulation import Lived, Totals, live
from tests.prove.simulation.swarm import Fortune
from tests.prove.simulation.world import World
from tests.races.seeds import seed_of_commit

OPERATIONS = 500
SEEDS = int(os.environ.get("BILLING_SIMULATION_SEEDS", "2000"))
SHARES = 8
SEEDS_ON_SQLITE = 12
SEEDS_WITH_DATES = SEEDS // 4
SHARES_WITH_DATES = 2
SEEDS_WITH_LISTS = SEEDS // 8
SHARES_WITH_LISTS = 2

FAILED_ONCE: Sequence[int] = (
    *(32, 1117, 1242, 1251, 3573, 7216, 7413, 7441, 9044),
    *(285876, 413070, 437199, 437600, 438047, 937816),
)
"""Seeds that found something once: always run, for ever."""


@pytest.fixture(autouse=True)
def _rare_collections() -> Iterator[None]:
    """Collect garbage as rarely as the service does: that is a sixth of the time."""
    usual = gc.get_threshold()
    gc.set_threshold(50_000, 20, 100)
    yield
    gc.set_threshold(*usual)


@pytest.mark.parametrize("share", range(SHARES))
def test_lives_in_memory(share: int, say: Say) -> None:
    totals = Totals()
    first = seed_of_commit() % 1_000_000
    for seed in range(first + share, first + SEEDS, SHARES):
        totals.add(asyncio.run(live(seed, OPERATIONS, MemoryStore())))

    say(totals)
    assert totals.violations == []


@pytest.mark.parametrize("share", range(SHARES_WITH_DATES))
def test_lives_on_dates_that_the_provider_keeps_as_well(share: int, say: Say) -> None:
    totals = Totals()
    first = seed_of_commit() % 1_000_000
    for seed in range(first + share, first + SEEDS_WITH_DATES, SHARES_WITH_DATES):
        totals.add(asyncio.run(live(seed, OPERATIONS, MemoryStore(), has_dates=True)))

    say(totals)
    assert totals.violations == []


@pytest.mark.parametrize("share", range(SHARES_WITH_LISTS))
def test_lives_beside_a_provider_that_lists_what_happened_and_falls_silent_in_between(
    share: int, say: Say
) -> None:
    totals = Totals()
    first = seed_of_commit() % 1_000_000
    for seed in range(first + share, first + SEEDS_WITH_LISTS, SHARES_WITH_LISTS):
        # On either share every other life is one with dates.
        has_dates = seed // SHARES_WITH_LISTS % 2 == 0
        life = live(seed, OPERATIONS, MemoryStore(), has_dates=has_dates, has_lists=True)
        totals.add(asyncio.run(life))

    say(totals)
    assert totals.violations == []


@pytest.mark.parametrize("seed", FAILED_ONCE)
def test_a_seed_that_failed_once_fails_no_more(seed: int) -> None:
    assert asyncio.run(live(seed, OPERATIONS, MemoryStore())).violations == []


def test_lives_on_sqlite(tmp_path: Path, databases: set[str], say: Say) -> None:
    databases.add(f"SQLite {sqlite3.sqlite_version}")
    totals = Totals()
    for seed in range(SEEDS_ON_SQLITE):
        totals.add(asyncio.run(_on_sqlite(seed, tmp_path / f"{seed}.db")))

    say(totals)
    assert totals.violations == []


@pytest.mark.parametrize("has_lists", [False, True])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_seed_played_again_is_the_same_to_the_last_word(seed: int, *, has_lists: bool) -> None:
    first = asyncio.run(live(seed, OPERATIONS, MemoryStore(), has_lists=has_lists))
    again = asyncio.run(live(seed, OPERATIONS, MemoryStore(), has_lists=has_lists))

    assert first == again
    assert first.faults.total() > 0


async def _on_sqlite(seed: int, path: Path) -> Lived:
    await migrate_sqlite(str(path))
    async with open_sqlite(str(path)) as store:
        return await live(seed, OPERATIONS, store)


def test_every_job_of_the_worker_is_done_or_left_out_by_name() -> None:
    world = World(store=MemoryStore(), fortune=Fortune.of(0))
    jobs = world.service.made.due_work().jobs()

    assert {job.name for job in jobs} == {*JOBS, *LEFT_OUT}
