"""Long work that leaves most of the time to others."""

from __future__ import annotations

import asyncio
import time

import pytest

from application.credits.steps.small_share import REST_SECONDS_MAX, WORK_SECONDS, SmallShare
from domain.credits.proof_round import LEASE


@pytest.mark.parametrize(("percent", "rest"), [(10, 9), (50, 1)])
async def test_it_rests_as_many_times_as_long_as_it_has_worked(percent: int, rest: int) -> None:
    share = SmallShare(percent, time.perf_counter)
    worked = _worked(2 * WORK_SECONDS)
    began = time.perf_counter()

    await share()

    assert time.perf_counter() - began >= 0.99 * worked * rest


@pytest.mark.parametrize(
    ("percent", "rest_seconds_max"),
    [
        pytest.param(100, REST_SECONDS_MAX, id="all of the time is its own"),
        pytest.param(10, 0.05, id="a rest is bounded"),
    ],
)
async def test_an_hour_of_the_stopwatch_makes_no_rest_that_is_longer_than_it_may_be(
    percent: int, rest_seconds_max: float
) -> None:
    now = 0.0
    share = SmallShare(percent, lambda: now, rest_seconds_max)
    now = 3600.0
    began = time.perf_counter()

    async with asyncio.timeout(5):
        await share()

    assert time.perf_counter() - began < 2


def test_a_rest_that_begins_before_the_claim_is_made_again_ends_within_the_lease() -> None:
    # It is made again by whoever finds half of the lease over: perhaps just behind a rest.
    assert LEASE.total_seconds() / 2 + REST_SECONDS_MAX < LEASE.total_seconds()


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
