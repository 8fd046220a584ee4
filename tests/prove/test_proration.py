"""Two million changes of plan, drawn by seeds: none gains anything."""

import random

import pytest

from tests.domain.subscriptions.proration_properties import check_drawn
from tests.prove.conftest import Say
from tests.races.seeds import seeds

CASES = 2_000_000


@pytest.mark.timeout(600)
def test_two_million_changes_of_plan_gain_nothing(say: Say) -> None:
    each = CASES // len(seeds()) + 1
    done = 0
    for seed in seeds():
        chance = random.Random(seed)
        checked = 0
        while checked < each:
            checked += check_drawn(chance)
        done += checked

    say(f"{done} changes of plan reckoned")
    assert done >= CASES
