"""What a change of plan would mean, as it is quoted: what is shown is what is done."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from enum import Enum
from fractions import Fraction

from attrs import frozen

from domain.credits.ids import AccountId
from domain.payments.ids import OrderId
from domain.period import Interval, Period, add_months, month_of, period_after
from domain.subscriptions.change import LEAD, Change, ChangeStatus, Timing
from domain.subscriptions.change_errors import (
    AlreadyOnPlan,
    ChangeNotOffered,
    ChangeUnderWay,
    QuoteExpired,
)
from domain.subscriptions.errors import NotPossibleNow
from domain.subscriptions.ids import ChangeId, SubscriptionId
from domain.subscriptions.reckoning import Reckoning
from domain.subscriptions.subscription import Subscription, SubscriptionStatus
from domain.subscriptions.terms import Terms

QUOTE_LIFE = timedelta(minutes=15)


class Direction(Enum):
    """What a change is to its buyer. To stay is to take back a change that is waiting."""

    UPGRADE = "upgrade"
    DOWNGRADE = "downgrade"
    STAY = "stay"


@frozen(kw_only=True)
class ChangeRules:
    """When a change comes into force, unless what it takes is not there."""

    upgrade: Timing = Timing.NOW
    downgrade: Timing = Timing.AT_PERIOD_END


@frozen(kw_only=True)
class Quote:
    """A change of plan as it was offered, until `expires_at`.

    `id` is the change's own, so that one quote makes one change. `state` is how the subscription
    stood. `due_minor` is what it costs now, of which the customer's balance with the provider pays
    `from_balance_minor`. `credits` come or go now. `left` is how much of the paid period is still
    to come. `is_exact` says that the provider itself reckoned what is due. `reckoning` says how the
    sums come about of a change at once; one that waits for the period's end has none.
    """

    id: ChangeId
    order_id: OrderId
    account_id: AccountId
    subscription_id: SubscriptionId
    state: str
    before: Terms
    after: Terms
    direction: Direction
    when: Timing
    at: datetime
    effective_at: datetime
    month_ends_at: datetime
    due_minor: int
    from_balance_minor: int
    credits: int
    taken_back: int
    left: Fraction
    begins_period: bool
    is_exact: bool
    expires_at: datetime
    reckoning: Reckoning | None = None

    @property
    def next_payment_at(self) -> datetime | None:
        """When the new plan is paid for next, at its price; None where it costs nothing.

        As the running period ends, or the one that the change begins.
        """
        if self.after.price_minor == 0:
            return None
        if self.begins_period:
            begins_at = self.effective_at
            return period_after(begins_at, begins_at, self.after.interval).end_at
        # What waits for the period's end, or takes back what did, has no month to end before it.
        return self.month_ends_at if self.reckoning is None else self.reckoning.period.end_at

    def check_life(self, now: datetime) -> None:
        """Raise QuoteExpired once its time is over."""
        if self.expires_at <= now:
            raise QuoteExpired(expired_at=self.expires_at)

    def change(self, now: datetime, *, has_provider: bool) -> Change:
        """Return the change that it leads to, not carried out yet."""
        is_now = self.when is Timing.NOW
        ask_at = now if is_now else self.effective_at - LEAD
        return Change(
            id=self.id,
            subscription_id=self.subscription_id,
            account_id=self.account_id,
            before=self.before,
            after=self.after,
            status=ChangeStatus.REQUESTED if is_now else ChangeStatus.SCHEDULED,
            begins_period=self.begins_period,
            at=self.at,
            effective_at=self.effective_at,
            month_ends_at=self.month_ends_at,
            due_minor=self.due_minor,
            credits=self.credits,
            taken_back=self.taken_back,
            reckoning=self.reckoning,
            order_id=self.order_id,
            asked_at=now,
            ask_at=max(now, ask_at) if has_provider else None,
        )


def direction_of(subscription: Subscription, after: Terms) -> Direction:
    """Return what a change is: an upgrade costs more, or the same and brings no less.

    A longer interval of a plan that brings no fewer credits is an upgrade as well, and a shorter
    one always a downgrade: whoever has paid for a year keeps it to its end.
    """
    if after.is_plan_of(subscription):
        return Direction.STAY
    brings_no_less = after.credits_per_month >= subscription.credits_per_month
    if after.interval is not subscription.interval:
        is_up = after.interval is Interval.YEARLY and brings_no_less
    elif after.price_minor == subscription.price_minor:
        is_up = brings_no_less
    else:
        is_up = after.price_minor > subscription.price_minor
    return Direction.UPGRADE if is_up else Direction.DOWNGRADE


def when_of(direction: Direction, rules: ChangeRules, before: Terms, after: Terms) -> Timing:
    """Return when a change is to come into force: a shorter interval never before its time."""
    match direction:
        case Direction.STAY:
            return Timing.NOW
        case Direction.UPGRADE:
            return rules.upgrade
        case Direction.DOWNGRADE:
            is_shorter = after.interval.months < before.interval.months
            return Timing.AT_PERIOD_END if is_shorter else rules.downgrade


def check_change(
    subscription: Subscription, waiting: Change | None, after: Terms, now: datetime
) -> None:
    """Refuse what cannot be as the subscription stands.

    Raises NotPossibleNow, ChangeUnderWay, AlreadyOnPlan, ChangeNotOffered.
    """
    problem = obstacle_to_change(subscription)
    if problem is None and subscription.period.end_at <= now:
        problem = "its next period is about to begin"
    if problem is not None:
        raise NotPossibleNow(
            subscription_id=subscription.id,
            status=subscription.status.value,
            problem=problem,
        )
    if waiting is not None and waiting.status is not ChangeStatus.SCHEDULED:
        raise ChangeUnderWay(subscription_id=subscription.id)
    if after.is_plan_of(subscription):
        if waiting is None or waiting.by_seller:
            raise AlreadyOnPlan(plan_id=after.plan_id)
        return
    _check_offer(subscription, after)


_NOT_YET: dict[SubscriptionStatus, str] = {
    SubscriptionStatus.INCOMPLETE: "its first payment is still open",
    SubscriptionStatus.TRIALING: "its trial has to end first",
    SubscriptionStatus.PAST_DUE: "a payment is overdue, and has to be settled first",
    SubscriptionStatus.PAUSED: "it is paused: resume it first",
    SubscriptionStatus.CANCELED: "it has ended, and an end is for ever",
    SubscriptionStatus.EXPIRED: "it has ended, and an end is for ever",
}


def obstacle_to_change(subscription: Subscription) -> str | None:
    """Say what has to come first before its plan can be changed at all, or None if nothing has."""
    if subscription.status is not SubscriptionStatus.ACTIVE:
        return _NOT_YET[subscription.status]
    if subscription.cancel_at_period_end:
        return "it is to end with its period: take that back first"
    return None


def _check_offer(subscription: Subscription, after: Terms) -> None:
    problem = None
    if after.currency != subscription.currency:
        problem = "it is sold in another currency"
    elif after.group != subscription.group:
        problem = "it is of another group, which is a subscription of its own"
    elif subscription.renews_itself and after.price_minor > 0:
        problem = "nothing is collected for the present one: buy it, and the free one gives way"
    elif not subscription.renews_itself and after.price_minor == 0:
        problem = "it costs nothing: cancel the present one, and take it when that has ended"
    if problem is not None:
        raise ChangeNotOffered(plan_id=after.plan_id, problem=problem)


def state_of(subscription: Subscription, waiting: Change | None) -> str:
    """Return how a subscription stands as far as a quote depends on it, as a short text.

    What the provider merely says again changes nothing in it.
    """
    parts: tuple[object, ...] = (
        subscription.plan_id,
        subscription.interval.value,
        subscription.price_minor,
        subscription.credits_per_month,
        subscription.status.value,
        subscription.cancel_at_period_end,
        _times(subscription.period),
        subscription.anchor_at.isoformat(),
        subscription.order_id,
        None if waiting is None else (waiting.id, waiting.status.value),
    )
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def _times(period: Period) -> tuple[str, str]:
    return period.start_at.isoformat(), period.end_at.isoformat()


def running_month(subscription: Subscription, at: datetime) -> Period | None:
    """Return the month whose lot of credits runs at an instant of the paid period, or None.

    A period that runs some days longer than its months was paid for its months alone.
    """
    if not subscription.period.start_at <= at < subscription.paid_until:
        return None
    months = month_of(subscription.anchor_at, at)
    anchor = subscription.anchor_at
    return Period(add_months(anchor, months), add_months(anchor, months + 1))
