"""Changes of plan and versions of plans: the collections, and the seal on what is quoted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from application.ports.paging import Page, PageRequest
from domain.subscriptions.change import Change
from domain.subscriptions.ids import ChangeId, PlanId, SubscriptionId
from domain.subscriptions.plan_version import PlanVersion
from domain.subscriptions.quote import Quote


class PlanChanges(Protocol):
    """All changes of plan that were ever asked for; a subscription has at most one open."""

    async def add(self, change: Change) -> None:
        """Keep a new one. Raises ChangeUnderWay beside another open one of the subscription."""
        ...

    async def save(self, change: Change) -> None:
        """Keep one that was taken in this unit of work."""
        ...

    async def find(self, change_id: ChangeId) -> Change | None:
        """Return one, unlocked, or None."""
        ...

    async def take(self, change_id: ChangeId) -> Change | None:
        """Return one, locked until the unit ends, or None; its subscription is taken before it."""
        ...

    async def open_of(self, subscription_id: SubscriptionId) -> Change | None:
        """Return the subscription's open one, unlocked, or None."""
        ...

    async def open_among(self, subscription_ids: Sequence[SubscriptionId]) -> Sequence[Change]:
        """Return the open ones of several subscriptions, unlocked."""
        ...

    async def of_subscription(
        self, subscription_id: SubscriptionId, limit: int
    ) -> Sequence[Change]:
        """Return a subscription's changes, newest first, unlocked."""
        ...

    async def to_ask_about(self, now: datetime, limit: int) -> Sequence[ChangeId]:
        """Return open ones about which a provider is to be asked by now, the longest due first."""
        ...


class PlanVersions(Protocol):
    """Every version of every plan, in the order they were published."""

    async def add(self, version: PlanVersion) -> None:
        """Keep a version. Raises WriteRefused if there is one of this number already."""
        ...

    async def latest(self, plan_id: PlanId) -> PlanVersion | None:
        """Return a plan's newest version, or None."""
        ...

    async def newest_numbers(self, plan_ids: Sequence[PlanId]) -> Mapping[PlanId, int]:
        """Return the number of each plan's newest version; one that has none is left out."""
        ...

    async def page(self, plan_id: PlanId, request: PageRequest) -> Page[PlanVersion]:
        """Return a plan's versions, newest first."""
        ...


class QuoteSeal(Protocol):
    """Puts the service's seal on a quote, so that it may be handed to whoever asked for it."""

    def seal(self, quote: Quote) -> str:
        """Return the quote as an opaque text. Raises QuotesNotConfigured."""
        ...

    def open(self, text: str) -> Quote:
        """Return the quote that a text holds. Raises QuoteRefused if it is not as it was sealed.

        Raises QuotesNotConfigured.
        """
        ...
