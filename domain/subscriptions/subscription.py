"""The life of a subscription: a table of allowed moves, its periods, its monthly credits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import Enum

from attrs import evolve, field, frozen

from domain.amount import not_negative
from domain.credits.ids import AccountId
from domain.money import Money
from domain.payments.ids import Channel, OrderId
from domain.period import Interval, Period, add_months, month_of, period_after
from domain.subscriptions.catalogue import Plan
from domain.subscriptions.course import NO_COURSE, Course, Due
from domain.subscriptions.errors import SubscriptionExists
from domain.subscriptions.ids import PlanId, SubscriptionId
from domain.subscriptions.plan_rules import PLAIN_RULES, PlanRules


class SubscriptionStatus(Enum):
    """Where a subscription stands; `canceled` is spelt as providers spell it."""

    INCOMPLETE = "incomplete"
    TRIALING = "trialing"
    ACTIVE = "active"
    PAST_DUE = "past_due"
    PAUSED = "paused"
    CANCELED = "canceled"
    EXPIRED = "expired"


_S = SubscriptionStatus
# The one table of allowed moves: where from, where to, and what lets it happen.
_MOVES: Mapping[SubscriptionStatus, Mapping[SubscriptionStatus, str]] = {
    _S.INCOMPLETE: {
        _S.TRIALING: "its trial began",
        _S.ACTIVE: "its first payment arrived",
        _S.CANCELED: "it was cancelled before anything was paid",
        _S.EXPIRED: "its first payment did not arrive in time",
    },
    _S.TRIALING: {
        _S.ACTIVE: "the trial was followed by a payment",
        _S.PAST_DUE: "the payment after the trial failed",
        _S.PAUSED: "it was paused during the trial",
        _S.CANCELED: "it was cancelled during the trial",
        _S.EXPIRED: "the trial ended and nothing followed",
    },
    _S.ACTIVE: {
        _S.PAST_DUE: "a renewal could not be collected",
        _S.PAUSED: "it was paused",
        _S.CANCELED: "it was cancelled",
        _S.EXPIRED: "its last period ended",
    },
    _S.PAST_DUE: {
        _S.ACTIVE: "what was overdue has been paid",
        _S.PAUSED: "it was paused while a payment was overdue",
        _S.CANCELED: "it was cancelled while a payment was overdue",
        _S.EXPIRED: "what was overdue was never paid",
    },
    _S.PAUSED: {
        _S.TRIALING: "the pause ended within the trial",
        _S.ACTIVE: "the pause ended",
        _S.PAST_DUE: "the payment after the pause failed",
        _S.CANCELED: "it was cancelled during the pause",
        _S.EXPIRED: "its last period ended during the pause",
    },
    # The end is the end: a late report never revives a subscription.
    _S.CANCELED: {},
    _S.EXPIRED: {},
}

LIVE = frozenset({_S.INCOMPLETE, _S.TRIALING, _S.ACTIVE, _S.PAST_DUE, _S.PAUSED})
_ENTITLED = frozenset({_S.TRIALING, _S.ACTIVE})


@frozen(kw_only=True)
class Subscription:
    """An account's standing purchase of a plan, as it was sold.

    `period` is the one paid for last, by the order `order_id`. Credits come monthly, counted from
    `anchor_at`, also where a year is paid at once: `credits_from_at` is the start of the next month
    whose credits are due.
    `reference` is the provider's id of the price it is billed by, as far as we know that.
    `reported_at` is the instant of the provider's newest report of it. `collected_at` is that of
    what began a period last, a payment or what stands for one: it says that the subscription was
    active then, and goes on beyond whatever ended before that period.
    `paying_from_at` is since when money is collected for it: the first period that was paid with
    more than nothing, or None. A trial, what a code made free and what was given have none yet;
    nobody is a subscriber who could be lost before.
    """

    id: SubscriptionId
    account_id: AccountId
    plan_id: PlanId
    plan_name: str
    group: str
    interval: Interval
    price_minor: int = field(validator=not_negative)
    currency: str
    credits_per_month: int = field(validator=not_negative)
    status: SubscriptionStatus
    period: Period
    anchor_at: datetime
    credits_from_at: datetime
    cancel_at_period_end: bool = False
    channel: Channel
    provider_subscription_id: str | None = None
    reference: str | None = None
    order_id: OrderId
    started_at: datetime
    paying_from_at: datetime | None = None
    ended_at: datetime | None = None
    reported_at: datetime | None = None
    collected_at: datetime | None = None
    rules: PlanRules = PLAIN_RULES
    course: Course = NO_COURSE

    @property
    def is_live(self) -> bool:
        """Say whether it has not come to its end."""
        return self.status in LIVE

    @property
    def price(self) -> Money:
        """What a period of it was sold for, before discount and tax."""
        return Money(self.price_minor, self.currency)

    @property
    def paid_until(self) -> datetime:
        """When the months that the running period was paid for are over, counted from the anchor.

        A period that runs some days longer than its months was paid for its months alone. One from
        28 February to 31 March does not, where months are counted from a 31st.
        """
        months = period_after(self.anchor_at, self.period.start_at, self.interval)
        return min(months.end_at, self.period.end_at)

    @property
    def in_the_way(self) -> SubscriptionExists:
        """The refusal of a second one beside it."""
        return SubscriptionExists(
            subscription_id=self.id, plan_name=self.plan_name, channel=self.channel
        )

    @property
    def renews_itself(self) -> bool:
        """Say whether no provider stands behind it, because it costs nothing."""
        return self.provider_subscription_id is None

    @property
    def is_free(self) -> bool:
        """Say whether it costs nothing, this period and the next."""
        return self.price_minor == 0

    @property
    def is_in_trial(self) -> bool:
        """Say whether its period is the trial, for which nothing was paid."""
        ends_at = self.course.trial_ends_at
        return ends_at is not None and self.period.start_at < ends_at

    @property
    def due(self) -> Due | None:
        """What time alone does to it next, beside its months and periods, or None."""
        return self.course.due(
            is_trial=self.status is SubscriptionStatus.TRIALING,
            is_paused=self.status is SubscriptionStatus.PAUSED,
            ended_at=None if self.is_live else self.ended_at,
        )

    @property
    def due_at(self) -> datetime | None:
        """When that is, or None."""
        due = self.due
        return None if due is None else due.at

    @property
    def is_entitled(self) -> bool:
        """Say whether its benefits stay: paid, on trial, or overdue within a grace not ended."""
        overdue = self.course.overdue
        is_in_grace = overdue is not None and not overdue.is_ending
        return self.status in _ENTITLED or (self.status is _S.PAST_DUE and is_in_grace)

    def can_become(self, status: SubscriptionStatus) -> bool:
        """Say whether the table allows the move; staying is always allowed."""
        return status is self.status or status in _MOVES[self.status]

    def reason_to_become(self, status: SubscriptionStatus) -> str:
        """Say what lets it move to a status that the table allows."""
        return _MOVES[self.status][status]

    def become(self, status: SubscriptionStatus, now: datetime) -> Subscription:
        """Move to a status that the table allows; anything else is a programmer's mistake."""
        assert self.can_become(status), f"{self.status} to {status}"
        ended_at = now if status not in LIVE and self.is_live else self.ended_at
        return evolve(self, status=status, ended_at=ended_at, course=self._turned(status, now))

    def _turned(self, status: SubscriptionStatus, now: datetime) -> Course:
        if status is self.status:
            return self.course
        # A date to resume at is said before the pause begins, and counts no more when it is over.
        keeps_pause = self.status is not SubscriptionStatus.PAUSED and status in LIVE
        return self.course.turned(
            overdue_since=now if status is SubscriptionStatus.PAST_DUE else None,
            is_paused=keeps_pause,
        )

    def is_reported_since(self, instant: datetime) -> bool:
        """Say whether the provider's newest report is as new as this instant, or newer."""
        return self.reported_at is not None and self.reported_at >= instant

    def is_collected_after(self, instant: datetime) -> bool:
        """Say whether a payment that began a period is newer than this instant."""
        return self.collected_at is not None and self.collected_at > instant

    def is_told_since(self, instant: datetime) -> bool:
        """Say whether what we know of its status is as new as this instant, or newer."""
        is_collected = self.collected_at is not None and self.collected_at >= instant
        return is_collected or self.is_reported_since(instant)

    def renewed(self, period: Period, paid_at: datetime) -> Subscription:
        """Take a further paid period; one no newer than ours changes nothing.

        A payment says that the subscription was active then. Told late, it still brings its
        period, but no longer moves a status that was reported since: nothing ended is revived.

        Where the new period does not begin on a month of the old anchor (after a pause, or a late
        payment that moved the date), months are counted from its start; after a trial they are
        counted from the trial's end.
        """
        if period.start_at <= self.period.start_at:
            return self
        moved = _with_trial_over(self.as_of(period))
        if moved.anchor_at == self.anchor_at:
            # A month that was granted already, in a longer period before, is not granted again.
            granted_to = max(self.credits_from_at, moved.credits_from_at)
            moved = evolve(moved, credits_from_at=granted_to)
        if self.is_told_since(paid_at):
            return moved
        # An end that was announced before the period began was taken back, or it would not be.
        is_ending = self.cancel_at_period_end and self.is_reported_since(period.start_at)
        return evolve(
            moved.become(SubscriptionStatus.ACTIVE, paid_at),
            cancel_at_period_end=is_ending,
            collected_at=paid_at,
        )

    def paying_since(self, instant: datetime) -> Subscription:
        """Note that money came in for what began then; of several, told in any order, the first."""
        earliest = min(instant, self.paying_from_at or instant)
        return evolve(self, paying_from_at=earliest)

    def as_of(self, period: Period) -> Subscription:
        """Return the subscription as it stood when a period began: none of its months granted."""
        start_at = period.start_at
        anchor_at = self._anchor_before(start_at)
        is_on_anchor = add_months(anchor_at, month_of(anchor_at, start_at)) == start_at
        return evolve(
            self,
            period=period,
            anchor_at=anchor_at if is_on_anchor else start_at,
            credits_from_at=start_at,
        )

    def _anchor_before(self, start_at: datetime) -> datetime:
        """Return the anchor that holds for a period, should it begin on a month of it.

        Paid months never count from the first day of a trial, even where it lasted just a month:
        30 days from 31 May end on 30 June, and the next month then ends on 30 July, not the 31st.
        """
        ends_at = self.course.trial_ends_at
        if ends_at is None or not self.is_in_trial:
            return self.anchor_at
        return min(ends_at, start_at)

    def with_end_of(self, period: Period) -> Subscription:
        """Follow a period whose end the provider has moved; a later one comes with its payment.

        The months that were paid for stay the buyer's: an end that would cut them off is not
        followed. Where a subscription does end earlier, its status says so.
        """
        if period.start_at != self.period.start_at or period.end_at < self.paid_until:
            return self
        return evolve(self, period=period, course=self._trial_until(period))

    def _trial_until(self, period: Period) -> Course:
        """Follow a trial whose end the provider has moved: its credits stay as they are."""
        if not self.is_in_trial:
            return self.course
        is_due = self.course.notice_at is not None
        notice_at = self.rules.trial_notice_at(period) if is_due else None
        return evolve(self.course, trial_ends_at=period.end_at, notice_at=notice_at)

    def moved_to(self, plan: Plan, interval: Interval, reference: str) -> Subscription:
        """Be billed for another plan, or for the same at another price of the provider's.

        Months that were granted stay granted once; those that come bring what the new plan does.
        """
        if (plan.id, interval) == (self.plan_id, self.interval):
            return evolve(self, reference=reference)
        return evolve(
            self,
            plan_id=plan.id,
            plan_name=plan.name,
            group=plan.group,
            interval=interval,
            price_minor=plan.price_minor(interval),
            currency=plan.currency,
            credits_per_month=plan.credits_included,
            rules=plan.rules,
            reference=reference,
        )

    def month_due(self, now: datetime) -> Period | None:
        """Return the next month whose credits are due, or None.

        A month's credits are due from its first instant, if the month lies in the paid period
        and the subscription is entitled to them: paid, on trial, or overdue within its grace.
        """
        overdue = self.course.overdue
        if overdue is not None and (
            overdue.grace_ends_at is None or not overdue.leaves_benefits(now)
        ):
            return None
        return self.month_paid(now) if self.is_entitled else None

    @property
    def credits_due_at(self) -> datetime | None:
        """When the next month's credits are due as it stands now, or None if none will be."""
        start_at = self.credits_from_at
        return None if self.month_due(start_at) is None else start_at

    @property
    def credits_until_at(self) -> datetime | None:
        """From when on nothing more is due as it stands now: the end of its grace, or None."""
        overdue = self.course.overdue
        return None if overdue is None else overdue.grace_ends_at

    def month_paid(self, now: datetime) -> Period | None:
        """Return the next month that has begun in the paid period, whatever the status, or None."""
        start_at = self.credits_from_at
        if start_at > now or start_at >= self.paid_until:
            return None
        if self.is_in_trial and start_at > self.period.start_at:
            # A trial that the provider has made longer brings nothing more.
            return None
        if self.is_in_trial:
            # The credits of a trial come once and end with it, so that they never lie beside
            # those of the first month that is paid.
            return Period(start_at, self.period.end_at)
        months = month_of(self.anchor_at, start_at)
        return Period(start_at, add_months(self.anchor_at, months + 1))

    def credits_of(self, month: Period) -> int:
        """Return how many credits a month brings, or the trial where it is that."""
        ends_at = self.course.trial_ends_at
        is_trial = ends_at is not None and month.start_at < ends_at
        return self.course.trial_credits if is_trial else self.credits_per_month

    def month_granted(self, month: Period) -> Subscription:
        """Note that a month's credits have been granted."""
        assert month.start_at == self.credits_from_at
        return evolve(self, credits_from_at=month.end_at)


def _with_trial_over(subscription: Subscription) -> Subscription:
    """End a trial no later than the period that was paid begins: a provider may cut it short."""
    course, began_at = subscription.course, subscription.period.start_at
    if course.trial_ends_at is None or course.trial_ends_at <= began_at:
        return subscription
    return evolve(subscription, course=evolve(course, trial_ends_at=began_at))
