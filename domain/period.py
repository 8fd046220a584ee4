"""Billing periods and calendar arithmetic: month ends, anchors, local days."""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, time
from enum import Enum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from attrs import field, frozen

from domain.errors import InvalidField

TRIAL_DAYS_MAX = 365
"""The longest that anybody may wait before the first payment, in days."""

_NOT_IANA = frozenset({"localtime", "posixrules", "Factory"})
_NOT_IANA_FOLDERS = ("posix/", "right/")


class Interval(Enum):
    """How often a recurring price is paid."""

    MONTHLY = "monthly"
    YEARLY = "yearly"

    @property
    def months(self) -> int:
        """How many calendar months one paid period covers."""
        return {Interval.MONTHLY: 1, Interval.YEARLY: 12}[self]


@frozen
class Period:
    """A stretch of time from `start_at`, which belongs to it, to `end_at`, which does not."""

    start_at: datetime
    end_at: datetime = field()

    @end_at.validator
    def _ends_later(self, attribute: object, value: datetime) -> None:
        if value <= self.start_at:
            raise InvalidField(path="period", problem="must end after it starts")


def add_months(anchor: datetime, months: int) -> datetime:
    """Return the anchor moved by whole calendar months, the day clamped to the month's end.

    Always counted from the anchor: 31 January plus one month is 28 February, plus two months is
    31 March. Counting from the last result instead would drift to the 28th for ever.
    """
    month_index = anchor.year * 12 + anchor.month - 1 + months
    year, month = divmod(month_index, 12)
    day = min(anchor.day, calendar.monthrange(year, month + 1)[1])
    return anchor.replace(year=year, month=month + 1, day=day)


def month_of(anchor: datetime, instant: datetime) -> int:
    """Return how many whole months after the anchor the month containing the instant begins.

    Negative before the anchor. `add_months(anchor, month_of(anchor, t)) <= t` always holds.
    """
    months = (instant.year - anchor.year) * 12 + instant.month - anchor.month
    return months - 1 if add_months(anchor, months) > instant else months


def period_after(anchor: datetime, start_at: datetime, interval: Interval) -> Period:
    """Return the period that begins at `start_at`, its end counted from the anchor."""
    months = month_of(anchor, start_at) + interval.months
    return Period(start_at, add_months(anchor, months))


def zone_named(name: str) -> ZoneInfo:
    """Return an IANA time zone. Raises InvalidField for an unknown name.

    A zone must mean the same on every machine, so names that some machines add of their own (their
    local zone, zones with leap seconds) are unknown, too.
    """
    if name in _NOT_IANA or name.startswith(_NOT_IANA_FOLDERS):
        raise InvalidField(path="zone", problem="is not a known IANA time zone")
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as unknown:
        raise InvalidField(path="zone", problem="is not a known IANA time zone") from unknown


def local_day(instant: datetime, zone: ZoneInfo) -> date:
    """Return the calendar day an instant falls on for somebody in the zone."""
    return instant.astimezone(zone).date()


def day_starts_at(day: date, zone: ZoneInfo) -> datetime:
    """Return the first instant of a local day, in UTC.

    Where clocks jump over midnight (daylight saving begins at 00:00 in some zones), the day
    starts at the instant the jump lands on: a time that the jump leaves out is read by the clock
    before it. Where clocks show midnight twice, the day starts at the first.
    """
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)
