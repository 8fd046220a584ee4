"""What a check-in earns, as it is written on the wire."""

from __future__ import annotations

from typing import Annotated

from attrs import frozen
from msgspec import Meta

from domain.promotions.check_in_rules import (
    ACCOUNT_DAYS_MAX,
    DAYS_A_WEEK,
    FREEZES_MAX,
    GRACE_HOURS_MAX,
    MILESTONE_DAY_MAX,
    MILESTONES_MAX,
    PERCENT_MAX,
    Budgets,
    CheckInTerms,
    Eligibility,
    Freezes,
    Milestone,
)
from entrypoints.http.values import Amount

Week = Annotated[
    tuple[Amount, ...],
    Meta(
        min_length=DAYS_A_WEEK,
        max_length=DAYS_A_WEEK,
        description="The awards of seven days in a row; then it begins again.",
        examples=[[10, 10, 15, 15, 20, 20, 50]],
    ),
]
AwardDays = Annotated[
    int, Meta(ge=1, le=3650, description="How long an award lives; null for ever.")
]
Zone = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=64,
        description="The IANA time zone days are counted in, for accounts without one.",
        examples=["Europe/Berlin"],
    ),
]
MilestoneDay = Annotated[
    int, Meta(ge=1, le=MILESTONE_DAY_MAX, description="The length of streak that is paid extra.")
]
FreezeCount = Annotated[int, Meta(ge=0, le=FREEZES_MAX)]
GraceHours = Annotated[
    int,
    Meta(
        ge=0,
        le=GRACE_HOURS_MAX,
        description="For how long after its end a missed day may be caught up.",
    ),
]
AccountDays = Annotated[
    int,
    Meta(ge=0, le=ACCOUNT_DAYS_MAX, description="How long an account must have been known."),
]
PaidPlanPercent = Annotated[
    int,
    Meta(
        ge=100,
        le=PERCENT_MAX,
        description="What an account with an active paid plan earns of the day's award.",
    ),
]


@frozen(kw_only=True, slots=False)
class MilestoneBody:
    """Credits on top for reaching a length of streak: each time, or once in an account's life."""

    day: MilestoneDay
    credits: Amount
    repeats: bool = True


@frozen(kw_only=True, slots=False)
class FreezesBody:
    """Freezes an account begins with, how often a streak earns one, and how many it holds."""

    at_start: FreezeCount = 0
    every: Annotated[int, Meta(ge=1, le=365)] | None = None
    most: FreezeCount = 0


@frozen(kw_only=True, slots=False)
class BudgetsBody:
    """The most that is given, in credits: to an account for a day, and by the product.

    Null is no limit. Days and months of the product are those of the configured zone.
    """

    account_day: Amount | None = None
    day: Amount | None = None
    month: Amount | None = None


@frozen(kw_only=True, slots=False)
class EligibilityBody:
    """Who earns, and who earns more."""

    account_days: AccountDays = 0
    paid_plan_percent: PaidPlanPercent = 100


@frozen(kw_only=True)
class CheckInRulesBody:
    """What a check-in earns, whole: the n-th day of a streak earns `week[n]`, or `base` without it.

    What is left out is off: no milestones, freezes, grace, budgets or conditions.
    """

    enabled: bool
    base: Amount
    week: Week | None = None
    zone: Zone
    award_days: AwardDays | None = None
    milestones: Annotated[tuple[MilestoneBody, ...], Meta(max_length=MILESTONES_MAX)] = ()
    freezes: FreezesBody = FreezesBody()
    grace_hours: GraceHours = 0
    budgets: BudgetsBody = BudgetsBody()
    eligibility: EligibilityBody = EligibilityBody()

    @property
    def terms(self) -> CheckInTerms:
        """Return the rules in the domain's words. Raises InvalidField."""
        freezes, budgets, eligibility = self.freezes, self.budgets, self.eligibility
        return CheckInTerms(
            is_enabled=self.enabled,
            base=self.base,
            week=self.week,
            zone=self.zone,
            award_days=self.award_days,
            milestones=tuple(
                Milestone(day=each.day, credits=each.credits, repeats=each.repeats)
                for each in self.milestones
            ),
            freezes=Freezes(at_start=freezes.at_start, every=freezes.every, most=freezes.most),
            grace_hours=self.grace_hours,
            budgets=Budgets(account_day=budgets.account_day, day=budgets.day, month=budgets.month),
            eligibility=Eligibility(
                account_days=eligibility.account_days,
                paid_plan_percent=eligibility.paid_plan_percent,
            ),
        )
