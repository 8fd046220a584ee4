"""Do what time alone does to subscriptions, each thing at its instant and once."""

from __future__ import annotations

from attrs import evolve, frozen

from application.one_by_one import one_by_one
from application.ports.system import Clock, NewId
from application.ports.unit_of_work import BeginRead, BeginWork, UnitOfWork
from application.raised_events import raise_of_subscription
from domain.events.outgoing_event import EventType
from domain.subscriptions.ids import SubscriptionId
from domain.subscriptions.subscription import Subscription


@frozen(kw_only=True)
class KeepTime:
    """Look at no more than so many subscriptions."""

    subscriptions_max: int = 200


@frozen(kw_only=True)
class TimeKept:
    """How many subscriptions were looked at; fewer than asked for means that none is left."""

    subscriptions: int


@frozen(kw_only=True)
class KeepingTime:
    """Remind of trials that end soon, each in its own unit of work.

    What was done is kept in the commit that tells of it, so that no crash tells it twice or never.
    """

    begin: BeginWork
    read: BeginRead
    clock: Clock
    new_id: NewId

    async def __call__(self, command: KeepTime) -> TimeKept:
        async with self.read() as work:
            due = await work.subscriptions.time_due(self.clock(), command.subscriptions_max)
        await one_by_one(due, self._bring_up)
        return TimeKept(subscriptions=len(due))

    async def _bring_up(self, subscription_id: SubscriptionId) -> None:
        async with self.begin() as work:
            subscription = await work.subscriptions.take(subscription_id)
            due_at = subscription.due_at
            if due_at is None or due_at > self.clock():
                return
            await work.subscriptions.save(await self._reminded(work, subscription))
            await work.commit()

    async def _reminded(self, work: UnitOfWork, subscription: Subscription) -> Subscription:
        reminded = evolve(subscription, course=subscription.course.reminded())
        if not subscription.cancel_at_period_end:
            kind = EventType.SUBSCRIPTION_TRIAL_ENDING
            await raise_of_subscription(work, self.new_id, self.clock(), kind, reminded)
        return reminded
