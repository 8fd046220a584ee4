"""Refusals of a change of plan."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from attrs import frozen

from domain.errors import Conflict, Rejected
from domain.subscriptions.ids import PlanId, SubscriptionId


@frozen(kw_only=True)
class QuoteRefused(Rejected):
    """What was presented is no quote of ours for this account, or it was altered on its way."""

    code: ClassVar[str] = "quote_invalid"

    def __str__(self) -> str:
        return "This is no valid quote for this account; ask for a new preview."


@frozen(kw_only=True)
class QuoteExpired(Conflict):
    """A quote holds for some minutes, and they are over."""

    code: ClassVar[str] = "quote_expired"
    expired_at: datetime

    def __str__(self) -> str:
        return "This quote has expired; ask for a new preview."


@frozen(kw_only=True)
class QuoteOutdated(Conflict):
    """The subscription has changed since it was quoted for, so that the quote no longer fits."""

    code: ClassVar[str] = "quote_outdated"
    subscription_id: SubscriptionId

    def __str__(self) -> str:
        return "The subscription has changed since this quote was made; ask for a new preview."


@frozen(kw_only=True)
class QuotesNotConfigured(Rejected):
    """There is no secret to sign quotes with."""

    code: ClassVar[str] = "quotes_not_configured"

    def __str__(self) -> str:
        return "Plans cannot be changed here: the service has no secret to sign quotes with."


@frozen(kw_only=True)
class AlreadyOnPlan(Conflict):
    """The subscription is for this plan at this interval, and no change is waiting."""

    code: ClassVar[str] = "already_on_plan"
    plan_id: PlanId

    def __str__(self) -> str:
        return "The subscription is for this plan already."


@frozen(kw_only=True)
class ChangeUnderWay(Conflict):
    """A change of plan is being carried out; how it ends has to be known before another begins."""

    code: ClassVar[str] = "change_under_way"
    subscription_id: SubscriptionId

    def __str__(self) -> str:
        return "A change of plan is under way; ask again when it is done."


@frozen(kw_only=True)
class ChangeNotOffered(Rejected):
    """Between these two plans nobody can change; one ends, and the other is bought."""

    code: ClassVar[str] = "change_not_offered"
    plan_id: PlanId
    problem: str

    def __str__(self) -> str:
        return f"A change to this plan is not offered: {self.problem}."
