"""What is right, by a list of days: nothing of the service is used here.

The days of a zone are found by looking at its clock again and again, and told apart by their place
in the list: how long one lasts, or whether a date was left out, needs no rule then.
"""

from bisect import bisect_left, bisect_right
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from attrs import Factory, define, frozen

from tests.calendars.check_ins.plan_of_visits import (
    MILESTONES,
    WEEK,
    Journey,
    PlanOfVisits,
)

LOOK_EVERY = timedelta(minutes=15)
SHORTEST_DAY = timedelta(hours=20)
HOURS_BETWEEN_ZONES = timedelta(hours=20)
DAYS_BETWEEN_JOURNEYS = timedelta(days=30)


@frozen
class Had:
    """A check-in: when, for which day, which one in a row, what it earned, freezes left."""

    at: datetime
    day: date
    streak: int
    award: int
    freezes: int


@frozen
class NotYet:
    """A visit, or a change of zone, that came too early, and when it may be tried again."""

    at: datetime
    again_at: datetime


Seen = Had | NotYet


@frozen
class Lot:
    """Credits that an award brought: when, how many, until when."""

    at: datetime
    amount: int
    until: datetime | None


@frozen
class Visited:
    """What somebody was told, visit by visit, and the credits that came of it."""

    seen: tuple[Seen, ...]
    lots: tuple[Lot, ...]


@cache
def days_of(zone: str, year: int) -> tuple[list[datetime], list[date]]:
    """Return when each day begins and its name, from before this year on, for four years."""
    starts: list[datetime] = []
    names: list[date] = []
    clock = ZoneInfo(zone)
    at, until = datetime(year - 1, 12, 1, tzinfo=UTC), datetime(year + 4, 4, 1, tzinfo=UTC)
    while at < until:
        name = at.astimezone(clock).date()
        if not names or name != names[-1]:
            starts.append(at)
            names.append(name)
            at += SHORTEST_DAY
        else:
            at += LOOK_EVERY
    return starts, names


@define
class DayBook:
    """One account's check-ins, counted in places in the lists of days.

    `year` is when its life began, `zone` is where it lives, `last_zone` where it checked in last.
    """

    plan: PlanOfVisits
    year: int
    zone: str | None = None
    moved_at: datetime | None = None
    last: Had | None = None
    last_zone: str = ""
    best: int = 0
    given: dict[tuple[int, int], int] = Factory(dict)
    seen: list[Seen] = Factory(list)

    def run(self) -> tuple[Seen, ...]:
        for happening in self.plan.happenings:
            if isinstance(happening, Journey):
                self.moves(happening)
            else:
                self.visits(happening.at)
        return tuple(self.seen)

    def days(self, zone: str) -> tuple[list[datetime], list[date]]:
        return days_of(zone, self.year)

    def moves(self, journey: Journey) -> None:
        if journey.zone == self.zone:
            return
        if self.moved_at is not None and journey.at - self.moved_at < DAYS_BETWEEN_JOURNEYS:
            self.seen.append(NotYet(journey.at, self.moved_at + DAYS_BETWEEN_JOURNEYS))
            return
        self.zone, self.moved_at = journey.zone, journey.at

    def visits(self, at: datetime) -> None:
        zone = self.zone or self.plan.rules.zone
        starts, names = self.days(zone)
        today = bisect_right(starts, at) - 1
        if self.last is None:
            self.has(at, zone, names[today], 1, self.plan.rules.at_start)
            return
        opens_at = at
        if names[today] <= self.last.day:
            opens_at = starts[bisect_right(names, self.last.day)]
        if zone != self.last_zone:
            opens_at = max(opens_at, self.last.at + HOURS_BETWEEN_ZONES)
        if opens_at > at:
            self.seen.append(NotYet(at, opens_at))
            return
        freezes = self.last.freezes
        if self.may_catch_up(at, zone, today):
            missed = self.missed(names[today - 1], zone, at)
            if missed <= freezes:
                streak = self.last.streak + 1
                self.has(at, zone, names[today - 1], streak, freezes - missed)
                return
        missed = self.missed(names[today], zone, at)
        if missed <= freezes:
            self.has(at, zone, names[today], self.last.streak + 1, freezes - missed)
        else:
            self.has(at, zone, names[today], 1, freezes)

    def may_catch_up(self, at: datetime, zone: str, today: int) -> bool:
        """Say whether yesterday is still open: not had, in no other zone, and not long over."""
        assert self.last is not None
        starts, names = self.days(zone)
        grace = timedelta(hours=self.plan.rules.grace_hours)
        is_free = zone == self.last_zone and self.last.day < names[today - 1]
        return is_free and at < starts[today] + grace

    def missed(self, day: date, zone: str, at: datetime) -> int:
        """Count the days since the last one that were let go by; a journey lets none go by."""
        here = self.between(day, zone)
        if zone == self.last_zone:
            return here
        starts, names = self.days(self.last_zone)
        there = self.between(names[bisect_right(starts, at) - 1], self.last_zone)
        return min(here, there)

    def between(self, day: date, zone: str) -> int:
        assert self.last is not None
        names = self.days(zone)[1]
        return max(0, bisect_left(names, day) - bisect_right(names, self.last.day))

    def has(self, at: datetime, zone: str, day: date, streak: int, freezes: int) -> None:
        rules = self.plan.rules
        award = WEEK[(streak - 1) % len(WEEK)]
        for on_day, more, again in MILESTONES:
            if streak == on_day and (again or streak > self.best):
                award += more
        if rules.every is not None and streak % rules.every == 0:
            freezes += 1
        month_names = self.days(rules.zone)
        sold_on = month_names[1][bisect_right(month_names[0], at) - 1]
        month = (sold_on.year, sold_on.month)
        spent = self.given.get(month, 0)
        if rules.month_budget is not None and spent + award > rules.month_budget:
            award = 0
        self.given[month] = spent + award
        self.last = Had(at, day, streak, award, min(freezes, rules.most))
        self.last_zone, self.best = zone, max(self.best, streak)
        self.seen.append(self.last)


def visited_by(plan: PlanOfVisits) -> Visited:
    """Return what is right."""
    seen = DayBook(plan, plan.happenings[0].at.year).run()
    lives = None if plan.rules.award_days is None else timedelta(days=plan.rules.award_days)
    awards = (each for each in seen if isinstance(each, Had) and each.award)
    return Visited(
        seen,
        tuple(Lot(had.at, had.award, None if lives is None else had.at + lives) for had in awards),
    )
