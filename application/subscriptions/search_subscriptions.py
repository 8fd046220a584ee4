"""Read subscriptions of all accounts, and how one of them came to stand as it does."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from application.ports.paging import Page, PageRequest
from application.ports.subscriptions import SubscriptionFilter
from application.ports.unit_of_work import BeginRead
from application.subscriptions.steps.plan_versions_held import HeldVersion, version_held
from application.subscriptions.steps.subscription_history import target_of
from domain.access.audit import AuditEntry
from domain.subscriptions.change import Change
from domain.subscriptions.ids import SubscriptionId
from domain.subscriptions.subscription import Subscription

HISTORY_MAX = 100


@frozen(kw_only=True)
class SearchSubscriptions:
    """Ask for a page of all accounts' subscriptions that a filter lets through."""

    where: SubscriptionFilter
    page: PageRequest


@frozen(kw_only=True)
class SearchingSubscriptions:
    """Read across accounts, newest first, for admins."""

    read: BeginRead

    async def __call__(self, command: SearchSubscriptions) -> Page[Subscription]:
        async with self.read() as work:
            return await work.subscriptions.search(command.where, command.page)


@frozen(kw_only=True)
class InspectSubscription:
    """Ask for any account's subscription with its history."""

    subscription_id: SubscriptionId


@frozen(kw_only=True)
class SubscriptionInspected:
    """A subscription, and the last hundred lines of the audit log about it, newest first.

    `change` is the change of its plan that is open, if there is one. `version` is the version of
    its plan that it holds.
    """

    subscription: Subscription
    version: HeldVersion | None
    change: Change | None
    history: Sequence[AuditEntry]


@frozen(kw_only=True)
class InspectingSubscription:
    """Return the subscription for an admin. Refusals: SubscriptionNotFound."""

    read: BeginRead

    async def __call__(self, command: InspectSubscription) -> SubscriptionInspected:
        async with self.read() as work:
            subscription = await work.subscriptions.find(command.subscription_id)
            version = await version_held(work, subscription)
            change = await work.plan_changes.open_of(subscription.id)
            history = await work.audit_log.of_target(target_of(subscription.id), HISTORY_MAX)
        return SubscriptionInspected(
            subscription=subscription, version=version, change=change, history=history
        )
