"""What a check-in earns: the table a founder fills in, and what it gives for a day."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from attrs import fields, frozen

from domain.amount import AMOUNT_MAX, within
from domain.errors import InvalidField
from domain.period import zone_named

DAYS_A_WEEK = 7
MILESTONES_MAX = 50
MILESTONE_DAY_MAX = 3650
FREEZES_MAX = 30
GRACE_HOURS_MAX = 12
ACCOUNT_DAYS_MAX = 365
PERCENT_MAX = 1000


@frozen(kw_only=True)
class Milestone:
    """Credits on top of the day's own for reaching a length of streak.

    With `repeats` it is paid whenever a streak reaches that day; without, once in an account's
    life: only by a streak longer than any the account had before.
    """

    day: int
    credits: int
    repeats: bool = True


@frozen(kw_only=True)
class Freezes:
    """What carries a streak over missed days: each freeze over one, used by itself.

    An account begins with `at_start`, earns one more on every `every`-th day of a streak, and
    holds no more than `most`, ever. With `most` at zero there are none.
    """

    at_start: int = 0
    every: int | None = None
    most: int = 0


@frozen(kw_only=True)
class Budgets:
    """The most that is given, in credits; None is no limit.

    `account_day` caps what one account earns for one day. `day` and `month` are for the whole
    product, by the calendar of the rules' zone: a check-in whose award no longer fits in what is
    left of either counts for the streak and earns nothing.
    """

    account_day: int | None = None
    day: int | None = None
    month: int | None = None


@frozen(kw_only=True)
class Eligibility:
    """Who earns, and who earns more.

    An account must have been known for `account_days` days. One with a paid plan that is active
    earns `paid_plan_percent` of the day's award, rounded down; milestones are not multiplied.
    """

    account_days: int = 0
    paid_plan_percent: int = 100


@frozen(kw_only=True)
class Reward:
    """What the rules promise for a day: its own award, and what a milestone adds."""

    daily: int
    milestone: int

    @property
    def total(self) -> int:
        """Both together, in credits."""
        return self.daily + self.milestone


@frozen(kw_only=True)
class CheckInTerms:
    """What a daily check-in earns, as a founder writes it down.

    With `week`, the n-th day of a streak earns `week[(n - 1) % 7]`; without it every day earns
    `base`. The day is the calendar day in the account's own zone, else in `zone`; for
    `grace_hours` after its end it may still be caught up by an account whose streak would go on.
    An award lives `award_days` days, or for ever.
    """

    is_enabled: bool
    base: int
    week: tuple[int, ...] | None = None
    zone: str
    award_days: int | None = None
    milestones: tuple[Milestone, ...] = ()
    freezes: Freezes = Freezes()
    grace_hours: int = 0
    budgets: Budgets = Budgets()
    eligibility: Eligibility = Eligibility()

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
        within("grace_hours", self.grace_hours, least=0, most=GRACE_HOURS_MAX)
        _check_milestones(self.milestones)
        _check_freezes(self.freezes)
        _check_budgets(self.budgets)
        within(
            "eligibility.account_days",
            self.eligibility.account_days,
            least=0,
            most=ACCOUNT_DAYS_MAX,
        )
        within(
            "eligibility.paid_plan_percent",
            self.eligibility.paid_plan_percent,
            least=100,
            most=PERCENT_MAX,
        )

    @property
    def grace(self) -> timedelta:
        """How long after its end a day may be caught up."""
        return timedelta(hours=self.grace_hours)

    def reward(self, streak: int, *, best: int, is_paid: bool) -> Reward:
        """Return what the n-th day in a row earns, in credits, before the product's budgets.

        `best` is the longest streak of the account before this day. Where the account's daily
        budget is smaller than what the day would earn, the milestone is cut first.
        """
        daily = self.base if self.week is None else self.week[(streak - 1) % DAYS_A_WEEK]
        if is_paid:
            daily = daily * self.eligibility.paid_plan_percent // 100
        milestone = sum(
            each.credits
            for each in self.milestones
            if each.day == streak and (each.repeats or streak > best)
        )
        most = min(self.budgets.account_day or AMOUNT_MAX, AMOUNT_MAX)
        daily = min(daily, most)
        return Reward(daily=daily, milestone=min(milestone, most - daily))

    def freezes_usable(self, held: int) -> int:
        """Return how many of the freezes an account holds count under these rules."""
        return min(held, self.freezes.most)

    def freezes_after(self, streak: int, held: int) -> int:
        """Return how many freezes an account holds after the n-th day of a streak."""
        earns = self.freezes.every is not None and streak % self.freezes.every == 0
        return min(held + earns, self.freezes.most)

    def next_milestone(self, streak: int, *, best: int) -> Milestone | None:
        """Return the nearest milestone that a streak of this length still leads to, or None."""
        ahead = [
            each
            for each in self.milestones
            if each.day > streak and (each.repeats or each.day > best)
        ]
        return min(ahead, key=lambda each: each.day, default=None)

    def award_expires_at(self, now: datetime) -> datetime | None:
        """Return when an award made now dies, or None if it never does."""
        return None if self.award_days is None else now + timedelta(days=self.award_days)

    def in_force(self, *, version: int, changed_at: datetime) -> CheckInRules:
        """Return the rules that these terms are from now on, under their own version."""
        terms: dict[str, Any] = {
            each.name: getattr(self, each.name) for each in fields(CheckInTerms)
        }
        return CheckInRules(version=version, changed_at=changed_at, **terms)


@frozen(kw_only=True)
class CheckInRules(CheckInTerms):
    """Terms in force. Each award keeps the version that made it."""

    version: int
    changed_at: datetime


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


def _check_milestones(milestones: tuple[Milestone, ...]) -> None:
    if len(milestones) > MILESTONES_MAX:
        raise InvalidField(path="milestones", problem=f"must hold at most {MILESTONES_MAX}")
    for at, each in enumerate(milestones):
        within(f"milestones[{at}].day", each.day, least=1, most=MILESTONE_DAY_MAX)
        within(f"milestones[{at}].credits", each.credits, least=1, most=AMOUNT_MAX)
    if len({each.day for each in milestones}) < len(milestones):
        raise InvalidField(path="milestones", problem="must not name a day twice")


def _check_freezes(freezes: Freezes) -> None:
    within("freezes.most", freezes.most, least=0, most=FREEZES_MAX)
    within("freezes.at_start", freezes.at_start, least=0, most=freezes.most)
    if freezes.every is not None:
        within("freezes.every", freezes.every, least=1, most=365)


def _check_budgets(budgets: Budgets) -> None:
    limits = {
        "account_day": budgets.account_day,
        "day": budgets.day,
        "month": budgets.month,
    }
    for name, limit in limits.items():
        if limit is not None:
            within(f"budgets.{name}", limit, least=1, most=AMOUNT_MAX)
