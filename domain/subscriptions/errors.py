"""Refusals of the subscriptions area."""

from __future__ import annotations

from typing import ClassVar

from attrs import frozen

from domain.errors import Conflict, NotFound, Rejected
from domain.payments.ids import Channel
from domain.period import Interval
from domain.subscriptions.ids import PackId, PlanId, SubscriptionId


@frozen(kw_only=True)
class PlanNotFound(NotFound):
    """There is no such plan."""

    code: ClassVar[str] = "plan_not_found"
    plan_id: PlanId

    def __str__(self) -> str:
        return "There is no such plan."


@frozen(kw_only=True)
class PackNotFound(NotFound):
    """There is no such credit pack."""

    code: ClassVar[str] = "pack_not_found"
    pack_id: PackId

    def __str__(self) -> str:
        return "There is no such credit pack."


@frozen(kw_only=True)
class NotOnSale(Conflict):
    """The plan or pack exists but is not sold at the moment."""

    code: ClassVar[str] = "not_on_sale"
    item_id: str

    def __str__(self) -> str:
        return "This is not on sale at the moment."


@frozen(kw_only=True)
class IntervalNotOffered(Rejected):
    """The plan has no price for this interval."""

    code: ClassVar[str] = "interval_not_offered"
    plan_id: PlanId
    interval: Interval

    def __str__(self) -> str:
        return f"This plan has no {self.interval.value} price."


@frozen(kw_only=True)
class SubscriptionExists(Conflict):
    """The account already has a live subscription in the plan's group, at whatever channel."""

    code: ClassVar[str] = "subscription_exists"
    subscription_id: SubscriptionId
    plan_name: str
    channel: Channel

    def __str__(self) -> str:
        return (
            f"A subscription to '{self.plan_name}' is live already (at {self.channel}); "
            "change its plan, or let it end, instead of buying a second one."
        )


@frozen(kw_only=True)
class SubscriptionRequired(Conflict):
    """The pack is an add-on, for subscribers of a plan group alone."""

    code: ClassVar[str] = "subscription_required"
    pack_id: PackId
    group: str

    def __str__(self) -> str:
        return "This is an add-on: it needs a subscription, paid or on trial."


@frozen(kw_only=True)
class NotPossibleNow(Conflict):
    """As the subscription stands, what was asked for cannot be done."""

    code: ClassVar[str] = "subscription_state"
    subscription_id: SubscriptionId
    status: str
    problem: str

    def __str__(self) -> str:
        return f"This cannot be done: {self.problem}."


@frozen(kw_only=True)
class SubscriptionNotNamed(Rejected):
    """The account has several live subscriptions, so the one that is meant has to be named."""

    code: ClassVar[str] = "subscription_not_named"
    subscription_ids: tuple[SubscriptionId, ...]

    def __str__(self) -> str:
        return "There are several live subscriptions; say which by its subscription_id."


@frozen(kw_only=True)
class SubscriptionNotFound(NotFound):
    """The account has no such subscription."""

    code: ClassVar[str] = "subscription_not_found"

    def __str__(self) -> str:
        return "There is no such subscription."
