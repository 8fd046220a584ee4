"""A month of check-ins: what every day is called, on journeys and at the date line as well."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from domain.promotions.check_in import CheckIn, standing
from domain.promotions.check_in_calendar import CalendarDay, DayState, month_calendar
from domain.promotions.check_in_rules import CheckInRules, Freezes
from tests.support.builders.promotions import a_check_in, some_rules

JANUARY = date(2026, 1, 1)
S = DayState


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def month(
    made: Sequence[CheckIn],
    now: datetime,
    *,
    rules: CheckInRules | None = None,
    zone: str = "UTC",
    first: date = JANUARY,
) -> dict[int, CalendarDay]:
    last = made[-1] if made else None
    stands = standing(rules or some_rules(), last, zone, now)
    days = month_calendar(
        first,
        made,
        last=last,
        since=made[0].day if made else None,
        stands=stands,
        zone=zone,
    )
    return {each.day.day: each for each in days}


def states(days: dict[int, CalendarDay], first: int, last: int) -> list[DayState]:
    return [days[day].state for day in range(first, last + 1)]


def test_an_account_that_never_came_has_today_open_and_nothing_missed() -> None:
    days = month([], at("2026-01-12T12:00"))

    assert states(days, 10, 14) == [S.BEFORE, S.BEFORE, S.OPEN, S.AHEAD, S.AHEAD]
    assert (days[12].award, len(days)) == (10, 31)


def test_a_day_missed_now_is_frozen_as_long_as_a_freeze_can_still_save_the_streak() -> None:
    rules = some_rules(freezes=Freezes(most=1))
    made = [a_check_in(at=at("2026-01-10T12:00"), streak=4, freezes=1)]

    in_time = month(made, at("2026-01-12T12:00"), rules=rules)
    too_late = month(made, at("2026-01-13T12:00"), rules=rules)

    assert states(in_time, 10, 13) == [S.CHECKED_IN, S.FROZEN, S.OPEN, S.AHEAD]
    assert states(too_late, 10, 13) == [S.CHECKED_IN, S.MISSED, S.MISSED, S.OPEN]


def test_yesterday_and_today_are_open_while_yesterday_can_be_caught_up() -> None:
    made = [a_check_in(at=at("2026-01-10T12:00"))]

    days = month(made, at("2026-01-12T01:00"), rules=some_rules(grace_hours=3))

    assert states(days, 10, 13) == [S.CHECKED_IN, S.OPEN, S.OPEN, S.AHEAD]
    assert [days[day].award for day in (11, 12)] == [10, 0]


def test_a_day_that_a_journey_left_out_is_no_missed_day() -> None:
    made = [
        a_check_in(at=at("2026-01-12T22:00"), streak=3),
        a_check_in(day=date(2026, 1, 14), at=at("2026-01-13T18:00"), zone="Asia/Bangkok", streak=4),
    ]

    days = month(made, at("2026-01-13T19:00"), zone="Asia/Bangkok")

    assert states(days, 12, 15) == [S.CHECKED_IN, S.FROZEN, S.CHECKED_IN, S.AHEAD]


def test_a_day_that_waits_after_a_change_of_zone_is_still_ahead() -> None:
    made = [a_check_in(at=at("2026-01-12T22:00"), streak=3)]

    days = month(made, at("2026-01-12T23:00"), zone="Asia/Bangkok")

    assert states(days, 12, 14) == [S.CHECKED_IN, S.AHEAD, S.AHEAD]


def test_a_day_that_the_calendar_of_the_zone_left_out_is_named_so() -> None:
    made = [
        a_check_in(at=at("2011-12-29T22:00"), zone="Pacific/Apia", day=date(2011, 12, 29)),
        a_check_in(
            at=at("2011-12-30T22:00"), zone="Pacific/Apia", day=date(2011, 12, 31), streak=2
        ),
    ]

    days = month(made, at("2011-12-30T23:00"), zone="Pacific/Apia", first=date(2011, 12, 1))

    assert states(days, 28, 31) == [S.BEFORE, S.CHECKED_IN, S.LEFT_OUT, S.CHECKED_IN]


def test_what_a_day_earned_and_kept_back_is_shown_with_its_streak() -> None:
    paid = a_check_in(at=at("2026-01-10T12:00"), streak=4, award=15)
    unpaid = a_check_in(at=at("2026-01-11T12:00"), streak=5, award=20).unpaid()

    days = month([paid, unpaid], at("2026-01-11T13:00"))

    assert [(days[at].award, days[at].withheld, days[at].streak) for at in (10, 11)] == [
        (15, 0, 4),
        (0, 20, 5),
    ]


def test_every_month_has_all_its_days() -> None:
    for first, length in ((date(2024, 2, 1), 29), (date(2026, 2, 1), 28), (date(2026, 12, 1), 31)):
        days = month([], at("2026-01-12T12:00"), first=first)
        assert list(days) == list(range(1, length + 1))
        assert days[length].day == first + timedelta(days=length - 1)
