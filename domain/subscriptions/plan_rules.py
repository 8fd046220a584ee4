"""What a plan promises beside its price and its credits; a subscriber keeps it as it was sold."""

from __future__ import annotations

from datetime import datetime, timedelta

from attrs import evolve, frozen

from domain.amount import AMOUNT_MAX, within
from domain.credits.grant import Rollover
from domain.period import TRIAL_DAYS_MAX, Period, add_months, month_of
from domain.subscriptions.dunning import GRACE_DAYS_MAX

ROLLOVER_MONTHS_MAX = 120
TRIAL_NOTICE_DAYS = 3


@frozen(kw_only=True)
class MonthRollover:
    """What becomes of credits left at the end of a month: up to `most` live on, for `months` more.

    What has been carried over once is not carried over again.
    """

    most: int
    months: int = 1

    def __attrs_post_init__(self) -> None:
        within("rollover_max", self.most, least=1, most=AMOUNT_MAX)
        within("rollover_months", self.months, least=1, most=ROLLOVER_MONTHS_MAX)

    def after(self, ends_at: datetime, anchor_at: datetime, subscription_id: str) -> Rollover:
        """Return what a lot of the month that ends then is to be told.

        Months are counted from the anchor. All that one month of a subscription brings shares the
        cap, also what a change of plan brings in its middle.
        """
        ended = month_of(anchor_at, ends_at)
        return Rollover(
            most=self.most,
            until=add_months(anchor_at, ended + self.months),
            pool=f"{subscription_id}:{ends_at.isoformat()}",
        )


@frozen(kw_only=True)
class Trial:
    """Days during which nothing is collected, before the first period that is paid.

    `credits` come once, for the whole trial, and end with it; None means as many as a month brings.
    So many days before its end the customer is reminded.
    """

    days: int
    credits: int | None = None
    notice_days: int = TRIAL_NOTICE_DAYS

    def __attrs_post_init__(self) -> None:
        within("trial_days", self.days, least=1, most=TRIAL_DAYS_MAX)
        within("trial_notice_days", self.notice_days, least=0, most=TRIAL_DAYS_MAX)
        if self.credits is not None:
            within("trial_credits", self.credits, least=0, most=AMOUNT_MAX)

    def notice_at(self, trial: Period) -> datetime:
        """Return when the customer is reminded of a trial's end: never before it has begun."""
        return max(trial.start_at, trial.end_at - timedelta(days=self.notice_days))


_OF_A_CODE = Trial(days=1)
"""What a code's trial is on a plan that has none of its own, however long it is."""


@frozen(kw_only=True)
class PlanRules:
    """The rules of a plan. Without a `rollover`, what is left of a month's credits lapses.

    So many `grace_days` benefits stay when a renewal is overdue; None: as many as for all plans.
    """

    rollover: MonthRollover | None = None
    trial: Trial | None = None
    grace_days: int | None = None

    def __attrs_post_init__(self) -> None:
        if self.grace_days is not None:
            within("grace_days", self.grace_days, least=0, most=GRACE_DAYS_MAX)

    def trial_notice_at(self, trial: Period) -> datetime:
        """Return when the customer is reminded of a trial's end, a code's trial included."""
        return (self.trial or _OF_A_CODE).notice_at(trial)

    def with_trial(self, days: int) -> PlanRules:
        """Return the rules for somebody who was given so many days of trial besides; 0: none.

        The longer of the two counts. What a trial brings stays as the plan says.
        """
        if days == 0:
            return self
        own = self.trial
        days = days if own is None else max(own.days, days)
        return evolve(self, trial=evolve(own or _OF_A_CODE, days=days))


PLAIN_RULES = PlanRules()
