"""A check-in: the day it counts for, the streak it makes, the award it earns."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from attrs import evolve, frozen

from domain.credits.ids import AccountId, GrantId
from domain.period import day_starts_at, local_day, zone_named
from domain.promotions.check_in_rules import FREEZES_MAX, CheckInRules
from domain.promotions.errors import (
    AlreadyCheckedIn,
    CheckInDisabled,
    CheckInNotYet,
    CheckInZoneChanged,
)

A_DAY = timedelta(days=1)

# After a change of zone the calendar alone could open a second reward within minutes.
GAP_AFTER_ZONE_CHANGE = timedelta(hours=20)


@frozen(kw_only=True)
class CheckIn:
    """One account's check-in for one local day; there is never a second one for that day.

    `award` is what was given, `milestone` the part of it that a milestone added, and `withheld`
    what the rules promised and a spent budget kept back: then there is no lot, and `grant_id` is
    None. `freezes_used` carried the streak here, `freezes` are held afterwards, and `best` is the
    longest streak so far: with them the last check-in is all that the next one is judged by.
    """

    account_id: AccountId
    day: date
    zone: str
    at: datetime
    streak: int
    best: int
    award: int
    milestone: int = 0
    withheld: int = 0
    freezes: int = 0
    freezes_used: int = 0
    is_paid: bool = False
    rules_version: int
    grant_id: GrantId | None

    @property
    def is_caught_up(self) -> bool:
        """Say whether it came after its day was over."""
        return local_day(self.at, zone_named(self.zone)) > self.day

    def unpaid(self) -> CheckIn:
        """Return the check-in as it counts where a budget is spent: for the streak alone."""
        return evolve(
            self, award=0, milestone=0, withheld=self.withheld + self.award, grant_id=None
        )


@frozen(kw_only=True)
class Standing:
    """Where an account stands: its streak, what it can earn now or next, and when.

    `day` is today in the account's zone; `next_day` is the day the next check-in counts for,
    which is yesterday while that is caught up. `freezes_due` of the `freezes` held are used by it.
    `waits_for_zone` says that today's award was not had, and waits for a change of zone alone.
    """

    day: date
    is_open: bool
    streak: int
    best: int
    next_day: date
    next_award: int
    next_at: datetime
    freezes: int
    freezes_due: int
    waits_for_zone: bool = False


def standing(
    rules: CheckInRules,
    last: CheckIn | None,
    account_zone: str | None,
    now: datetime,
    *,
    known_since: datetime | None = None,
    is_paid: bool = False,
) -> Standing:
    """Judge an account's check-in at this instant.

    `streak` is the run that still stands; `next_award` is what the rules promise the next
    check-in if it happens as soon as it can; `next_at` is when that is: now, if it is open.
    """
    zone = zone_named(account_zone or rules.zone)
    today = local_day(now, zone)
    next_at = max(_opens_at(last, zone, now), _eligible_at(rules, known_since, now))
    next_day = _day_it_counts_for(rules, last, zone, next_at)
    run = Run.reaching(rules, last, next_day, zone, next_at)
    stands = run if next_day <= today else Run.reaching(rules, last, today, zone, now)
    return Standing(
        day=today,
        is_open=next_at <= now,
        streak=stands.streak,
        best=run.best,
        next_day=next_day,
        next_award=rules.reward(run.streak + 1, best=run.best, is_paid=is_paid).total,
        next_at=next_at,
        freezes=run.freezes,
        freezes_due=run.freezes_due,
        waits_for_zone=_waits_for_zone(last, zone, now),
    )


@frozen(kw_only=True)
class Run:
    """The days in a row that lead up to a day, and the freezes it takes to get there."""

    streak: int
    best: int
    freezes: int
    freezes_due: int

    @staticmethod
    def reaching(
        rules: CheckInRules, last: CheckIn | None, day: date, zone: ZoneInfo, at: datetime
    ) -> Run:
        """Return the run that a check-in for this day, at this instant, would lengthen.

        Freezes are used only where they save the streak: for more missed days than an account
        holds freezes, the streak begins anew and the freezes stay.
        """
        if last is None:
            return Run(streak=0, best=0, freezes=rules.freezes.at_start, freezes_due=0)
        freezes = rules.freezes_usable(last.freezes)
        missed = _missed(last, day, zone, at)
        is_kept = missed <= freezes
        return Run(
            streak=last.streak if is_kept else 0,
            best=last.best,
            freezes=freezes,
            freezes_due=missed if is_kept else 0,
        )

    def lengthened(
        self,
        rules: CheckInRules,
        *,
        account_id: AccountId,
        day: date,
        zone: str,
        at: datetime,
        is_paid: bool,
        grant_id: GrantId | None,
    ) -> CheckIn:
        """Return the check-in that makes the run one day longer, as the rules promise it."""
        streak = self.streak + 1
        reward = rules.reward(streak, best=self.best, is_paid=is_paid)
        return CheckIn(
            account_id=account_id,
            day=day,
            zone=zone,
            at=at,
            streak=streak,
            best=max(self.best, streak),
            award=reward.total,
            milestone=reward.milestone,
            freezes=rules.freezes_after(streak, self.freezes - self.freezes_due),
            freezes_used=self.freezes_due,
            is_paid=is_paid,
            rules_version=rules.version,
            grant_id=grant_id,
        )


def check_in(
    rules: CheckInRules,
    last: CheckIn | None,
    *,
    account_id: AccountId,
    account_zone: str | None,
    grant_id: GrantId,
    now: datetime,
    known_since: datetime | None = None,
    is_paid: bool = False,
) -> CheckIn:
    """Return the check-in that is open now, as the rules promise it, before any product budget.

    `known_since` is when the account was first seen, None for one that never was.
    Raises CheckInDisabled, CheckInNotYet, AlreadyCheckedIn, CheckInZoneChanged.
    """
    if not rules.is_enabled:
        raise CheckInDisabled
    eligible_at = _eligible_at(rules, known_since, now)
    if eligible_at > now:
        raise CheckInNotYet(next_at=eligible_at)
    zone = zone_named(account_zone or rules.zone)
    next_at = _opens_at(last, zone, now)
    if next_at > now:
        if _waits_for_zone(last, zone, now):
            raise CheckInZoneChanged(next_at=next_at)
        raise AlreadyCheckedIn(next_at=next_at)
    day = _day_it_counts_for(rules, last, zone, now)
    return Run.reaching(rules, last, day, zone, now).lengthened(
        rules,
        account_id=account_id,
        day=day,
        zone=zone.key,
        at=now,
        is_paid=is_paid,
        grant_id=grant_id,
    )


def _eligible_at(rules: CheckInRules, known_since: datetime | None, now: datetime) -> datetime:
    """Return from when on the account may earn: now, unless it is too new."""
    days = rules.eligibility.account_days
    return now if days == 0 else max(now, (known_since or now) + days * A_DAY)


def _opens_at(last: CheckIn | None, zone: ZoneInfo, now: datetime) -> datetime:
    """Return when the next check-in is open: now, or the instant it waits for.

    A day is had once: the next one begins after the later of the last day and today. After a
    change of zone it also waits for a gap, so that no journey opens a second reward.
    """
    if last is None:
        return now
    today = local_day(now, zone)
    opens_at = now if last.day < today else day_starts_at(last.day + A_DAY, zone)
    if last.zone != zone.key:
        opens_at = max(opens_at, last.at + GAP_AFTER_ZONE_CHANGE)
    return max(opens_at, now)


def _waits_for_zone(last: CheckIn | None, zone: ZoneInfo, now: datetime) -> bool:
    """Say whether today was not had, and only the gap after a change of zone keeps it shut."""
    is_had = last is None or last.day >= local_day(now, zone)
    return not is_had and _opens_at(last, zone, now) > now


def _day_it_counts_for(
    rules: CheckInRules, last: CheckIn | None, zone: ZoneInfo, at: datetime
) -> date:
    """Return today, or yesterday where that is still to be caught up.

    Yesterday is caught up within the grace, by an account whose streak reaches it: for one whose
    streak is broken anyway, and for a new one, it would only be a second award. Never after a
    change of zone, where yesterday may have been another day.
    """
    today = local_day(at, zone)
    if last is None or last.zone != zone.key:
        return today
    began_at = day_starts_at(today, zone)
    yesterday = local_day(began_at - timedelta(microseconds=1), zone)
    if last.day >= yesterday or at >= began_at + rules.grace:
        return today
    is_reached = Run.reaching(rules, last, yesterday, zone, at).streak > 0
    return yesterday if is_reached else today


def _missed(last: CheckIn, day: date, zone: ZoneInfo, at: datetime) -> int:
    """Return how many days were missed between the last check-in and one for this day.

    A journey breaks no streak: a day is missed only if it was missed by the calendar of the zone
    the account came from as well.
    """
    missed = days_between(last.day, day, zone)
    if missed > 0 and last.zone != zone.key:
        old_zone = zone_named(last.zone)
        missed = min(missed, days_between(last.day, local_day(at, old_zone), old_zone))
    return missed


def days_between(first: date, last: date, zone: ZoneInfo) -> int:
    """Count the days after the first and before the last that the zone's calendar has.

    A zone that moved over the date line left a day out (Samoa has no 30 December 2011): nobody
    missed it. Exact up to the most days that freezes could bridge; more are too many anyway.
    """
    apart = (last - first).days - 1
    if apart > FREEZES_MAX + 1:
        return apart
    return sum(1 for n in range(1, apart + 1) if has_day(first + n * A_DAY, zone))


def has_day(day: date, zone: ZoneInfo) -> bool:
    """Say whether the zone's calendar has this day at all."""
    return day_starts_at(day, zone) < day_starts_at(day + A_DAY, zone)
