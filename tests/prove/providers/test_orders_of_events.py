"""Every order of up to six events of every story, with repeats: ten thousand in all."""

import asyncio
import random

import pytest
import uvloop
from attrs import frozen

from tests.prove.conftest import Say
from tests.providers.goods import HASTY
from tests.providers.orders_of_events import STORIES, a_told_story, sequences
from tests.races.seeds import seed_of_commit

EVERY = 720
"""So many orders six events have."""


@frozen(kw_only=True)
class Told:
    """How many orders of how many events were told, and those that ended otherwise."""

    orders: int
    events: int
    wrong: list[list[str]]

    def __str__(self) -> str:
        return f"{self.orders} orders of {self.events} events, {len(self.wrong)} of them wrong"


@pytest.mark.parametrize("story", STORIES)
@pytest.mark.parametrize("provider", HASTY)
def test_every_order_of_up_to_six_events_ends_the_same(provider: str, story: str, say: Say) -> None:
    found = uvloop.run(told_in_every_order(provider, story))

    say(found)
    assert found.orders == EVERY
    assert found.wrong == []


async def told_in_every_order(provider: str, story: str) -> Told:
    """Tell a story in all orders of its events, and compare every ending with the first."""
    wrong: list[list[str]] = []
    orders = 0
    async with a_told_story(HASTY[provider], STORIES[story]) as told:
        expected = await told.ending(told.news)
        assert expected.differences == []
        for sequence in sequences(told.news, random.Random(seed_of_commit()), EVERY):
            orders += 1
            # Nothing in memory ever waits, and the loop's clock moves only when the loop turns:
            # the next limit of time would count from long ago.
            await asyncio.sleep(0)
            ending = await told.ending(sequence)
            if ending != expected:
                wrong.append([str(ending), *(each.type for each in sequence)])
    return Told(orders=orders, events=len(told.news), wrong=wrong)
