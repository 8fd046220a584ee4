"""What a subscription was sold as, apart from how it stands: what a change of plan exchanges."""

from __future__ import annotations

from attrs import evolve, field, frozen

from domain.amount import not_negative
from domain.period import Interval
from domain.subscriptions.catalogue import Plan
from domain.subscriptions.ids import PlanId
from domain.subscriptions.plan_rules import PLAIN_RULES, PlanRules
from domain.subscriptions.proration import Rates
from domain.subscriptions.subscription import Subscription


@frozen(kw_only=True)
class Terms:
    """A plan at an interval as it is sold to somebody: its price in minor units, its credits.

    `reference` is what the provider calls it; None where no provider stands behind it.
    """

    plan_id: PlanId
    plan_name: str
    group: str
    interval: Interval
    price_minor: int = field(validator=not_negative)
    currency: str
    credits_per_month: int = field(validator=not_negative)
    reference: str | None = None
    rules: PlanRules = PLAIN_RULES

    @property
    def rates(self) -> Rates:
        """What moves in proportion to time."""
        return Rates(price_minor=self.price_minor, credits=self.credits_per_month)

    @property
    def name(self) -> str:
        """What a person calls it."""
        return f"{self.plan_name} {self.interval.value}"

    def is_plan_of(self, subscription: Subscription) -> bool:
        """Say whether a subscription is for this very plan and interval already."""
        return (self.plan_id, self.interval) == (subscription.plan_id, subscription.interval)


def terms_of(subscription: Subscription) -> Terms:
    """Return what a subscription was sold as."""
    return Terms(
        plan_id=subscription.plan_id,
        plan_name=subscription.plan_name,
        group=subscription.group,
        interval=subscription.interval,
        price_minor=subscription.price_minor,
        currency=subscription.currency,
        credits_per_month=subscription.credits_per_month,
        reference=subscription.reference,
        rules=subscription.rules,
    )


def terms_sold(plan: Plan, interval: Interval, reference: str | None) -> Terms:
    """Return what a plan is sold as today. Raises NotOnSale, IntervalNotOffered."""
    line = plan.line(interval)
    return Terms(
        plan_id=plan.id,
        plan_name=line.name,
        group=plan.group,
        interval=interval,
        price_minor=line.price_minor,
        currency=line.currency,
        credits_per_month=line.credits,
        reference=reference,
        rules=plan.rules,
    )


def on_terms(subscription: Subscription, terms: Terms) -> Subscription:
    """Return the subscription as one for something else; months that were granted stay granted."""
    return evolve(
        subscription,
        plan_id=terms.plan_id,
        plan_name=terms.plan_name,
        group=terms.group,
        interval=terms.interval,
        price_minor=terms.price_minor,
        currency=terms.currency,
        credits_per_month=terms.credits_per_month,
        reference=terms.reference,
        rules=terms.rules,
    )
