"""Very many random calendars of 36 months: the service does what a plain almanac says."""

import asyncio

from tests.calendars.almanac import life_of
from tests.calendars.plan_of_life import drawn
from tests.calendars.service import lived
from tests.prove.conftest import Say
from tests.races.seeds import seeds

CALENDARS_A_SEED = 120
"""Of each seed; a life takes a third of a second."""


async def test_random_calendars(say: Say) -> None:
    differing: list[int] = []
    ended = periods = months = 0
    for base in seeds():
        for seed in range(base, base + CALENDARS_A_SEED):
            plan = drawn(seed)
            right = life_of(plan)
            if await lived(plan) != right:
                differing.append(seed)
            ended += right.ended_at is not None
            periods += len(right.paid)
            months += len(right.given)
            await asyncio.sleep(0)
    lives = CALENDARS_A_SEED * len(seeds())
    say(f"{lives} lives, {periods} periods, {months} months, {ended} ended, {differing} differ")
    assert differing == []
