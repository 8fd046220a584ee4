"""How a subscription stands at Creem, as facts in our words."""

from __future__ import annotations

from datetime import datetime

from attrs import evolve

from adapters.providers.creem.marks import order_id_of
from adapters.providers.creem.refusals import unreadable
from adapters.providers.creem.signature import CHANNEL
from adapters.providers.creem.statuses import (
    SCHEDULED_CANCEL,
    interval_of,
    subscription_status_of,
)
from adapters.providers.creem.wire import ProductData, SubscriptionData, id_of, instant_of
from domain.payments.provider_event import ProviderStatus, SubscriptionReported
from domain.period import Interval, Period, add_months


def period_of(subscription: SubscriptionData) -> Period | None:
    """Return the period a subscription says it is in; None if it says none that lasts."""
    return period_between(
        instant_of(subscription.current_period_start_date),
        instant_of(subscription.current_period_end_date),
    )


def subscription_reported(
    subscription: SubscriptionData, told_at: datetime
) -> SubscriptionReported:
    """Return how a subscription stands, as of its own last change where it says when that was.

    Where it tells no period that lasts, the period runs from its start to the next payment.
    """
    return SubscriptionReported(
        channel=CHANNEL,
        provider_subscription_id=subscription.id,
        status=subscription_status_of(subscription.status),
        period=period_of(subscription) or _likely_period(subscription),
        cancel_at_period_end=subscription.status == SCHEDULED_CANCEL,
        as_of=instant_of(subscription.updated_at) or told_at,
        reference=id_of(subscription.product),
        bears_our_mark=order_id_of(subscription.metadata) is not None,
    )


def reported_as_of(asked_at: datetime, subscription: SubscriptionData) -> SubscriptionReported:
    """Return how a subscription stands that was asked for at an instant, which it holds for."""
    told = subscription_reported(subscription, asked_at)
    return evolve(told, as_of=max(told.as_of, asked_at))


def run_out(subscription: SubscriptionData, told_at: datetime) -> SubscriptionReported:
    """Return how a subscription stands of which Creem says that its period is over.

    Creem leaves the status as it was, and touches nothing else: a payment is overdue, and may yet
    come. If it has come by now, the period is a later one, and nothing is overdue.
    """
    told = subscription_reported(subscription, told_at)
    end_at = instant_of(subscription.current_period_end_date)
    is_over = end_at is not None and end_at <= told_at
    if not is_over or told.status not in {ProviderStatus.ACTIVE, ProviderStatus.TRIALING}:
        return told
    return evolve(told, status=ProviderStatus.PAST_DUE, as_of=told_at)


def period_between(start_at: datetime | None, end_at: datetime | None) -> Period | None:
    """Return the period between two instants, or None if there is none that lasts."""
    if start_at is None or end_at is None or end_at <= start_at:
        return None
    return Period(start_at, end_at)


def _likely_period(subscription: SubscriptionData) -> Period:
    start_at = instant_of(subscription.current_period_start_date) or instant_of(
        subscription.created_at
    )
    if start_at is None:
        raise unreadable("a subscription does not say since when it runs")
    next_at = instant_of(subscription.next_transaction_date)
    if next_at is not None and next_at > start_at:
        return Period(start_at, next_at)
    product = subscription.product
    interval = interval_of(product) if isinstance(product, ProductData) else None
    return Period(start_at, add_months(start_at, (interval or Interval.MONTHLY).months))
