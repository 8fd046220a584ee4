"""Our subscription follows the provider's: its status, its end, and the plan it is billed for.

Plain steps, handed an open unit of work; they never commit.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from attrs import evolve, frozen

from application.access.steps.auditing import entry
from application.events.steps.raised_events import raise_subscription
from application.payments.steps.concerns import Concern
from application.ports.system import NewId
from application.ports.unit_of_work import UnitOfWork
from application.subscriptions.steps.plan_change_effects import take_up_billing
from application.subscriptions.steps.subscription_history import note_move, target_of
from application.wallets.granting import Granting
from domain.access.audit import Actor
from domain.payments.ids import Channel
from domain.payments.provider_event import ProviderStatus, SubscriptionReported
from domain.subscriptions.catalogue import Plan
from domain.subscriptions.change import Change
from domain.subscriptions.subscription import Subscription, SubscriptionStatus

Effects = tuple[str, ...]

HEARD_LONG_AGO = timedelta(days=1)
"""After so long of silence a report counts as news, though it may say what is known."""


@frozen(kw_only=True)
class Following:
    """What a provider's report of a subscription causes; `concerns` takes what needs a person.

    `granting` has the wallet where a change of plan is open, which may move credits.
    """

    work: UnitOfWork
    now: datetime
    new_id: NewId
    concerns: list[Concern]
    granting: Granting | None = None

    async def report(self, event: SubscriptionReported, subscription: Subscription) -> Effects:
        """Take up a report of a subscription taken in this unit; an old one changes nothing."""
        if _is_old(event, subscription):
            return ()
        status = _standing(event, subscription)
        if not subscription.can_become(status):
            return ()
        after = evolve(
            subscription.become(status, self.now).with_end_of(event.period),
            cancel_at_period_end=_is_ending(event, subscription),
            reported_at=event.as_of,
        )
        after, moved = await self._on_its_plan(after, event)
        await self.work.subscriptions.save(after)
        if _without_news(after) == _without_news(subscription):
            # Only the instant is news, and that is no effect a person need hear of.
            return ()
        by = Actor(id=event.channel)
        await note_move(self.work, self.new_id, self.now, by, subscription, after)
        await raise_subscription(self.work, self.new_id, self.now, subscription, after)
        return (f"subscription {after.id} {status.value}", *moved)

    async def _on_its_plan(
        self, subscription: Subscription, event: SubscriptionReported
    ) -> tuple[Subscription, Effects]:
        """Move a subscription to the plan whose price it is billed by, if that is another one.

        The first price told of is the one it was sold by. One that no plan has is left to a person,
        and looked at again with every further report: once it is entered, the plan follows.
        """
        reference = event.reference
        if reference is None:
            return subscription, ()
        # Also where the price is known already: what brought it may have been told too early. And
        # where it has ended: what was billed before that is paid for, and told of in any order.
        change = await self.work.plan_changes.open_of(subscription.id)
        if change is not None and change.is_billed_as(reference):
            return await self._as_asked_for(subscription, change, event.channel)
        if reference == subscription.reference or not subscription.is_live:
            return subscription, ()
        sold = await self.work.plans.sold_as(event.channel, reference)
        if sold is None:
            if subscription.reference is not None:
                problem = f"it is billed by the price {reference}, which no plan has"
                self._note(subscription, f"{problem}: enter it in the plan it belongs to")
                return subscription, ()
            return evolve(subscription, reference=reference), ()
        plan, interval = sold
        if await self._is_taken(subscription, plan):
            problem = f"it moved to '{plan.name}', beside another live one of that group"
            self._note(subscription, f"{problem}: end one of them at the provider")
            return subscription, ()
        after = subscription.moved_to(plan, interval, reference)
        if (plan.id, interval) == (subscription.plan_id, subscription.interval):
            return after, ()
        await self._record(subscription, after, event.channel)
        return after, (f"plan {_plan_of(subscription)} became {_plan_of(after)}",)

    async def _as_asked_for(
        self, subscription: Subscription, found: Change, channel: Channel
    ) -> tuple[Subscription, Effects]:
        """Carry on with the change that was asked for here, which has brought the new price."""
        if self.granting is None:
            return subscription, ()
        change = await self.work.plan_changes.take(found.id)
        assert change is not None, "changes are never deleted"
        moved = await take_up_billing(self.granting, subscription, change, Actor(id=channel))
        await self.granting.save()
        return moved

    async def _is_taken(self, subscription: Subscription, plan: Plan) -> bool:
        if plan.group == subscription.group:
            return False
        return (
            await self.work.subscriptions.live_in_group(subscription.account_id, plan.group)
            is not None
        )

    def _note(self, subscription: Subscription, problem: str) -> None:
        self.concerns.append(Concern(about=f"subscription {subscription.id}", problem=problem))

    async def _record(self, before: Subscription, after: Subscription, channel: Channel) -> None:
        await self.work.audit_log.add(
            entry(
                self.new_id,
                self.now,
                Actor(id=channel),
                "subscription.change_plan",
                target_of(after.id),
                before=_plan_of(before),
                after=_plan_of(after),
                reason="changed at the payment provider",
            )
        )


def brings_news(
    event: SubscriptionReported, subscription: Subscription, change: Change | None
) -> bool:
    """Say whether a report that was asked for is to be taken up; `change` is the open one, if any.

    One that says nothing new is passed over without a write, until nothing has been heard for a
    day. A webhook is taken up in any case: its instant must stand, so that an older one that comes
    behind it changes nothing.
    """
    heard_at = subscription.reported_at
    if _is_old(event, subscription):
        return False
    if heard_at is None or change is not None or event.as_of - heard_at >= HEARD_LONG_AGO:
        return True
    if event.reference is not None and event.reference != subscription.reference:
        return True
    began_at = event.period.start_at
    if began_at > subscription.period.start_at and heard_at < began_at:
        # What the new period costs may have waited to hear how the subscription stands in it.
        return True
    after = evolve(
        subscription.with_end_of(event.period),
        cancel_at_period_end=_is_ending(event, subscription),
    )
    return after != subscription or _standing(event, subscription) is not subscription.status


def _is_old(event: SubscriptionReported, subscription: Subscription) -> bool:
    return subscription.reported_at is not None and event.as_of < subscription.reported_at


def _is_ending(event: SubscriptionReported, subscription: Subscription) -> bool:
    """Say whether it ends with its period by a report, unless that was of an earlier one.

    A period that was paid since has begun all the same.
    """
    is_overtaken = subscription.is_collected_after(event.as_of)
    if is_overtaken and event.as_of < subscription.period.start_at:
        return subscription.cancel_at_period_end
    return event.cancel_at_period_end


def _standing(event: SubscriptionReported, subscription: Subscription) -> SubscriptionStatus:
    """Return how a subscription stands by a report, unless it was paid since: then as it does.

    What the provider cancelled because we gave up waiting for a payment has expired.
    """
    if subscription.is_collected_after(event.as_of):
        return subscription.status
    overdue = subscription.course.overdue
    is_given_up = overdue is not None and overdue.is_ending
    if event.status is ProviderStatus.CANCELED and is_given_up:
        return SubscriptionStatus.EXPIRED
    return SubscriptionStatus(event.status.value)


def _plan_of(subscription: Subscription) -> str:
    return f"{subscription.plan_name} {subscription.interval.value}"


def _without_news(subscription: Subscription) -> Subscription:
    return evolve(subscription, reported_at=None, reference=None)
