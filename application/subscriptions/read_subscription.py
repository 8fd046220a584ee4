"""Read an account's subscription."""

from __future__ import annotations

from attrs import frozen

from application.ports.unit_of_work import BeginRead
from domain.credits.ids import AccountId
from domain.subscriptions.change import Change
from domain.subscriptions.subscription import Subscription


@frozen(kw_only=True)
class ReadSubscription:
    """Ask for the live subscription of an account."""

    account_id: AccountId


@frozen(kw_only=True)
class SubscriptionRead:
    """The subscription, and the change of its plan that is open, if there is one."""

    subscription: Subscription
    change: Change | None


@frozen(kw_only=True)
class ReadingSubscription:
    """Return the live subscription, or None."""

    read: BeginRead

    async def __call__(self, command: ReadSubscription) -> SubscriptionRead | None:
        async with self.read() as work:
            found = await work.subscriptions.current(command.account_id)
            if found is None:
                return None
            change = await work.plan_changes.open_of(found.id)
        return SubscriptionRead(subscription=found, change=change)
