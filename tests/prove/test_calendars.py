"""Ten thousand random calendars of 36 months: the service does what a plain almanac says."""

import asyncio

import pytest

from tests.calendars.almanac import life_of
from tests.calendars.plan_of_life import drawn
from tests.calendars.service import lived
from tests.prove.conftest import Say
from tests.races.seeds import seeds

LIVES = 10_000
"""A life takes a thirtieth of a second."""

SHARES = 8


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("share", range(SHARES))
async def test_ten_thousand_random_calendars(share: int, say: Say) -> None:
    each = -(-LIVES // (SHARES * len(seeds())))
    differing: list[int] = []
    lives = ended = periods = changes = months = taken = 0
    for base in seeds():
        for seed in range(base + share * each, base + (share + 1) * each):
            plan = drawn(seed)
            right = life_of(plan)
            if await lived(plan) != right:
                differing.append(seed)
            lives += 1
            ended += right.ended_at is not None
            periods += sum(paid.end > paid.start for paid in right.paid)
            changes += sum(paid.end == paid.start for paid in right.paid)
            months += len(right.given)
            taken += len(right.taken)
            await asyncio.sleep(0)
    say(
        f"{lives} lives, {periods} periods, {changes} changes paid for, {months} lots given, "
        f"{taken} times credits taken back, {ended} ended, {differing} differ"
    )
    assert differing == []
