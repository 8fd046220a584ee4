"""A sample of random calendars; `make prove` lives very many."""

from datetime import UTC, datetime

import pytest

from tests.calendars.almanac import life_of
from tests.calendars.plan_of_life import drawn
from tests.calendars.reckoning import nth_month
from tests.calendars.service import lived


@pytest.mark.parametrize(
    ("number", "day"),
    [(1, "2028-02-29"), (2, "2028-03-31"), (3, "2028-04-30"), (13, "2029-02-28")],
)
def test_the_almanac_itself_counts_months_from_the_first_day(number: int, day: str) -> None:
    first = datetime(2028, 1, 31, 9, tzinfo=UTC)

    assert nth_month(first, number).date().isoformat() == day


TRIAL_OF_JUST_A_MONTH = (37, 84)
"""Lives that begin on a 31st with a trial of 30 days, to the last day of the month after."""


LAST_DAYS_OF_MARCH = (532,)
"""Plans that change in a month from 28 February on, of lives that begin on a 30th or a 31st."""


@pytest.mark.parametrize("seed", [*range(60), *TRIAL_OF_JUST_A_MONTH, *LAST_DAYS_OF_MARCH])
async def test_36_months_of_any_life_are_what_a_plain_almanac_says(seed: int) -> None:
    plan = drawn(seed)

    assert await lived(plan) == life_of(plan)
