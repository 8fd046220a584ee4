"""Ids of the subscriptions area."""

from typing import NewType

PlanId = NewType("PlanId", str)
PackId = NewType("PackId", str)
SubscriptionId = NewType("SubscriptionId", str)
ChangeId = NewType("ChangeId", str)
