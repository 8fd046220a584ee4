"""Which subscription is meant: the one that is named, or the only live one of the account."""

from __future__ import annotations

from application.ports.unit_of_work import UnitOfWork
from domain.credits.ids import AccountId
from domain.subscriptions.errors import SubscriptionNotFound, SubscriptionNotNamed
from domain.subscriptions.ids import SubscriptionId
from domain.subscriptions.subscription import Subscription

_LIVE_MAX = 100


async def subscription_meant(
    work: UnitOfWork, account_id: AccountId | None, subscription_id: SubscriptionId | None
) -> Subscription:
    """Return the subscription that is meant, unlocked.

    An account gets at its own alone; an admin, who names no account, at anybody's. Raises
    SubscriptionNotFound, SubscriptionNotNamed.
    """
    if subscription_id is not None:
        subscription = await work.subscriptions.find(subscription_id)
        if account_id not in (None, subscription.account_id):
            raise SubscriptionNotFound
        return subscription
    assert account_id is not None, "an admin names the subscription"
    live = await work.subscriptions.live_of(account_id, _LIVE_MAX)
    if not live:
        raise SubscriptionNotFound
    if len(live) > 1:
        raise SubscriptionNotNamed(subscription_ids=tuple(each.id for each in live))
    return live[0]
