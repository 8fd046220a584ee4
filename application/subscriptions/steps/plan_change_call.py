"""Asking a provider to make a change of plan, and taking up what it answers.

A step that the request and the worker share. The change was written down before, and its id is the
provider's key: where an answer is lost, it is asked for again under the same key, by one at a time.
"""

from __future__ import annotations

from datetime import datetime

from attrs import frozen

from application.events.steps.raised_events import raise_change
from application.payments.steps.concerns import Concern, raise_alarms
from application.payments.steps.following import Following
from application.ports.provider import Capability, Provider, Providers
from application.ports.provider_calls import ChangeBilling, PlanChange, PriceSold
from application.ports.system import Alarm, Clock, NewId
from application.ports.unit_of_work import BeginRead, BeginWork
from application.subscriptions.steps.plan_change_effects import note_change
from application.subscriptions.steps.subscription_history import BY_TIME
from application.wallets.granting import begin_granting
from domain.payments.errors import CapabilityMissing, ChannelUnknown, ProviderRefused
from domain.payments.provider_event import SubscriptionReported
from domain.subscriptions.change import Change, ChangeStatus
from domain.subscriptions.ids import ChangeId
from domain.subscriptions.subscription import Subscription
from domain.subscriptions.terms import Terms


@frozen(kw_only=True)
class AskingForChange:
    """Ask for a change that this process alone holds the lease of, and take up the answer.

    Raises ProviderRefused, having noted that the change will not be; ProviderUnavailable where the
    outcome is unknown; ChannelUnknown, CapabilityMissing.
    """

    begin: BeginWork
    read: BeginRead
    providers: Providers
    clock: Clock
    new_id: NewId
    alarm: Alarm

    async def __call__(self, change: Change) -> None:
        async with self.read() as work:
            subscription = await work.subscriptions.find(change.subscription_id)
        is_now = change.status is ChangeStatus.REQUESTED
        billing = ChangeBilling.NOW if is_now else ChangeBilling.NONE
        asked = provider_change(change, subscription, billing)
        provider = provider_able(self.providers, subscription)
        try:
            report = await provider.change_plan(asked)
        except ProviderRefused as refusal:
            await self.give_up(change.id, refusal.reason)
            raise
        await self.take_up(change, report)

    async def take_up(self, change: Change, report: SubscriptionReported) -> None:
        """Take up how the subscription stands at the provider, the change with it."""
        concerns: list[Concern] = []
        async with self.begin() as work:
            now = self.clock()
            granting = await begin_granting(work, change.account_id, now, self.new_id)
            subscription = await work.subscriptions.take(change.subscription_id)
            following = Following(
                work=work, now=now, new_id=self.new_id, concerns=concerns, granting=granting
            )
            await following.report(report, subscription)
            await work.commit()
        raise_alarms(self.alarm, report.channel, concerns)

    async def give_up(self, change_id: ChangeId, reason: str) -> None:
        """Note that the change will not be, and why, unless it has come into force meanwhile."""
        async with self.begin() as work:
            change = await work.plan_changes.take(change_id)
            assert change is not None, "changes are never deleted"
            if not change.can_become(ChangeStatus.REFUSED):
                return
            now = self.clock()
            refused = change.become(ChangeStatus.REFUSED, now, reason)
            await work.plan_changes.save(refused)
            action = "subscription.change_plan"
            await note_change(work, self.new_id, now, BY_TIME, refused, action, reason)
            subscription = await work.subscriptions.find(refused.subscription_id)
            await raise_change(work, self.new_id, now, subscription, refused)
            await work.commit()


def provider_able(providers: Providers, subscription: Subscription) -> Provider:
    """Return the provider, if it can change plans. Raises ChannelUnknown, CapabilityMissing."""
    channel = subscription.channel
    provider = providers.get(channel)
    if provider is None:
        raise ChannelUnknown(channel=channel, configured=tuple(sorted(providers)))
    needed = Capability.CHANGE_PLAN
    if needed not in provider.capabilities:
        raise CapabilityMissing(channel=channel, capability=needed.value)
    return provider


def provider_change(
    change: Change, subscription: Subscription, billing: ChangeBilling
) -> PlanChange:
    """Return what a provider is asked to do."""
    return asked_of_provider(change.id, subscription, change.after, change.at, billing)


def asked_of_provider(
    change_id: ChangeId,
    subscription: Subscription,
    after: Terms,
    at: datetime,
    billing: ChangeBilling = ChangeBilling.NOW,
) -> PlanChange:
    """Return what a provider is asked, in a preview and in the change itself alike."""
    assert subscription.provider_subscription_id is not None, "a provider stands behind it"
    assert after.reference is not None, "a provider knows it by a name"
    return PlanChange(
        key=change_id,
        provider_subscription_id=subscription.provider_subscription_id,
        reference=after.reference,
        billing=billing,
        proration_at=at,
        sold=PriceSold(
            name=after.plan_name,
            interval=after.interval,
            price_minor=after.price_minor,
            currency=after.currency,
        ),
    )
