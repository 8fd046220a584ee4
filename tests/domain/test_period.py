"""Periods, months counted from an anchor, and days as people in a zone live them."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidField
from domain.period import (
    Interval,
    Period,
    add_months,
    day_starts_at,
    local_day,
    month_of,
    period_after,
    zone_named,
)

instants = st.integers(0, 100 * 365 * 24 * 3600 * 1000).map(
    lambda milliseconds: datetime(1990, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
)
month_counts = st.integers(min_value=-500, max_value=500)
zones = st.sampled_from(
    [
        "UTC",
        "Europe/Berlin",
        "America/Sao_Paulo",
        "America/New_York",
        "Asia/Beirut",
        "Asia/Tehran",
        "Asia/Kathmandu",
        "Australia/Lord_Howe",
        "America/St_Johns",
        "America/Havana",
        "Africa/Cairo",
        "Pacific/Apia",
        "Pacific/Kiritimati",
        "Pacific/Pago_Pago",
        "Atlantic/Azores",
        "America/Scoresbysund",
        "Africa/Casablanca",
    ]
)

NOT_ZONES = (
    "",
    " ",
    ".",
    "..",
    "/etc/passwd",
    "/usr/share/zoneinfo/UTC",
    "../UTC",
    "Europe/../UTC",
    "./UTC",
    "Europe",
    "Europe/",
    "Europe/Berlin/",
    "Europe//Berlin",
    "Europe\\Berlin",
    "UTC/x",
    " UTC",
    "UTC ",
    "UTC\n",
    "UTC\0",
    "\0",
    "\ud800",
    "a" * 5000,
    "Europe/Atlantis",
    "europe/berlin",
    "UTC+3",
    "+03:00",
    "zone.tab",
    "tzdata.zi",
    "leapseconds",
    "__init__.py",
    "localtime",
    "posixrules",
    "Factory",
    "posix/Europe/Berlin",
    "right/Europe/Berlin",
)


@pytest.mark.parametrize("name", NOT_ZONES, ids=lambda name: ascii(name)[:30])
def test_what_names_no_zone_of_the_whole_world_is_refused(name: str) -> None:
    with pytest.raises(InvalidField) as refusal:
        zone_named(name)

    assert refusal.value.path == "zone"


@pytest.mark.parametrize("name", ["UTC", "Europe/Berlin", "Etc/GMT+5", "America/Indiana/Knox"])
def test_a_zone_is_found_by_its_name(name: str) -> None:
    assert zone_named(name).key == name


@pytest.mark.parametrize("length", [timedelta(0), timedelta(microseconds=-1), timedelta(days=-9)])
def test_a_period_that_does_not_end_after_it_starts_is_refused(length: timedelta) -> None:
    start_at = datetime(2026, 1, 1, tzinfo=UTC)

    with pytest.raises(InvalidField):
        Period(start_at, start_at + length)


@given(anchor=instants, months=month_counts)
def test_months_are_added_as_an_independent_calendar_adds_them(
    anchor: datetime, months: int
) -> None:
    assert add_months(anchor, months) == anchor + relativedelta(months=months)


@pytest.mark.parametrize(
    ("months", "expected"),
    [
        (1, date(2027, 2, 28)),
        (2, date(2027, 3, 31)),
        (3, date(2027, 4, 30)),
        (13, date(2028, 2, 29)),
        (-1, date(2026, 12, 31)),
        (-11, date(2026, 2, 28)),
    ],
)
def test_the_31st_comes_back_after_a_short_month(months: int, expected: date) -> None:
    assert add_months(datetime(2027, 1, 31, 9, 30, tzinfo=UTC), months).date() == expected


def test_a_leap_day_comes_back_after_four_years() -> None:
    leap_day = datetime(2028, 2, 29, tzinfo=UTC)

    assert add_months(leap_day, 12).date() == date(2029, 2, 28)
    assert add_months(leap_day, 48).date() == date(2032, 2, 29)


@given(anchor=instants, instant=instants)
def test_every_instant_lies_in_exactly_the_month_it_is_counted_to(
    anchor: datetime, instant: datetime
) -> None:
    month = month_of(anchor, instant)

    assert add_months(anchor, month) <= instant < add_months(anchor, month + 1)


@given(anchor=instants, months=month_counts)
def test_a_month_begins_with_its_own_first_instant(anchor: datetime, months: int) -> None:
    start_at = add_months(anchor, months)

    assert month_of(anchor, start_at) == months
    assert month_of(anchor, start_at - timedelta(microseconds=1)) == months - 1


@given(anchor=instants, interval=st.sampled_from(Interval), count=st.integers(2, 40))
def test_periods_follow_each_other_without_gap_and_never_drift(
    anchor: datetime, interval: Interval, count: int
) -> None:
    period = period_after(anchor, anchor, interval)
    for _ in range(count - 1):
        following = period_after(anchor, period.end_at, interval)
        assert following.start_at == period.end_at
        period = following

    assert period.end_at == add_months(anchor, count * interval.months)


@pytest.mark.parametrize(
    ("zone", "day", "starts_at"),
    [
        ("UTC", date(2026, 1, 12), "2026-01-12T00:00:00+00:00"),
        ("Europe/Berlin", date(2026, 3, 29), "2026-03-28T23:00:00+00:00"),
        ("Europe/Berlin", date(2026, 3, 30), "2026-03-29T22:00:00+00:00"),
        ("Europe/Berlin", date(2026, 10, 26), "2026-10-25T23:00:00+00:00"),
        # Clocks jump from 00:00 to 01:00: the day has no midnight.
        ("America/Sao_Paulo", date(2018, 11, 4), "2018-11-04T03:00:00+00:00"),
        ("Asia/Beirut", date(2022, 3, 27), "2022-03-26T22:00:00+00:00"),
        ("Africa/Cairo", date(2024, 4, 26), "2024-04-25T22:00:00+00:00"),
        # Clocks go back from 00:00 to 23:00: the day before ends twice.
        ("America/Sao_Paulo", date(2018, 2, 18), "2018-02-18T03:00:00+00:00"),
        # Clocks go back from 01:00 to 00:00: midnight comes twice.
        ("America/Havana", date(2023, 11, 5), "2023-11-05T04:00:00+00:00"),
        # A day that was left out altogether.
        ("Pacific/Apia", date(2011, 12, 30), "2011-12-30T10:00:00+00:00"),
        ("Pacific/Apia", date(2011, 12, 31), "2011-12-30T10:00:00+00:00"),
    ],
)
def test_a_local_day_starts_at_its_first_instant(zone: str, day: date, starts_at: str) -> None:
    assert day_starts_at(day, ZoneInfo(zone)) == datetime.fromisoformat(starts_at)


@given(
    zone=zones,
    day=st.dates(min_value=date(1990, 1, 1), max_value=date(2037, 12, 30)),
)
def test_nothing_before_the_start_of_a_day_belongs_to_it(zone: str, day: date) -> None:
    starts_at = day_starts_at(day, ZoneInfo(zone))

    assert local_day(starts_at, ZoneInfo(zone)) >= day
    assert local_day(starts_at - timedelta(microseconds=1), ZoneInfo(zone)) < day


@given(zone=zones, instant=instants)
def test_every_instant_lies_in_its_local_day(zone: str, instant: datetime) -> None:
    info = ZoneInfo(zone)

    day = local_day(instant, info)

    assert day_starts_at(day, info) <= instant
