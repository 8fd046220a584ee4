"""Show a month of an account's check-ins, day by day."""

from __future__ import annotations

from datetime import date, timedelta

from attrs import frozen

from application.ports.system import Clock
from application.ports.unit_of_work import BeginRead
from application.promotions.steps.checking_in import situation
from domain.credits.ids import AccountId
from domain.promotions.check_in import Standing
from domain.promotions.check_in_calendar import CalendarDay, month_calendar
from domain.promotions.check_in_rules import FREEZES_MAX

# A streak goes on over no more missed days than this, and a journey over a day or two besides.
_NEIGHBOURS = timedelta(days=FREEZES_MAX + 3)
_MONTH_MAX = timedelta(days=31)


@frozen(kw_only=True)
class ReadCheckInCalendar:
    """Ask about one account's month: the one that begins on `first`, this one if it is None."""

    account_id: AccountId
    first: date | None = None


@frozen(kw_only=True)
class CheckInCalendar:
    """Every day of a month, how the account stands today, and the zone its days begin by."""

    first: date
    zone: str
    standing: Standing
    days: tuple[CalendarDay, ...]


@frozen(kw_only=True)
class ReadingCheckInCalendar:
    """Read a month and its neighbourhood, which says over which missed days a streak went on."""

    read: BeginRead
    clock: Clock

    async def __call__(self, command: ReadCheckInCalendar) -> CheckInCalendar:
        async with self.read() as work:
            now = await situation(work, command.account_id, self.clock())
            stands = now.standing
            first = command.first or stands.day.replace(day=1)
            near = await work.check_ins.between(
                command.account_id, first - _NEIGHBOURS, first + _MONTH_MAX + _NEIGHBOURS
            )
            since = await work.check_ins.first_day(command.account_id)
        days = month_calendar(first, near, last=now.last, since=since, stands=stands, zone=now.zone)
        return CheckInCalendar(first=first, zone=now.zone, standing=stands, days=days)
