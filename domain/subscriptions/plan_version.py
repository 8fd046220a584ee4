"""What a plan was sold as, from one edit to the next, and who is on which version of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from attrs import evolve, field, frozen

from domain.amount import positive
from domain.subscriptions.catalogue import Plan
from domain.subscriptions.comp import is_given
from domain.subscriptions.errors import IntervalNotOffered
from domain.subscriptions.subscription import Subscription
from domain.subscriptions.terms import Terms, terms_of


@frozen(kw_only=True)
class PlanVersion:
    """A plan as it was published, and by whom; the first version is 1.

    Subscribers keep what they bought. A version is never changed and never deleted.
    """

    plan: Plan
    number: int = field(validator=positive)
    published_at: datetime
    published_by: str

    def sold(self, subscription: Subscription) -> bool:
        """Say whether a subscription is for this very version, as far as what was agreed upon."""
        terms = terms_today(self.plan, subscription)
        return terms is not None and evolve(terms, reference=None) == evolve(
            terms_of(subscription), reference=None
        )


def version_sold(subscription: Subscription, newest_first: Iterable[PlanVersion]) -> int | None:
    """Return the newest version that a subscription may have been sold from, or None."""
    found = (version.number for version in newest_first if version.sold(subscription))
    return next(found, None)


def terms_today(plan: Plan, subscription: Subscription) -> Terms | None:
    """Return what the plan is at the subscription's interval, or None where it is not offered.

    What was given away costs nothing, whatever the plan does.
    """
    try:
        price_minor = plan.price_minor(subscription.interval)
    except IntervalNotOffered:
        return None
    return Terms(
        plan_id=plan.id,
        plan_name=plan.name,
        group=plan.group,
        interval=subscription.interval,
        price_minor=0 if is_given(subscription) else price_minor,
        currency=plan.currency,
        credits_per_month=plan.credits_included,
        rules=plan.rules,
    )
