"""Ten thousand random calendars of check-ins, in zones whose clocks change, over 36 months each."""

import asyncio

import pytest

from tests.calendars.check_ins.almanac import Had, visited_by
from tests.calendars.check_ins.plan_of_visits import drawn
from tests.calendars.check_ins.service import visited
from tests.prove.conftest import Say
from tests.races.seeds import seeds

LIVES = 10_000
"""A life takes a fiftieth of a second."""

SHARES = 4


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("share", range(SHARES))
async def test_ten_thousand_calendars_of_check_ins(share: int, say: Say) -> None:
    each = -(-LIVES // (SHARES * len(seeds())))
    differing: list[int] = []
    lives = made = refused = 0
    for base in seeds():
        for seed in range(base + share * each, base + (share + 1) * each):
            plan = drawn(seed)
            right = visited_by(plan)
            if await visited(plan) != right:
                differing.append(seed)
            lives += 1
            had = sum(isinstance(seen, Had) for seen in right.seen)
            made += had
            refused += len(right.seen) - had
            await asyncio.sleep(0)
    say(f"{lives} lives, {made} check-ins, {refused} that came too early, {differing} differ")
    assert differing == []
