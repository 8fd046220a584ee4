"""The simulation is run on services that are wrong, and must find each within a few seeds."""

import asyncio

import pytest

from adapters.stores.memory.store import MemoryStore
from tests.prove.conftest import Say
from tests.prove.planted.wrong_lives import PLANTS, PLANTS_WITH_LISTS
from tests.prove.simulation.simulation import live

SEEDS_MAX = 40
OPERATIONS = 500


@pytest.mark.parametrize("name", [*PLANTS, *PLANTS_WITH_LISTS])
def test_a_service_that_is_wrong_is_found_out(name: str, say: Say) -> None:
    has_lists = name in PLANTS_WITH_LISTS
    plant = PLANTS_WITH_LISTS[name] if has_lists else PLANTS[name]
    for seed in range(SEEDS_MAX):
        lived = asyncio.run(live(seed, OPERATIONS, MemoryStore(), plant, has_lists=has_lists))
        if lived.violations:
            say(f"'{name}' was found by seed {seed}: {lived.violations[0]}")
            return
    pytest.fail(f"'{name}' was not found in {SEEDS_MAX} seeds")
