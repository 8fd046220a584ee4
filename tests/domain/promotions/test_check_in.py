"""Check-ins: the day they count for, the streak, the award, and no second one by any trick."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.amount import AMOUNT_MAX
from domain.credits.ids import GrantId
from domain.errors import InvalidField
from domain.period import day_starts_at
from domain.promotions.check_in import (
    GAP_AFTER_ZONE_CHANGE,
    CheckIn,
    check_in,
    standing,
)
from domain.promotions.check_in_rules import CheckInRules, Freezes, rules_before_any
from domain.promotions.errors import (
    AlreadyCheckedIn,
    CheckInDisabled,
    CheckInWaits,
    CheckInZoneChanged,
)
from tests.support.builders.credits import SOMEBODY
from tests.support.builders.promotions import a_check_in, some_rules
from tests.support.clock import NOON, fresh_id

WEEK = (1, 2, 3, 4, 5, 6, 20)
ZONES = (
    None,
    "UTC",
    "Europe/Berlin",
    "America/Sao_Paulo",
    "Asia/Beirut",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
    "Australia/Lord_Howe",
    "America/St_Johns",
)


def checked_in(
    last: CheckIn | None = None,
    now: datetime = NOON,
    *,
    zone: str | None = None,
    rules: CheckInRules | None = None,
) -> CheckIn:
    return check_in(
        rules or some_rules(),
        last,
        account_id=SOMEBODY,
        account_zone=zone,
        grant_id=GrantId(fresh_id()),
        now=now,
    )


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"base": 0}, "base"),
        ({"base": -1}, "base"),
        ({"base": True}, "base"),
        ({"base": AMOUNT_MAX + 1}, "base"),
        ({"week": ()}, "week"),
        ({"week": (1,) * 6}, "week"),
        ({"week": (1,) * 8}, "week"),
        ({"week": (1, 1, 0, 1, 1, 1, 1)}, "week[2]"),
        ({"award_days": 0}, "award_days"),
        ({"award_days": 3651}, "award_days"),
        ({"zone": "Nowhere"}, "zone"),
        ({"zone": "../etc/passwd"}, "zone"),
    ],
)
def test_rules_that_make_no_sense_are_refused(changes: dict[str, object], path: str) -> None:
    with pytest.raises(InvalidField) as refusal:
        some_rules(**changes)  # type: ignore[arg-type]

    assert refusal.value.path == path


def test_nobody_checks_in_where_it_is_switched_off() -> None:
    with pytest.raises(CheckInDisabled):
        checked_in(rules=some_rules(is_enabled=False))


def test_a_new_installation_gives_nothing_away() -> None:
    with pytest.raises(CheckInDisabled):
        checked_in(rules=rules_before_any(NOON))


@pytest.mark.parametrize(
    ("first", "second", "zone", "next_at"),
    [
        ("2026-01-12T00:00", "2026-01-12T23:59:59.999999", None, "2026-01-13T00:00"),
        ("2026-01-12T12:00", "2026-01-12T12:00", None, "2026-01-13T00:00"),
        # In Berlin the day of 29 March has 23 hours, that of 25 October 25.
        ("2026-03-28T23:00", "2026-03-29T21:59", "Europe/Berlin", "2026-03-29T22:00"),
        ("2026-10-24T22:00", "2026-10-25T22:59", "Europe/Berlin", "2026-10-25T23:00"),
        # Clocks jump over midnight: the next day begins at one o'clock.
        ("2018-11-03T15:00", "2018-11-04T02:59", "America/Sao_Paulo", "2018-11-04T03:00"),
        # The clock was set back two days.
        ("2026-01-12T12:00", "2026-01-10T12:00", None, "2026-01-13T00:00"),
    ],
)
def test_a_second_check_in_on_one_day_is_refused_and_told_when_to_come(
    first: str, second: str, zone: str | None, next_at: str
) -> None:
    last = checked_in(now=at(first), zone=zone)

    with pytest.raises(AlreadyCheckedIn) as refusal:
        checked_in(last, at(second), zone=zone)

    assert refusal.value.next_at == at(next_at)


@pytest.mark.parametrize(
    ("first", "second", "zone"),
    [
        ("2026-01-12T23:59:59", "2026-01-13T00:00", None),
        ("2026-03-29T21:59", "2026-03-29T22:00", "Europe/Berlin"),
        ("2018-11-04T02:59", "2018-11-04T03:00", "America/Sao_Paulo"),
        ("2022-03-26T21:59", "2022-03-26T22:00", "Asia/Beirut"),
    ],
)
def test_the_next_local_day_opens_the_next_check_in(
    first: str, second: str, zone: str | None
) -> None:
    last = checked_in(now=at(first), zone=zone)

    following = checked_in(last, at(second), zone=zone)

    assert following.day == last.day + timedelta(days=1)
    assert following.streak == 2


def test_the_day_is_that_of_the_accounts_own_zone() -> None:
    just_before_midnight_utc = at("2026-01-12T23:30")

    assert checked_in(now=just_before_midnight_utc).day == date(2026, 1, 12)
    assert checked_in(now=just_before_midnight_utc, zone="Asia/Tokyo").day == date(2026, 1, 13)


def test_a_streak_grows_by_the_day_and_the_week_comes_round() -> None:
    rules = some_rules(week=WEEK)
    last, awards = None, []
    for day in range(15):
        last = checked_in(last, NOON + timedelta(days=day), rules=rules)
        awards.append(last.award)
        assert last.streak == day + 1

    assert awards == [*WEEK, *WEEK, 1]


def test_a_missed_day_begins_a_new_streak() -> None:
    rules = some_rules(week=WEEK)
    last = a_check_in(day=NOON.date() - timedelta(days=2), streak=6)

    made = checked_in(last, rules=rules)

    assert (made.streak, made.award) == (1, 1)


def test_without_a_week_every_day_earns_the_same() -> None:
    rules = some_rules(base=7)

    assert [rules.reward(day, best=0, is_paid=False).total for day in (1, 2, 7, 8, 1000)] == [7] * 5


def test_an_award_keeps_the_version_and_zone_it_was_made_by() -> None:
    made = checked_in(rules=some_rules(version=9, zone="Asia/Tokyo"))

    assert (made.rules_version, made.zone) == (9, "Asia/Tokyo")


@pytest.mark.parametrize(("days", "expected"), [(None, None), (30, NOON + timedelta(days=30))])
def test_an_award_lives_as_long_as_the_rules_say(
    days: int | None, expected: datetime | None
) -> None:
    assert some_rules(award_days=days).award_expires_at(NOON) == expected


@pytest.mark.parametrize(
    ("last_day", "is_open", "streak", "next_award"),
    [
        (None, True, 0, 1),
        (NOON.date(), False, 3, 4),
        (NOON.date() - timedelta(days=1), True, 3, 4),
        (NOON.date() - timedelta(days=2), True, 0, 1),
        (NOON.date() + timedelta(days=2), False, 3, 4),
    ],
)
def test_standing_says_what_stands_and_what_comes_next(
    last_day: date | None, is_open: bool, streak: int, next_award: int
) -> None:
    last = None if last_day is None else a_check_in(day=last_day, streak=3, at=NOON)

    found = standing(some_rules(week=WEEK), last, None, NOON)

    assert (found.is_open, found.streak, found.next_award) == (is_open, streak, next_award)
    assert (found.next_at == NOON) is is_open


def test_after_a_change_of_zone_the_next_check_in_waits_twenty_hours() -> None:
    last = checked_in(now=at("2026-01-12T23:00"), zone="UTC")

    with pytest.raises(CheckInZoneChanged) as refusal:
        checked_in(last, at("2026-01-12T23:05"), zone="Asia/Tokyo")

    # In Tokyo it is the 13th already, but only just.
    assert refusal.value.next_at == at("2026-01-13T19:00")


def test_a_change_of_the_rules_own_zone_waits_as_well_and_says_so() -> None:
    last = checked_in(now=at("2026-01-12T14:59"), rules=some_rules(zone="Asia/Tokyo"))
    now = at("2026-01-13T00:30")

    found = standing(some_rules(zone="UTC"), last, None, now)

    assert not found.is_open
    assert found.waits_for_zone
    with pytest.raises(CheckInZoneChanged) as refusal:
        checked_in(last, now, rules=some_rules(zone="UTC"))
    assert refusal.value.next_at == at("2026-01-13T10:59")


def test_after_a_change_of_zone_a_day_that_was_had_is_refused_as_that() -> None:
    last = checked_in(now=at("2026-01-12T10:00"), zone="UTC")

    with pytest.raises(AlreadyCheckedIn):
        checked_in(last, at("2026-01-12T11:00"), zone="Europe/Berlin")


def test_a_journey_on_which_the_calendar_leaves_a_day_out_breaks_no_streak() -> None:
    # The gap after the move ends after midnight in Bangkok: nobody could check in on the 13th.
    rules = some_rules(week=WEEK)
    last = a_check_in(day=date(2026, 1, 12), at=at("2026-01-12T22:00"), zone="UTC", streak=3)

    found = standing(rules, last, "Asia/Bangkok", at("2026-01-12T22:30"))

    assert found.next_at == at("2026-01-13T18:00")
    assert (found.next_day, found.streak, found.next_award) == (date(2026, 1, 14), 3, WEEK[3])


steps = st.lists(
    st.tuples(st.sampled_from(ZONES), st.integers(min_value=-48 * 60, max_value=40 * 60)),
    min_size=1,
    max_size=40,
)


@given(
    steps=steps,
    start=st.integers(0, 366 * 24 * 60),
    grace_hours=st.integers(0, 12),
    freezes=st.integers(0, 2),
)
def test_no_change_of_zone_and_no_turn_of_the_clock_ever_opens_a_second_reward(
    steps: list[tuple[str | None, int]], start: int, grace_hours: int, freezes: int
) -> None:
    rules = some_rules(
        week=WEEK, grace_hours=grace_hours, freezes=Freezes(at_start=freezes, most=freezes)
    )
    now = datetime(2018, 1, 1, tzinfo=UTC) + timedelta(minutes=start)
    made: list[CheckIn] = []
    for zone, minutes in steps:
        now += timedelta(minutes=minutes)
        last = made[-1] if made else None
        found = standing(rules, last, zone, now)
        if found.is_open:
            made.append(checked_in(last, now, zone=zone, rules=rules))
            assert made[-1].award == found.next_award
            continue
        with pytest.raises(CheckInWaits) as refusal:
            checked_in(last, now, zone=zone, rules=rules)
        assert refusal.value.next_at == found.next_at > now
        assert isinstance(refusal.value, CheckInZoneChanged) is found.waits_for_zone
        later = checked_in(last, found.next_at, zone=zone, rules=rules)
        assert later.award == found.next_award

    for before, after in pairwise(made):
        assert after.day > before.day
        # Who caught up for yesterday did so today: a clock set back a little is still in today.
        assert after.at > before.at or before.is_caught_up
        ends_at = day_starts_at(after.day + timedelta(days=1), ZoneInfo(after.zone))
        assert after.at < ends_at + rules.grace * after.is_caught_up
        if after.zone != before.zone:
            assert after.at - before.at >= GAP_AFTER_ZONE_CHANGE
        else:
            assert after.at >= day_starts_at(before.day + timedelta(days=1), ZoneInfo(after.zone))
        assert after.streak in (1, before.streak + 1)
