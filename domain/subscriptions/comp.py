"""A subscription given without payment: it renews itself, and ends when it was said to."""

from __future__ import annotations

from datetime import datetime, timedelta

from attrs import evolve

from domain.errors import InvalidField
from domain.payments.ids import Channel
from domain.period import Period, period_after
from domain.subscriptions.subscription import Subscription

COMP = Channel("comp")
"""The channel of what was given: no provider is asked for anything."""

COMP_MAX = timedelta(days=3660)


def check_until(until: datetime | None, now: datetime) -> None:
    """Refuse an end that does not lie ahead, or too far. Raises InvalidField."""
    if until is not None and not now < until <= now + COMP_MAX:
        problem = f"must lie ahead, by {COMP_MAX.days} days at most"
        raise InvalidField(path="until", problem=problem)


def is_given(subscription: Subscription) -> bool:
    """Say whether a subscription was given without payment."""
    return subscription.channel == COMP


def until(subscription: Subscription, ends_at: datetime | None) -> Subscription:
    """Let a given subscription end at an instant, or go on; its period is cut off there.

    Credits that were granted stay until the end of their month.
    """
    start_at = subscription.period.start_at
    whole = period_after(subscription.anchor_at, start_at, subscription.interval)
    return within_until(
        evolve(
            subscription,
            period=whole,
            cancel_at_period_end=False,
            course=evolve(subscription.course, until=ends_at),
        )
    )


def within_until(subscription: Subscription) -> Subscription:
    """Return a subscription whose period does not outlast the instant it was given until."""
    ends_at, period = subscription.course.until, subscription.period
    if ends_at is None or period.end_at < ends_at:
        return subscription
    cut = Period(period.start_at, ends_at)
    return evolve(subscription, period=cut, cancel_at_period_end=True)
