"""Changes of plan whose time has come, or whose answer was lost."""

from __future__ import annotations

from datetime import datetime, timedelta

from attrs import frozen

from application.one_by_one import one_by_one
from application.payments.steps.concerns import NeedsPerson
from application.ports.provider import Providers
from application.ports.system import Alarm, Clock, NewId
from application.ports.unit_of_work import BeginRead, BeginWork, UnitOfWork
from application.subscriptions.steps.plan_change_call import AskingForChange
from application.subscriptions.steps.plan_change_effects import withdraw
from application.subscriptions.steps.subscription_history import BY_TIME
from application.worked_on import note
from domain.payments.errors import ChannelUnknown, ProviderRefused, ProviderUnavailable
from domain.subscriptions.change import ASKED_FOR, LEAD, Change, ChangeStatus
from domain.subscriptions.ids import ChangeId
from domain.subscriptions.subscription import Subscription, SubscriptionStatus

_LOOK_AGAIN = timedelta(hours=1)
_LOOK_AGAIN_MAX = timedelta(days=1)


@frozen(kw_only=True)
class CarryOutChanges:
    """Look at no more than so many changes."""

    changes_max: int = 50


@frozen(kw_only=True)
class ChangesCarriedOut:
    """How many changes were looked at; fewer than asked for means none is left."""

    changes: int


@frozen(kw_only=True)
class CarryingOutChanges:
    """Tell providers of scheduled changes shortly before they are due, and ask again for answers.

    A provider silent for a while is asked again, under the same key. One that would not place a
    scheduled change leaves the subscription as it is, and a person hears of it.
    """

    begin: BeginWork
    read: BeginRead
    providers: Providers
    ask: AskingForChange
    clock: Clock
    new_id: NewId
    alarm: Alarm

    async def __call__(self, command: CarryOutChanges) -> ChangesCarriedOut:
        async with self.read() as work:
            due = await work.plan_changes.to_ask_about(self.clock(), command.changes_max)
        await one_by_one(due, self._carry_out)
        return ChangesCarriedOut(changes=len(due))

    async def _carry_out(self, change_id: ChangeId) -> None:
        change = await self._leased(change_id)
        if change is None:
            return
        try:
            if change.asked_at + ASKED_FOR <= self.clock() and _is_requested(change):
                await self._give_up(change)
            else:
                await self.ask(change)
        except ProviderUnavailable:
            return
        except ProviderRefused as refusal:
            self._tell(change, str(refusal))

    async def _leased(self, change_id: ChangeId) -> Change | None:
        """Return a change that is to be asked for now, by us alone; None if there is none."""
        async with self.begin() as work:
            found = await work.plan_changes.find(change_id)
            assert found is not None, "changes are never deleted"
            note("subscription_id", found.subscription_id)
            note("account_id", found.account_id)
            subscription = await work.subscriptions.take(found.subscription_id)
            change = await work.plan_changes.take(change_id)
            assert change is not None, "changes are never deleted"
            now = self.clock()
            if change.ask_at is None or change.ask_at > now:
                return None
            leased = await self._as_it_stands(work, subscription, change, now)
            await work.commit()
        return leased

    async def _as_it_stands(
        self, work: UnitOfWork, subscription: Subscription, change: Change, now: datetime
    ) -> Change | None:
        if not (subscription.is_live and change.before.is_plan_of(subscription)):
            reason = "the subscription ended, or its plan was changed elsewhere"
            await withdraw(work, change, now, self.new_id, BY_TIME, reason)
            return None
        later = None if _is_requested(change) else _put_off(subscription, change, now)
        await work.plan_changes.save(later or change.leased(now))
        return change if later is None else None

    async def _give_up(self, change: Change) -> None:
        """Look at how the subscription stands, a last time, instead of asking for the change."""
        async with self.read() as work:
            subscription = await work.subscriptions.find(change.subscription_id)
        provider = self.providers.get(subscription.channel)
        if provider is None:
            raise ChannelUnknown(
                channel=subscription.channel, configured=tuple(sorted(self.providers))
            )
        reference = subscription.provider_subscription_id
        assert reference is not None, "a provider stands behind it"
        await self.ask.take_up(change, await provider.read_subscription(reference))
        problem = "whether it was made has not become known within a day"
        await self.ask.give_up(change.id, problem)
        async with self.read() as work:
            after = await work.plan_changes.find(change.id)
        if after is not None and after.status is ChangeStatus.REFUSED:
            self._tell(change, problem)

    def _tell(self, change: Change, problem: str) -> None:
        about = f"the change of subscription {change.subscription_id} to {change.after.name}"
        self.alarm(f"{about} needs a person", NeedsPerson(problem))


def _is_requested(change: Change) -> bool:
    return change.status is ChangeStatus.REQUESTED


def _put_off(subscription: Subscription, change: Change, now: datetime) -> Change | None:
    """Return a scheduled change that is not to be placed now, with when to look again; or None."""
    if now < change.effective_at:
        is_going_on = (
            subscription.status is SubscriptionStatus.ACTIVE
            and not subscription.cancel_at_period_end
        )
        return None if is_going_on else change.looked_at_again(change.effective_at)
    if subscription.period.end_at > change.effective_at:
        later = change.put_off_to(subscription.period.end_at)
        return later if later.effective_at - LEAD > now else later.looked_at_again(now)
    # The period is not renewed yet. In a pause that may take very long: less often as time goes on.
    waited = now - change.effective_at
    return change.looked_at_again(now + min(max(waited, _LOOK_AGAIN), _LOOK_AGAIN_MAX))
