"""Grant the monthly credits that have become due, and renew what costs nothing."""

from __future__ import annotations

from datetime import datetime

from attrs import frozen

from application.events.steps.raised_events import raise_subscription
from application.one_by_one import one_by_one
from application.ports.system import Clock, NewId
from application.ports.unit_of_work import BeginRead, BeginWork
from application.subscriptions.steps.monthly_credits import grant_months_due
from application.subscriptions.steps.plan_change_effects import apply_at_end
from application.subscriptions.steps.subscription_history import BY_TIME, note_move
from application.wallets.granting import Granting, begin_granting
from application.worked_on import note
from domain.period import period_after
from domain.subscriptions.comp import within_until
from domain.subscriptions.ids import SubscriptionId
from domain.subscriptions.subscription import Subscription, SubscriptionStatus


@frozen(kw_only=True)
class IssueDueCredits:
    """Look at no more than so many subscriptions of each kind."""

    subscriptions_max: int = 200


@frozen(kw_only=True)
class DueCreditsIssued:
    """How many subscriptions were changed; one that another process had brought up does not count.

    `looked_at` is how many were due; fewer than asked for means that none is left.
    """

    subscriptions: int
    looked_at: int


@frozen(kw_only=True)
class IssuingDueCredits:
    """Bring subscriptions up to now, each in its own unit of work.

    A provider's event is what renews a paid plan; this renews plans that no provider stands
    behind, and grants the later months of a period that was paid at once.
    """

    begin: BeginWork
    read: BeginRead
    clock: Clock
    new_id: NewId

    async def __call__(self, command: IssueDueCredits) -> DueCreditsIssued:
        now = self.clock()
        async with self.read() as work:
            over = await work.subscriptions.period_over(now, command.subscriptions_max)
            due = await work.subscriptions.credits_due(now, command.subscriptions_max)
        chosen = dict.fromkeys((*over, *due))
        changed = await one_by_one(chosen, self._bring_up)
        return DueCreditsIssued(subscriptions=sum(changed), looked_at=len(chosen))

    async def _bring_up(self, subscription_id: SubscriptionId) -> bool:
        """Bring one up to now; say whether anything was left to do."""
        note("subscription_id", subscription_id)
        async with self.begin() as work:
            found = await work.subscriptions.find(subscription_id)
            note("account_id", found.account_id)
            granting = await begin_granting(work, found.account_id, self.clock(), self.new_id)
            subscription = await work.subscriptions.take(subscription_id)
            after = await _up_to_date(granting, subscription)
            if after == subscription:
                return False
            await granting.save()
            await work.subscriptions.save(after)
            await note_move(work, self.new_id, granting.now, BY_TIME, subscription, after)
            await raise_subscription(work, self.new_id, granting.now, subscription, after)
            await work.commit()
        return True


async def _up_to_date(granting: Granting, subscription: Subscription) -> Subscription:
    subscription, _ = await grant_months_due(granting, subscription)
    while _is_over(subscription, granting.now):
        if subscription.cancel_at_period_end:
            return subscription.become(SubscriptionStatus.EXPIRED, granting.now)
        subscription, _ = await apply_at_end(granting, subscription, BY_TIME)
        following = period_after(
            subscription.anchor_at, subscription.period.end_at, subscription.interval
        )
        subscription = within_until(subscription.renewed(following, granting.now))
        subscription, _ = await grant_months_due(granting, subscription)
    return subscription


def _is_over(subscription: Subscription, now: datetime) -> bool:
    return subscription.is_live and subscription.renews_itself and subscription.period.end_at <= now
