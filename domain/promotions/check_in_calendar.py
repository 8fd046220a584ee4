"""A month of check-ins, day by day, as a customer looks at it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from enum import Enum
from itertools import pairwise

from attrs import frozen

from domain.period import zone_named
from domain.promotions.check_in import A_DAY, CheckIn, Standing, has_day


class DayState(Enum):
    """What became of a day, or may still become of it."""

    CHECKED_IN = "checked_in"
    CAUGHT_UP = "caught_up"
    FROZEN = "frozen"
    MISSED = "missed"
    OPEN = "open"
    AHEAD = "ahead"
    BEFORE = "before"
    LEFT_OUT = "left_out"


@frozen(kw_only=True)
class CalendarDay:
    """One day: its state, what it earned (or would earn, while it is open), the streak then."""

    day: date
    state: DayState
    award: int = 0
    withheld: int = 0
    streak: int = 0


def month_calendar(
    first: date,
    check_ins: Sequence[CheckIn],
    *,
    last: CheckIn | None,
    since: date | None,
    stands: Standing,
    zone: str,
) -> tuple[CalendarDay, ...]:
    """Return every day of the month that begins on `first`.

    `check_ins` are the account's, oldest first, those of the month and the nearest on either side;
    `last` is its last and `since` the day of its first ever. A missed day is `frozen` where the
    streak went on over it (a freeze, or a journey), or still can; `left_out` is a day that the
    zone's calendar skipped.
    """
    made = {each.day: each for each in check_ins}
    frozen_days = set(_frozen_days(check_ins, last, stands))
    calendar_zone = zone_named(zone)
    days = []
    for day in _days_of(first):
        if day in made:
            days.append(_had(made[day]))
            continue
        if not has_day(day, calendar_zone):
            state = DayState.LEFT_OUT
        elif day in frozen_days:
            state = DayState.FROZEN
        else:
            state = _not_had(day, since, stands)
        promised = stands.next_award if state is DayState.OPEN and day == stands.next_day else 0
        days.append(CalendarDay(day=day, state=state, award=promised))
    return tuple(days)


def _had(made: CheckIn) -> CalendarDay:
    return CalendarDay(
        day=made.day,
        state=DayState.CAUGHT_UP if made.is_caught_up else DayState.CHECKED_IN,
        award=made.award,
        withheld=made.withheld,
        streak=made.streak,
    )


def _not_had(day: date, since: date | None, stands: Standing) -> DayState:
    if day > stands.day or (day == stands.day and not stands.is_open):
        return DayState.AHEAD
    if stands.is_open and day >= stands.next_day:
        return DayState.OPEN
    return DayState.BEFORE if since is None or day < since else DayState.MISSED


def _frozen_days(
    check_ins: Sequence[CheckIn], last: CheckIn | None, stands: Standing
) -> Iterator[date]:
    for earlier, later in pairwise(check_ins):
        if later.streak == earlier.streak + 1:
            yield from _days_within(earlier.day, later.day)
    if last is not None and stands.streak > 0:
        yield from _days_within(last.day, min(stands.next_day, stands.day))


def _days_within(first: date, last: date) -> Iterator[date]:
    return (first + n * A_DAY for n in range(1, (last - first).days))


def _days_of(first: date) -> Iterator[date]:
    day = first
    while day.month == first.month:
        yield day
        day += A_DAY
