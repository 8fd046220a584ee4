"""Long work that leaves most of the time to others."""

from __future__ import annotations

import asyncio
import time

import pytest

from application.credits.steps.small_share import WORK_SECONDS, SmallShare


@pytest.mark.parametrize(("percent", "rest"), [(10, 9), (50, 1), (100, 0)])
async def test_it_rests_as_many_times_as_long_as_it_has_worked(percent: int, rest: int) -> None:
    share = SmallShare(percent, time.perf_counter)
    worked = _worked(2 * WORK_SECONDS)
    began = time.perf_counter()

    await share()

    assert time.perf_counter() - began >= 0.99 * worked * rest


async def test_it_only_gives_the_turn_until_it_has_worked_enough_and_after_a_rest() -> None:
    now = 0.0
    share = SmallShare(10, lambda: now)
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(others())
    for _ in range(20):
        await share()
    within = turns
    now = WORK_SECONDS
    await share()
    rested = turns - within
    await share()
    task.cancel()

    assert within == 20
    assert rested > 20
    assert turns - within - rested == 1


def _worked(seconds: float) -> float:
    began = time.perf_counter()
    while time.perf_counter() - began < seconds:
        pass
    return time.perf_counter() - began
