"""Random calendars are lived by services that count time wrongly, and must find out each soon."""

import pytest

from tests.calendars.almanac import life_of
from tests.calendars.check_ins import plan_of_visits
from tests.calendars.check_ins.almanac import visited_by
from tests.calendars.check_ins.service import visited
from tests.calendars.plan_of_life import drawn
from tests.calendars.service import lived
from tests.prove.conftest import Say
from tests.prove.planted.wrong_calendars import CLOCKS, LIVES

SEEDS_MAX = 60


@pytest.mark.parametrize("name", LIVES)
async def test_a_service_that_counts_months_wrongly_is_found_out(name: str, say: Say) -> None:
    for seed in range(SEEDS_MAX):
        plan = drawn(seed)
        if await lived(plan, LIVES[name]) != life_of(plan):
            say(f"'{name}' was found by seed {seed}")
            return
    pytest.fail(f"'{name}' was not found in {SEEDS_MAX} lives")


@pytest.mark.parametrize("name", CLOCKS)
async def test_a_service_that_counts_days_wrongly_is_found_out(name: str, say: Say) -> None:
    for seed in range(SEEDS_MAX):
        plan = plan_of_visits.drawn(seed)
        if await visited(plan, CLOCKS[name]) != visited_by(plan):
            say(f"'{name}' was found by seed {seed}")
            return
    pytest.fail(f"'{name}' was not found in {SEEDS_MAX} lives")
