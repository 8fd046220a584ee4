"""The use cases of a subscription's life, each over what the container has made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from application.subscriptions.comp_subscription import CompingSubscription
from application.subscriptions.keep_time import KeepingTime

if TYPE_CHECKING:
    from entrypoints.container import Container


@frozen(kw_only=True)
class SubscriptionLife:
    """What time alone does to subscriptions, and what is given without payment."""

    keep_time: KeepingTime
    comp_subscription: CompingSubscription


def subscription_life_of(made: Container) -> SubscriptionLife:
    """Return the use cases."""
    return SubscriptionLife(
        keep_time=KeepingTime(
            begin=made.begin(),
            read=made.read(),
            providers=made.payment_providers(),
            dunning=made.settings().lives.dunning,
            clock=made.clock(),
            new_id=made.new_id(),
            alarm=made.alarm(),
        ),
        comp_subscription=CompingSubscription(
            begin=made.begin(), clock=made.clock(), new_id=made.new_id()
        ),
    )
