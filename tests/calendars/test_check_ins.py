"""A sample of random calendars of check-ins; `make prove` lives very many."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from tests.calendars.check_ins.almanac import days_of, visited_by
from tests.calendars.check_ins.plan_of_visits import drawn
from tests.calendars.check_ins.service import visited


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", date(2027, 3, 28), 23),
        ("Europe/Berlin", date(2027, 10, 31), 25),
        ("Australia/Lord_Howe", date(2027, 10, 3), 23.5),
        ("America/Santiago", date(2027, 9, 5), 23),
        ("Asia/Kolkata", date(2027, 3, 28), 24),
    ],
)
def test_the_almanac_itself_finds_how_long_a_day_lasts(zone: str, day: date, hours: float) -> None:
    starts, names = days_of(zone, 2027)
    place = names.index(day)

    assert starts[place + 1] - starts[place] == timedelta(hours=hours)


def test_the_almanac_itself_knows_of_a_day_that_was_left_out() -> None:
    starts, names = days_of("Pacific/Apia", 2011)

    assert date(2011, 12, 30) not in names
    assert starts[names.index(date(2011, 12, 31))] == datetime(2011, 12, 30, 10, tzinfo=UTC)
    apart = {after - before for before, after in pairwise(names)}
    assert apart == {timedelta(days=1), timedelta(days=2)}


@pytest.mark.parametrize("seed", range(40))
async def test_36_months_of_any_check_ins_are_what_a_list_of_days_says(seed: int) -> None:
    plan = drawn(seed)

    assert await visited(plan) == visited_by(plan)
