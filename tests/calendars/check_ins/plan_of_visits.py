"""When somebody comes to check in during 36 months, and where they are: drawn at random by seed."""

import random
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from attrs import frozen

MONTHS = 36
VISITS_A_SEASON = 14
SEASONS = 5

ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "America/St_Johns",
    "America/Santiago",
    "America/Havana",
    "Africa/Cairo",
    "Asia/Beirut",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
    "Pacific/Apia",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
)
"""Clocks that change by an hour, by half of one, at midnight or never; and both ends of the day."""

WEEK = (1, 2, 3, 4, 5, 6, 20)
MILESTONES = ((2, 100, False), (3, 1000, True), (8, 10_000, False))
"""On which day of a streak, how many credits, and whether again in every streak."""


@frozen(kw_only=True)
class Rules:
    """The seller's rules: a zone for whoever has none, what may be missed, what a month may cost.

    So many freezes are there `at_start`, one more comes on `every` so many days, `most` at once.
    """

    zone: str
    grace_hours: int
    at_start: int
    every: int | None
    most: int
    month_budget: int | None
    award_days: int | None


@frozen
class Visit:
    """Somebody comes and would check in."""

    at: datetime


@frozen
class Journey:
    """Somebody says that they live in another zone now."""

    at: datetime
    zone: str


@frozen(kw_only=True)
class PlanOfVisits:
    """Rules, and what happens under them, in order."""

    seed: int
    rules: Rules
    happenings: tuple[Visit | Journey, ...]


def drawn(seed: int) -> PlanOfVisits:
    """Draw 36 months: seasons in which somebody comes daily, mostly while clocks change."""
    draw = random.Random(seed)
    begun_at = datetime(
        draw.choice((2011, 2026, 2027, 2028)), draw.randint(1, 12), draw.randint(1, 28), tzinfo=UTC
    )
    most = draw.choice((0, 0, 1, 2, 5))
    rules = Rules(
        zone=draw.choice(ZONES),
        grace_hours=draw.choice((0, 0, 1, 3, 12)),
        at_start=draw.randint(0, most),
        every=draw.choice((None, 2, 3, 7)),
        most=most,
        month_budget=draw.choice((None, None, 1110, 2222)),
        award_days=draw.choice((None, 30)),
    )
    zone = rules.zone
    happenings: list[Visit | Journey] = []
    at = begun_at
    if draw.random() < 0.7:
        zone = draw.choice(ZONES)
        happenings.append(Journey(at, zone))
    is_traveller = draw.random() < 0.4
    for season in range(SEASONS):
        at = max(at, _season_begins(draw, begun_at, season, zone))
        for _ in range(VISITS_A_SEASON):
            if is_traveller and draw.random() < 0.1:
                zone = draw.choice(ZONES)
                happenings.append(Journey(at, zone))
            at += _until_the_next(draw)
            happenings.append(Visit(at))
    return PlanOfVisits(seed=seed, rules=rules, happenings=tuple(happenings))


def _season_begins(draw: random.Random, begun_at: datetime, season: int, zone: str) -> datetime:
    """Return some day of a season, if there is one a week before the zone's clock changes."""
    days = MONTHS * 30 // SEASONS
    first = begun_at + timedelta(days=days * season)
    if draw.random() < 0.75:
        for day in range(days - 30):
            at = first + timedelta(days=day)
            ahead = at + timedelta(days=6)
            if _offset(at, zone) != _offset(ahead, zone):
                # About midnight there, where a day ends.
                minutes = draw.choice((-61, -60, -31, -1, 0, 1, 29, 59, 60, 61, 400))
                return at - (_offset(at, zone) or timedelta()) + timedelta(minutes=minutes)
    return first + timedelta(days=draw.randint(0, days - 30), minutes=draw.randint(0, 1439))


def _offset(at: datetime, zone: str) -> timedelta | None:
    return at.astimezone(ZoneInfo(zone)).utcoffset()


def _until_the_next(draw: random.Random) -> timedelta:
    """Draw how long until somebody comes again: mostly about a day, to the minute or nearly."""
    about_a_day = (24 * 60, 24 * 60, 23 * 60, 25 * 60, 24 * 60 - 1, 24 * 60 + 1)
    minutes = draw.choice((*about_a_day, draw.randint(1200, 1700), draw.randint(1, 240)))
    return timedelta(days=draw.choice((0, 0, 0, 0, 0, 0, 0, 1, 2, 4)), minutes=minutes)
