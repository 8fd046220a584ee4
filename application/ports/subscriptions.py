"""The collections of the subscriptions area."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from attrs import frozen

from application.ports.paging import Page, PageRequest
from domain.credits.ids import AccountId
from domain.payments.ids import Channel
from domain.period import Interval
from domain.subscriptions.catalogue import Pack, Plan
from domain.subscriptions.ids import PackId, PlanId, SubscriptionId
from domain.subscriptions.subscription import Subscription, SubscriptionStatus


class Plans(Protocol):
    """Plans, as they are sold today."""

    async def add(self, plan: Plan) -> None:
        """Keep a new plan."""
        ...

    async def save(self, plan: Plan) -> None:
        """Replace a plan. Raises PlanNotFound."""
        ...

    async def get(self, plan_id: PlanId) -> Plan:
        """Return the plan. Raises PlanNotFound."""
        ...

    async def page(self, request: PageRequest, *, only_on_sale: bool = False) -> Page[Plan]:
        """Return plans, oldest first (the order they were entered in)."""
        ...

    async def sold_as(self, channel: Channel, reference: str) -> tuple[Plan, Interval] | None:
        """Return the plan and the interval that a provider knows under this id, or None.

        Off sale or not; of several, the one that was entered first.
        """
        ...


class Packs(Protocol):
    """Credit packs, as they are sold today."""

    async def add(self, pack: Pack) -> None:
        """Keep a new pack."""
        ...

    async def save(self, pack: Pack) -> None:
        """Replace a pack. Raises PackNotFound."""
        ...

    async def get(self, pack_id: PackId) -> Pack:
        """Return the pack. Raises PackNotFound."""
        ...

    async def page(self, request: PageRequest, *, only_on_sale: bool = False) -> Page[Pack]:
        """Return packs, oldest first."""
        ...


@frozen(kw_only=True)
class SubscriptionFilter:
    """Which subscriptions an admin's list holds; None means all."""

    account_id: AccountId | None = None
    plan_id: PlanId | None = None
    status: SubscriptionStatus | None = None


@frozen(kw_only=True)
class Holders:
    """The live subscriptions of a plan that were sold on the same terms: how many, and one."""

    one_of_them: Subscription
    subscriptions: int


class Subscriptions(Protocol):
    """All subscriptions."""

    async def add(self, subscription: Subscription) -> None:
        """Keep a new one. At most one live per account and group (SubscriptionExists)."""
        ...

    async def save(self, subscription: Subscription) -> None:
        """Keep one that was taken in this unit of work."""
        ...

    async def find(self, subscription_id: SubscriptionId) -> Subscription:
        """Return one, unlocked. Raises SubscriptionNotFound."""
        ...

    async def take(self, subscription_id: SubscriptionId) -> Subscription:
        """Return one, locked until the unit ends. Raises SubscriptionNotFound."""
        ...

    async def find_at_provider(self, channel: Channel, reference: str) -> Subscription | None:
        """Return the one a provider knows under this id, unlocked."""
        ...

    async def current(self, account_id: AccountId) -> Subscription | None:
        """Return the account's live subscription (the newest of several), else None."""
        ...

    async def current_of(
        self, account_ids: Sequence[AccountId]
    ) -> Mapping[AccountId, Subscription]:
        """Return the same for several accounts at once; one that has none is left out."""
        ...

    async def of_account(self, account_id: AccountId, limit: int) -> Sequence[Subscription]:
        """Return an account's subscriptions, newest first, those that have ended included."""
        ...

    async def live_of(self, account_id: AccountId, limit: int) -> Sequence[Subscription]:
        """Return the account's live subscriptions, one for each group, newest first, unlocked."""
        ...

    async def search(self, where: SubscriptionFilter, request: PageRequest) -> Page[Subscription]:
        """Return subscriptions of all accounts, newest first, without offset or total."""
        ...

    async def holders(self, plan_id: PlanId, limit: int) -> Sequence[Holders]:
        """Return a plan's live subscriptions by their terms, those most held first."""
        ...

    async def live_in_group(self, account_id: AccountId, group: str) -> Subscription | None:
        """Return the account's live subscription in a plan group, else None."""
        ...

    async def credits_due(self, now: datetime, limit: int) -> Sequence[SubscriptionId]:
        """Return those that have a month of credits due, the longest due first, and no other.

        One that comes here and cannot be brought up would come first every time.
        """
        ...

    async def live_at_provider(
        self,
        channel: Channel,
        after: SubscriptionId | None,
        limit: int,
        unheard_since: datetime | None = None,
    ) -> Sequence[Subscription]:
        """Return the next live ones that a channel's provider knows, in id order, unlocked.

        With an instant, those alone of which the provider has said nothing since.
        """
        ...

    async def live_among(
        self, channel: Channel, references: Sequence[str]
    ) -> Sequence[Subscription]:
        """Return the live ones that a channel's provider knows by these ids, unlocked."""
        ...

    async def time_due(self, now: datetime, limit: int) -> Sequence[SubscriptionId]:
        """Return those whose `due_at` has come, the longest due first."""
        ...

    async def period_over(self, now: datetime, limit: int) -> Sequence[SubscriptionId]:
        """Return live ones without a provider whose paid period has ended."""
        ...
