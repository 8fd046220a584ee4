"""The webhooks of a story in any order and number: the end is the provider's state, every time."""

import random

import pytest

from tests.providers.goods import HASTY
from tests.providers.orders_of_events import STORIES, a_told_story, sequences
from tests.races.seeds import seed_of_commit

DRAWN = 40


@pytest.mark.parametrize("story", STORIES)
@pytest.mark.parametrize("provider", HASTY)
async def test_forty_orders_drawn_of_up_to_six_events_end_the_same(
    provider: str, story: str
) -> None:
    async with a_told_story(HASTY[provider], STORIES[story]) as told:
        expected = await told.ending(told.news)
        assert expected.differences == []
        drawn = sequences(told.news, random.Random(seed_of_commit()), DRAWN)
        for sequence in drawn:
            ending = await told.ending(sequence)
            assert ending == expected, [each.type for each in sequence]
