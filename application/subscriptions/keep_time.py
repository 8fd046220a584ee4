"""Do what time alone does to subscriptions, each thing at its instant and once."""

from __future__ import annotations

from datetime import timedelta

from attrs import evolve, frozen

from application.access.steps.auditing import entry
from application.events.steps.raised_events import raise_of_subscription
from application.one_by_one import one_by_one
from application.payments.steps.concerns import Concern, NeedsPerson, raise_alarms
from application.payments.steps.following import Following
from application.ports.provider import Provider, Providers
from application.ports.provider_calls import SubscriptionAction
from application.ports.system import Alarm, Clock, NewId
from application.ports.unit_of_work import BeginRead, BeginWork, UnitOfWork
from application.subscriptions.steps.add_ons import end_add_ons
from application.subscriptions.steps.plan_change_effects import granting_for_change
from application.subscriptions.steps.subscription_history import BY_TIME, target_of
from application.wallets.granting import begin_granting
from application.worked_on import note
from domain.events.outgoing_event import EventType
from domain.payments.errors import CapabilityMissing, ProviderRefused, ProviderUnavailable
from domain.payments.provider_event import ProviderStatus, SubscriptionReported
from domain.subscriptions.course import DueStep
from domain.subscriptions.dunning import DunningEnd, DunningRules
from domain.subscriptions.ids import SubscriptionId
from domain.subscriptions.subscription import Subscription

UNANSWERED_WAIT = timedelta(minutes=10)
"""So long after a provider did not answer it is asked again."""

REFUSED_WAIT = timedelta(days=1)
"""So long after a provider would not, when a person has been told, it is asked again."""


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
    """Remind of trials that end, wait for what is overdue and end it, end pauses and add-ons.

    What was done is kept in the commit that tells of it, so that no crash tells it twice or never.
    Where a provider has to do something, that is decided and committed first, and asked for under a
    key made from it: a process that dies in between leaves it due, and asking again does no more.
    """

    begin: BeginWork
    read: BeginRead
    providers: Providers
    dunning: DunningRules
    clock: Clock
    new_id: NewId
    alarm: Alarm

    async def __call__(self, command: KeepTime) -> TimeKept:
        async with self.read() as work:
            due = await work.subscriptions.time_due(self.clock(), command.subscriptions_max)
        await one_by_one(due, self._bring_up)
        return TimeKept(subscriptions=len(due))

    async def _bring_up(self, subscription_id: SubscriptionId) -> None:
        note("subscription_id", subscription_id)
        async with self.begin() as work:
            found = await work.subscriptions.find(subscription_id)
            note("account_id", found.account_id)
            if not found.is_live:
                # What it takes away lies in the wallet, which is locked first.
                await self._ended(work, found)
                return
            subscription = await work.subscriptions.take(subscription_id)
            due = subscription.due
            if due is None or due.at > self.clock():
                return
            after = await self._stepped(work, subscription, due.step)
            if after != subscription:
                await work.subscriptions.save(after)
                await work.commit()
        action = _asked_of_provider(after, due.step)
        if action is not None:
            await self._ask(after, action)

    async def _ended(self, work: UnitOfWork, found: Subscription) -> None:
        granting = await begin_granting(work, found.account_id, self.clock(), self.new_id)
        subscription = await work.subscriptions.take(found.id)
        if subscription.due is None:
            return
        after = await end_add_ons(granting, subscription)
        await granting.save()
        await work.subscriptions.save(after)
        await work.commit()

    async def _stepped(
        self, work: UnitOfWork, subscription: Subscription, step: DueStep
    ) -> Subscription:
        match step:
            case DueStep.REMIND_OF_TRIAL:
                return await self._reminded(work, subscription)
            case DueStep.BEGIN_DUNNING:
                return self._dunned(subscription)
            case DueStep.TELL_OVERDUE:
                return await self._told(work, subscription)
            case DueStep.END_GRACE:
                return await self._given_up(work, subscription)
            case DueStep.END_PAUSE | DueStep.END_ADD_ONS:
                # The one is done by the provider, and the other when it has ended.
                return subscription

    async def _reminded(self, work: UnitOfWork, subscription: Subscription) -> Subscription:
        reminded = evolve(subscription, course=subscription.course.reminded())
        if not subscription.cancel_at_period_end:
            await self._tell(work, EventType.SUBSCRIPTION_TRIAL_ENDING, reminded)
        return reminded

    def _dunned(self, subscription: Subscription) -> Subscription:
        course = subscription.course
        assert course.overdue is not None, "only what is overdue is waited for"
        overdue = self.dunning.of(course.overdue, subscription.rules.grace_days)
        return evolve(subscription, course=evolve(course, overdue=overdue))

    async def _told(self, work: UnitOfWork, subscription: Subscription) -> Subscription:
        course = subscription.course
        assert course.overdue is not None, "only who is overdue is told so"
        told = evolve(course, overdue=course.overdue.told(self.clock()))
        after = evolve(subscription, course=told)
        await self._tell(work, EventType.SUBSCRIPTION_PAYMENT_OVERDUE, after)
        return after

    async def _given_up(self, work: UnitOfWork, subscription: Subscription) -> Subscription:
        """Decide the end of the grace, once; the provider may have to be asked again later."""
        course = subscription.course
        assert course.overdue is not None, "only what is overdue is given up"
        if course.overdue.is_ending:
            return subscription
        after = evolve(subscription, course=evolve(course, overdue=course.overdue.ending()))
        is_paused = course.overdue.end is DunningEnd.PAUSE
        if is_paused:
            await self._tell(work, EventType.SUBSCRIPTION_GRACE_ENDED, after)
        await work.audit_log.add(
            entry(
                self.new_id,
                self.clock(),
                BY_TIME,
                "subscription.grace_ended",
                target_of(after.id),
                after="its benefits end" if is_paused else "to be cancelled at the provider",
                reason="what was overdue was not paid in time",
            )
        )
        return after

    async def _ask(self, subscription: Subscription, action: SubscriptionAction) -> None:
        """Ask the provider, outside every unit of work, and take up what it answers."""
        provider = self.providers.get(subscription.channel)
        reference = subscription.provider_subscription_id
        if provider is None or reference is None:
            await self._postpone(subscription, REFUSED_WAIT)
            return
        try:
            report = await _report_of(provider, reference, action, _key_of(subscription, action))
        except ProviderUnavailable:
            await self._postpone(subscription, UNANSWERED_WAIT)
        except (ProviderRefused, CapabilityMissing) as refusal:
            await self._postpone(subscription, REFUSED_WAIT)
            problem = f"it could not be done in time ({action.value}): {refusal}"
            self.alarm(f"subscription {subscription.id} needs a person", NeedsPerson(problem))
        else:
            await self._take_up(subscription, report)

    async def _take_up(self, subscription: Subscription, report: SubscriptionReported) -> None:
        concerns: list[Concern] = []
        async with self.begin() as work:
            now = self.clock()
            granting = await granting_for_change(work, subscription, now, self.new_id)
            taken = await work.subscriptions.take(subscription.id)
            following = Following(
                work=work, now=now, new_id=self.new_id, concerns=concerns, granting=granting
            )
            await following.report(report, taken)
            after = await work.subscriptions.find(subscription.id)
            if after.due == subscription.due:
                # The provider says that it stands as before: it is looked at again later.
                await work.subscriptions.save(self._later(after, REFUSED_WAIT))
            await work.commit()
        raise_alarms(self.alarm, report.channel, concerns)

    async def _postpone(self, subscription: Subscription, wait: timedelta) -> None:
        async with self.begin() as work:
            taken = await work.subscriptions.take(subscription.id)
            if taken.due == subscription.due:
                await work.subscriptions.save(self._later(taken, wait))
                await work.commit()

    def _later(self, subscription: Subscription, wait: timedelta) -> Subscription:
        course = evolve(subscription.course, not_before=self.clock() + wait)
        return evolve(subscription, course=course)

    async def _tell(self, work: UnitOfWork, kind: EventType, subscription: Subscription) -> None:
        await raise_of_subscription(work, self.new_id, self.clock(), kind, subscription)


def _asked_of_provider(after: Subscription, step: DueStep) -> SubscriptionAction | None:
    overdue = after.course.overdue
    if step is DueStep.END_PAUSE:
        return SubscriptionAction.RESUME
    if step is DueStep.END_GRACE and overdue is not None and overdue.end is DunningEnd.CANCEL:
        return SubscriptionAction.CANCEL_NOW
    return None


async def _report_of(
    provider: Provider, reference: str, action: SubscriptionAction, key: str
) -> SubscriptionReported:
    if action is SubscriptionAction.CANCEL_NOW:
        # Paid in the last moment, it is not cancelled: how it stands there is looked at first.
        report = await provider.read_subscription(reference)
        if report.status is not ProviderStatus.PAST_DUE:
            return report
    return await provider.act(reference, action, key)


def _key_of(subscription: Subscription, action: SubscriptionAction) -> str:
    """Return a key that is the same for every try of this one thing."""
    course = subscription.course
    at = course.resume_at if course.overdue is None else course.overdue.since
    return f"{action.value}:{subscription.id}:{'' if at is None else at.isoformat()}"
