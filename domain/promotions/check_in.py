"""A check-in, the streak it makes, the reward it earns."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from attrs import frozen

from domain.amount import AMOUNT_MAX, within
from domain.credits.ids import AccountId, GrantId
from domain.errors import InvalidField
from domain.period import day_starts_at, local_day, zone_named
from domain.promotions.errors import AlreadyCheckedIn, CheckInDisabled

DAYS_A_WEEK = 7

# After a change of zone the calendar alone could open a second reward within minutes.
GAP_AFTER_ZONE_CHANGE = timedelta(hours=20)


@frozen(kw_only=True)
class CheckInRules:
    """What a daily check-in earns. Versioned: each award keeps the version that made it.

    With `week`, the n-th day of a streak earns `week[(n - 1) % 7]`; without it every day earns
    `base`. The day is the calendar day in the account's own zone, else in `zone`. An award lives
    `award_days` days, or for ever.
    """

    version: int
    is_enabled: bool
    base: int
    week: tuple[int, ...] | None
    zone: str
    award_days: int | None
    changed_at: datetime

    def __attrs_post_init__(self) -> None:
        within("base", self.base, least=1, most=AMOUNT_MAX)
        if self.week is not None:
            if len(self.week) != DAYS_A_WEEK:
                raise InvalidField(path="week", problem="must hold seven awards, or be null")
            for day, award in enumerate(self.week):
                within(f"week[{day}]", award, least=1, most=AMOUNT_MAX)
        if self.award_days is not None:
            within("award_days", self.award_days, least=1, most=3650)
        zone_named(self.zone)

    def award(self, streak: int) -> int:
        """Return what the n-th day in a row earns, in credits."""
        return self.base if self.week is None else self.week[(streak - 1) % DAYS_A_WEEK]

    def award_expires_at(self, now: datetime) -> datetime | None:
        """Return when an award made now dies, or None if it never does."""
        return None if self.award_days is None else now + timedelta(days=self.award_days)


@frozen(kw_only=True)
class CheckIn:
    """One account's check-in on one local day; there is never a second one for that day."""

    account_id: AccountId
    day: date
    zone: str
    at: datetime
    streak: int
    award: int
    rules_version: int
    grant_id: GrantId


@frozen(kw_only=True)
class Standing:
    """Where an account stands today: its streak, what it can earn now or next, and when."""

    day: date
    is_open: bool
    streak: int
    next_award: int
    next_at: datetime


def standing(
    rules: CheckInRules, last: CheckIn | None, account_zone: str | None, now: datetime
) -> Standing:
    """Judge an account's check-in at this instant.

    `streak` is the run that still stands (today's or yesterday's); `next_award` is what the next
    check-in earns if it happens as soon as it can; `next_at` is when that is: now, if it is open.
    """
    zone = zone_named(account_zone or rules.zone)
    today = local_day(now, zone)
    if last is None:
        return Standing(day=today, is_open=True, streak=0, next_award=rules.award(1), next_at=now)
    opens_at = day_starts_at(max(last.day, today) + timedelta(days=1), zone)
    if last.day < today:
        opens_at = now
    if last.zone != zone.key:
        opens_at = max(opens_at, last.at + GAP_AFTER_ZONE_CHANGE)
    next_at = max(opens_at, now)
    next_streak = _run(last, local_day(next_at, zone)) + 1
    return Standing(
        day=today,
        is_open=opens_at <= now,
        streak=_run(last, today),
        next_award=rules.award(next_streak),
        next_at=next_at,
    )


def _run(last: CheckIn, day: date) -> int:
    """Return the streak that stands on a day: unbroken if the day before was not missed."""
    return last.streak if last.day >= day - timedelta(days=1) else 0


def check_in(
    rules: CheckInRules,
    last: CheckIn | None,
    *,
    account_id: AccountId,
    account_zone: str | None,
    grant_id: GrantId,
    now: datetime,
) -> CheckIn:
    """Return today's check-in. Raises CheckInDisabled, AlreadyCheckedIn."""
    if not rules.is_enabled:
        raise CheckInDisabled
    found = standing(rules, last, account_zone, now)
    if not found.is_open:
        raise AlreadyCheckedIn(next_at=found.next_at)
    streak = found.streak + 1
    return CheckIn(
        account_id=account_id,
        day=found.day,
        zone=account_zone or rules.zone,
        at=now,
        streak=streak,
        award=rules.award(streak),
        rules_version=rules.version,
        grant_id=grant_id,
    )


def rules_before_any(now: datetime) -> CheckInRules:
    """Return the rules of a new installation: off, so that nothing is given away unasked."""
    return CheckInRules(
        version=0,
        is_enabled=False,
        base=10,
        week=None,
        zone="UTC",
        award_days=30,
        changed_at=now,
    )
