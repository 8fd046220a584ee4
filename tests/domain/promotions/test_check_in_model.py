"""Check-ins against an independent model: days are places in a list, found by walking the clock."""

from bisect import bisect_left, bisect_right
from datetime import UTC, date, datetime, timedelta
from functools import cache
from random import Random
from zoneinfo import ZoneInfo

import pytest
from attrs import define

from domain.credits.ids import GrantId
from domain.promotions.check_in import CheckIn, check_in, standing
from domain.promotions.check_in_rules import CheckInRules, Freezes, Milestone
from domain.promotions.errors import CheckInWaits
from tests.support.builders.credits import SOMEBODY
from tests.support.builders.promotions import some_rules

CALENDARS = 10_000
VISITS = 14

# A year with a leap day, a day left out at the date line, and clocks that jump over midnight.
FROM = datetime(2011, 11, 25, tzinfo=UTC)
TO = datetime(2013, 1, 15, tzinfo=UTC)
HALF_AN_HOUR = timedelta(minutes=30)

ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "America/Sao_Paulo",
    "Asia/Beirut",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
)
NO_GRANT = GrantId("none")


@cache
def days_in(zone: str) -> tuple[list[datetime], list[date]]:
    """Return when each day of a zone begins, and its name, by looking at the clock again and again.

    A day that is left out never shows on the clock, so it has no place in the list.
    """
    starts: list[datetime] = []
    names: list[date] = []
    at = FROM
    while at < TO:
        name = at.astimezone(ZoneInfo(zone)).date()
        if not names or name != names[-1]:
            starts.append(at)
            names.append(name)
        at += HALF_AN_HOUR
    return starts, names


@define
class Model:
    """What one account has, counted in places rather than dates."""

    rules: CheckInRules
    day: date | None = None
    zone: str = ""
    at: datetime = FROM
    streak: int = 0
    best: int = 0
    freezes: int = 0

    def visits(self, now: datetime, zone: str) -> tuple[date, int, int, int] | None:
        """Return day, streak, award and freezes of a check-in; None where it is refused."""
        starts, names = days_in(zone)
        today = bisect_right(starts, now) - 1
        if self.day is None:
            return self._had(names[today], zone, now, 1, self.rules.freezes.at_start)
        if zone != self.zone and now - self.at < timedelta(hours=20):
            return None
        # The places still to be filled, nearest first: yesterday while it may be, then today.
        places = [today]
        if zone == self.zone and now - starts[today] < timedelta(hours=self.rules.grace_hours):
            places = [today - 1, today]
        for place in places:
            if names[place] <= self.day:
                continue
            gap = self._gap(names[place], zone, now)
            if gap <= self.freezes:
                return self._had(names[place], zone, now, self.streak + 1, self.freezes - gap)
            if place == today:
                return self._had(names[place], zone, now, 1, self.freezes)
        return None

    def _gap(self, day: date, zone: str, now: datetime) -> int:
        gaps = [self._places_before(day, zone)]
        if zone != self.zone:
            starts, names = days_in(self.zone)
            there = names[bisect_right(starts, now) - 1]
            gaps.append(self._places_before(there, self.zone))
        return min(gaps)

    def _places_before(self, day: date, zone: str) -> int:
        assert self.day is not None
        names = days_in(zone)[1]
        return max(0, bisect_left(names, day) - bisect_right(names, self.day))

    def _had(
        self, day: date, zone: str, now: datetime, streak: int, freezes: int
    ) -> tuple[date, int, int, int]:
        week = self.rules.week
        assert week is not None
        award = (week * (streak // 7 + 1))[streak - 1]
        for milestone in self.rules.milestones:
            is_new = streak > self.best
            if streak == milestone.day and (milestone.repeats or is_new):
                award += milestone.credits
        every = self.rules.freezes.every
        if every is not None and streak in range(every, streak + 1, every):
            freezes += 1
        self.day, self.zone, self.at, self.streak = day, zone, now, streak
        self.best = max(self.best, streak)
        self.freezes = min(freezes, self.rules.freezes.most)
        return day, streak, award, self.freezes


def random_rules(random: Random) -> CheckInRules:
    most = random.choice((0, 0, 1, 2, 5))
    freezes = Freezes(
        at_start=random.randint(0, most), every=random.choice((None, 2, 3, 7)), most=most
    )
    return some_rules(
        week=(1, 2, 3, 4, 5, 6, 20),
        zone=random.choice(ZONES),
        grace_hours=random.choice((0, 1, 3, 12)),
        freezes=freezes,
        milestones=(
            Milestone(day=2, credits=100, repeats=False),
            Milestone(day=3, credits=1000),
            Milestone(day=8, credits=10_000, repeats=False),
        ),
    )


def random_step(random: Random) -> timedelta:
    """Return how long after a visit the next one comes: mostly about a day, sometimes far off."""
    minutes = random.choice((random.randint(0, 240), random.randint(1200, 1700), 1440))
    days = random.choice((0, 0, 0, 0, 0, 1, 1, 2, 3, 6))
    return timedelta(days=days, minutes=minutes)


def test_check_ins_are_those_of_an_independent_model_on_ten_thousand_random_calendars() -> None:
    random = Random(20_110_129)
    made = refused = 0
    for number in range(CALENDARS):
        rules = random_rules(random)
        is_traveller = random.random() < 0.3
        zone = random.choice(ZONES)
        now = FROM + timedelta(days=2) + random.random() * (TO - FROM - timedelta(days=130))
        model, last = Model(rules=rules), None
        for _ in range(VISITS):
            if is_traveller and random.random() < 0.2:
                zone = random.choice(ZONES)
            expected = model.visits(now, zone)
            found = visit(rules, last, zone, now)
            seen = None if found is None else (found.day, found.streak, found.award, found.freezes)
            assert seen == expected, (number, rules, zone, now, last)
            last = found or last
            made += found is not None
            refused += found is None
            now += random_step(random)

    assert made > 60_000
    assert refused > 10_000


def visit(rules: CheckInRules, last: CheckIn | None, zone: str, now: datetime) -> CheckIn | None:
    """Check in, and hold what was said before against what happens."""
    stood = standing(rules, last, zone, now)
    if not stood.is_open:
        with pytest.raises(CheckInWaits) as refusal:
            checked_in(rules, last, zone, now)
        assert refusal.value.next_at == stood.next_at > now
        return None
    made = checked_in(rules, last, zone, now)
    assert (stood.next_day, stood.next_award, stood.freezes_due) == (
        made.day,
        made.award,
        made.freezes_used,
    )
    assert made.best == max(stood.best, made.streak)
    return made


def checked_in(rules: CheckInRules, last: CheckIn | None, zone: str, now: datetime) -> CheckIn:
    return check_in(rules, last, account_id=SOMEBODY, account_zone=zone, grant_id=NO_GRANT, now=now)
