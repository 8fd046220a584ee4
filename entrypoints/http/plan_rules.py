"""The rules of a plan on the wire: flat fields beside its price and credits."""

from __future__ import annotations

from typing import Annotated

from attrs import frozen
from msgspec import Meta

from domain.period import TRIAL_DAYS_MAX
from domain.subscriptions.dunning import GRACE_DAYS_MAX
from domain.subscriptions.plan_rules import (
    ROLLOVER_MONTHS_MAX,
    TRIAL_NOTICE_DAYS,
    MonthRollover,
    PlanRules,
    Trial,
)
from entrypoints.http.values import Amount, Credits

RolloverMax = Annotated[
    Amount,
    Meta(description="So much of what is left of a month's credits lives on; null: none does."),
]
RolloverMonths = Annotated[
    int,
    Meta(ge=1, le=ROLLOVER_MONTHS_MAX, description="For how many months more it does."),
]

TrialDays = Annotated[
    int,
    Meta(ge=1, le=TRIAL_DAYS_MAX, description="Days before the first payment; null: no trial."),
]
TrialCredits = Annotated[
    Credits,
    Meta(description="What the trial brings, once; null: as many as a month does."),
]
TrialNoticeDays = Annotated[
    int,
    Meta(
        ge=0,
        le=TRIAL_DAYS_MAX,
        description="So many days before a trial ends `subscription.trial_ending` is told.",
    ),
]

GraceDays = Annotated[
    int,
    Meta(
        ge=0,
        le=GRACE_DAYS_MAX,
        description="Days that benefits stay when a renewal is overdue; null: as configured.",
    ),
]


@frozen(kw_only=True)
class PlanRulesBody:
    """What a plan promises beside its price and its credits."""

    rollover_max: RolloverMax | None = None
    rollover_months: RolloverMonths = 1
    trial_days: TrialDays | None = None
    trial_credits: TrialCredits | None = None
    trial_notice_days: TrialNoticeDays = TRIAL_NOTICE_DAYS
    grace_days: GraceDays | None = None

    def rules(self) -> PlanRules:
        """Return the rules in the domain's words. Raises InvalidField."""
        return PlanRules(rollover=self._rollover(), trial=self._trial(), grace_days=self.grace_days)

    def _rollover(self) -> MonthRollover | None:
        if self.rollover_max is None:
            return None
        return MonthRollover(most=self.rollover_max, months=self.rollover_months)

    def _trial(self) -> Trial | None:
        if self.trial_days is None:
            return None
        return Trial(
            days=self.trial_days, credits=self.trial_credits, notice_days=self.trial_notice_days
        )
