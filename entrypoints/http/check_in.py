"""The daily check-in: today's, where it stands, and a month of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated

from aiohttp import web
from attrs import frozen
from msgspec import Meta

from application.access.keep_account import NotingProfile
from application.promotions.check_in import CheckedIn, CheckingIn, CheckInToday
from application.promotions.read_check_in import CheckInRead, ReadCheckIn, ReadingCheckIn
from application.promotions.read_check_in_calendar import (
    CheckInCalendar,
    ReadCheckInCalendar,
    ReadingCheckInCalendar,
)
from domain.access.role import Scope
from domain.credits.errors import BalanceTooLarge, KeyReused
from domain.promotions.check_in_calendar import CalendarDay, DayState
from domain.promotions.check_in_rules import Milestone
from domain.promotions.errors import (
    AlreadyCheckedIn,
    CheckInDisabled,
    CheckInNotYet,
    CheckInZoneChanged,
)
from entrypoints.http.endpoint import Endpoint, Idempotency
from entrypoints.http.idempotency import request_key
from entrypoints.http.policy import AccountHolder
from entrypoints.http.principal import account_of
from entrypoints.http.profile import note_claims
from entrypoints.http.values import AccountIdText, Amount, Balance, Credits, Day, Id, Instant
from entrypoints.http.wire import read, read_query, reply

Streak = Annotated[int, Meta(ge=0, description="How many days in a row.")]
FreezeCount = Annotated[int, Meta(ge=0, description="Each carries a streak over a missed day.")]
Withheld = Annotated[
    int, Meta(ge=0, description="Credits the day promised and a spent budget kept back.")
]
ZoneName = Annotated[
    str, Meta(description="The IANA time zone a day is counted in.", examples=["Europe/Berlin"])
]
Month = Annotated[
    str,
    Meta(
        pattern=r"^2[0-9]{3}-(0[1-9]|1[0-2])$(?!\n)",
        description="A calendar month.",
        examples=["2026-04"],
    ),
]


@frozen(kw_only=True)
class CheckInBody:
    """Nothing at all for a user; a backend names the account."""

    account_id: AccountIdText | None = None


@frozen(kw_only=True, slots=False)
class CheckInView:
    """A check-in: what it earned, and what the next one earns from when on.

    `day` is yesterday where that was still to be caught up; then today is open at once. With
    `budget_spent` the day counts for the streak, and what it would have earned is `withheld`;
    there is no lot, so `grant_id` is null.
    """

    award: Credits
    milestone: Credits
    withheld: Withheld
    budget_spent: bool
    streak: Streak
    best_streak: Streak
    freezes: FreezeCount
    freezes_used: FreezeCount
    day: Day
    caught_up: bool
    balance: Balance
    grant_id: Id | None
    next_at: Instant
    next_award: Amount

    @classmethod
    def of(cls, made: CheckedIn) -> CheckInView:
        """Return the check-in as it is shown."""
        check_in = made.check_in
        return cls(
            award=check_in.award,
            milestone=check_in.milestone,
            withheld=check_in.withheld,
            budget_spent=check_in.withheld > 0,
            streak=check_in.streak,
            best_streak=check_in.best,
            freezes=check_in.freezes,
            freezes_used=check_in.freezes_used,
            day=check_in.day,
            caught_up=check_in.is_caught_up,
            balance=made.balance,
            grant_id=check_in.grant_id,
            next_at=made.next_at,
            next_award=made.next_award,
        )


@frozen(kw_only=True, slots=False)
class NextMilestoneView:
    """The day of a streak that is paid extra, and what it adds."""

    day: Streak
    credits: Amount

    @classmethod
    def of(cls, milestone: Milestone) -> NextMilestoneView:
        """Return the milestone as it is shown."""
        return cls(day=milestone.day, credits=milestone.credits)


@frozen(kw_only=True, slots=False)
class CheckInStatusView:
    """Where an account stands today; `next_at` is now if it can check in.

    `next_day` is the day that the next check-in counts for, and `freezes_due` of the `freezes` are
    what it takes to keep the streak until then. `waits_for_zone` says that it waits because the
    zone that days are counted in has changed since the last one, less than 20 hours ago.
    """

    enabled: bool
    checked_in_today: bool
    can_check_in: bool
    waits_for_zone: bool
    streak: Streak
    best_streak: Streak
    freezes: FreezeCount
    freezes_due: FreezeCount
    next_award: Amount
    next_at: Instant
    next_day: Day
    next_milestone: NextMilestoneView | None
    zone: ZoneName
    day: Day

    @classmethod
    def of(cls, read: CheckInRead) -> CheckInStatusView:
        """Return the standing as it is shown."""
        ahead = read.next_milestone
        return cls(
            enabled=read.is_enabled,
            checked_in_today=read.is_done_today,
            can_check_in=read.is_enabled and read.standing.is_open,
            waits_for_zone=read.standing.waits_for_zone,
            streak=read.standing.streak,
            best_streak=read.standing.best,
            freezes=read.standing.freezes,
            freezes_due=read.standing.freezes_due,
            next_award=read.standing.next_award,
            next_at=read.standing.next_at,
            next_day=read.standing.next_day,
            next_milestone=None if ahead is None else NextMilestoneView.of(ahead),
            zone=read.zone,
            day=read.standing.day,
        )


@frozen(kw_only=True)
class CalendarQuery:
    """Which month; without one, that of today where the account is."""

    month: Month | None = None

    @property
    def first(self) -> date | None:
        """Return the first day of the month asked for."""
        return None if self.month is None else date.fromisoformat(f"{self.month}-01")


@frozen(kw_only=True, slots=False)
class CalendarDayView:
    """One day. `reward` is what it earned, or what the day that is open would earn.

    States: `checked_in`, `caught_up` (the day after, within the grace), `frozen` (missed, and the
    streak went on or still can), `missed`, `open`, `ahead`, `before` (the first check-in ever),
    `left_out` (the zone's calendar has no such day).
    """

    day: Day
    state: DayState
    reward: Credits
    withheld: Withheld
    streak: Streak

    @classmethod
    def of(cls, day: CalendarDay) -> CalendarDayView:
        """Return the day as it is shown."""
        return cls(
            day=day.day,
            state=day.state,
            reward=day.award,
            withheld=day.withheld,
            streak=day.streak,
        )


@frozen(kw_only=True, slots=False)
class CheckInCalendarView:
    """A month, day by day, and the streak that stands today."""

    month: Month
    zone: ZoneName
    today: Day
    streak: Streak
    days: tuple[CalendarDayView, ...]

    @classmethod
    def of(cls, read: CheckInCalendar) -> CheckInCalendarView:
        """Return the month as it is shown."""
        return cls(
            month=read.first.isoformat()[:7],
            zone=read.zone,
            today=read.standing.day,
            streak=read.standing.streak,
            days=tuple(CalendarDayView.of(day) for day in read.days),
        )


@frozen(kw_only=True)
class CheckInApi:
    """Check-ins, for accounts and the product's backend."""

    check_in: CheckingIn
    read_check_in: ReadingCheckIn
    read_check_in_calendar: ReadingCheckInCalendar
    note_profile: NotingProfile

    def endpoints(self) -> Sequence[Endpoint]:
        """Return the routes about check-ins."""
        return (
            Endpoint(
                method="POST",
                path="/checkin",
                handler=self.post_check_in,
                policy=AccountHolder(Scope.CHECKIN_CREATE),
                tag="Check-in",
                summary="Check in today",
                description=(
                    "Awards the day's credits, once an account and local day. The day begins by "
                    "the account's own zone, else by the configured one."
                ),
                body=CheckInBody,
                response=CheckInView,
                refusals=(
                    AlreadyCheckedIn,
                    CheckInDisabled,
                    CheckInNotYet,
                    CheckInZoneChanged,
                    BalanceTooLarge,
                    KeyReused,
                ),
                idempotency=Idempotency.OPTIONAL,
                example={},
            ),
            Endpoint(
                method="GET",
                path="/checkin/status",
                handler=self.get_status,
                policy=AccountHolder(Scope.CHECKIN_CREATE),
                tag="Check-in",
                summary="Read where the check-in stands",
                response=CheckInStatusView,
            ),
            Endpoint(
                method="GET",
                path="/checkin/calendar",
                handler=self.get_calendar,
                policy=AccountHolder(Scope.CHECKIN_CREATE),
                tag="Check-in",
                summary="Read a month of check-ins",
                query=CalendarQuery,
                response=CheckInCalendarView,
            ),
        )

    async def post_check_in(self, request: web.Request) -> web.Response:
        """Check the account in."""
        body = await read(request, CheckInBody)
        account_id = account_of(request, body.account_id)
        key = request_key(request, account_id)
        await note_claims(request, self.note_profile)
        made = await self.check_in(CheckInToday(account_id=account_id, key=key))
        return reply(CheckInView.of(made), replayed=made.is_replay)

    async def get_status(self, request: web.Request) -> web.Response:
        """Answer whether the account can check in, and when else."""
        standing = await self.read_check_in(ReadCheckIn(account_id=account_of(request)))
        return reply(CheckInStatusView.of(standing))

    async def get_calendar(self, request: web.Request) -> web.Response:
        """Answer what became of every day of the month."""
        query = read_query(request, CalendarQuery)
        month = await self.read_check_in_calendar(
            ReadCheckInCalendar(account_id=account_of(request), first=query.first)
        )
        return reply(CheckInCalendarView.of(month))
