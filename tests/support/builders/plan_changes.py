"""Changes of plan."""

from datetime import datetime, timedelta
from typing import Any

from attrs import evolve

from domain.payments.ids import OrderId
from domain.subscriptions.change import Change, ChangeStatus
from domain.subscriptions.ids import ChangeId, PlanId
from domain.subscriptions.subscription import Subscription
from domain.subscriptions.terms import Terms, terms_of
from tests.support.clock import NOON, fresh_id


def dearer_terms(subscription: Subscription, reference: str | None = "price_dearer") -> Terms:
    """Return a plan at 29.90 with 5,000 credits a month, in the subscription's group."""
    return evolve(
        terms_of(subscription),
        plan_id=PlanId(fresh_id()),
        plan_name="Max",
        price_minor=2990,
        credits_per_month=5000,
        reference=reference,
    )


def a_change(
    subscription: Subscription,
    *,
    status: ChangeStatus = ChangeStatus.SCHEDULED,
    ask_at: datetime | None = None,
    **other: Any,
) -> Change:
    """Return a change to a dearer plan at the end of the subscription's period."""
    made = Change(
        id=ChangeId(fresh_id()),
        subscription_id=subscription.id,
        account_id=subscription.account_id,
        before=terms_of(subscription),
        after=dearer_terms(subscription),
        status=status,
        begins_period=False,
        at=NOON + timedelta(days=10),
        effective_at=subscription.period.end_at,
        month_ends_at=subscription.period.end_at,
        due_minor=0,
        credits=0,
        order_id=OrderId(fresh_id()),
        asked_at=NOON + timedelta(days=10),
        ask_at=ask_at,
    )
    return evolve(made, **other)
