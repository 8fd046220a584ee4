"""kill -9 at any moment under load: nothing acknowledged is lost, nothing happens twice."""

import asyncio
from pathlib import Path

import pytest

from tests.races.crashes import Crashes, crash_service_on_sqlite
from tests.races.seeds import FIXED, seed_of_commit
from tests.races.world import a_world_on_sqlite

KILLS = 20


@pytest.mark.timeout(120)
async def test_killing_the_service_loses_nothing_acknowledged_and_repeats_nothing(
    folder: Path,
) -> None:
    seeds = (FIXED[0], seed_of_commit())

    async def lane(seed: int) -> Crashes:
        place = folder / str(seed)
        place.mkdir()
        async with a_world_on_sqlite(place) as world:
            return await crash_service_on_sqlite(world, crashes=KILLS // len(seeds), seed=seed)

    found = await asyncio.gather(*(lane(seed) for seed in seeds))

    assert [each.violations for each in found] == [[]] * len(seeds), str(found)
    assert sum(each.crashes for each in found) == KILLS
    assert all(each.tally.in_doubt for each in found), "no kill met a request under way"
