"""Cancel, pause or resume a subscription, as its account or an admin wishes."""

from __future__ import annotations

from datetime import datetime
from enum import Enum

from attrs import frozen

from application.access.steps.auditing import entry
from application.events.steps.raised_events import raise_subscription
from application.payments.steps.concerns import Concern, raise_alarms
from application.payments.steps.following import Following
from application.ports.idempotency import Caller, RequestKey
from application.ports.provider import Capability, Provider, Providers
from application.ports.provider_calls import SubscriptionAction
from application.ports.system import Alarm, Clock, NewId
from application.ports.unit_of_work import BeginRead, BeginWork, UnitOfWork
from application.subscriptions.steps.plan_change_effects import granting_for_change, withdraw
from application.subscriptions.steps.subscription_history import note_move, target_of
from application.subscriptions.steps.subscription_meant import subscription_meant
from domain.access.audit import Actor
from domain.credits.ids import AccountId
from domain.payments.errors import CapabilityMissing, ChannelUnknown, ProviderRefused
from domain.payments.ids import Channel
from domain.payments.provider_event import SubscriptionReported
from domain.subscriptions.change import Change, ChangeStatus
from domain.subscriptions.ids import SubscriptionId
from domain.subscriptions.subscription import Subscription, SubscriptionStatus
from domain.subscriptions.wish import Wish, check_wish, going_on, granted_here, resuming_at


class Asked(Enum):
    """What somebody asks for; to resume takes back a scheduled end, or else ends a pause."""

    CANCEL_NOW = "cancel_now"
    CANCEL_AT_PERIOD_END = "cancel_at_period_end"
    PAUSE = "pause"
    RESUME = "resume"


@frozen(kw_only=True)
class FulfilWish:
    """Do this to a subscription: the one that is named, or the only live one of the account.

    An account gets at its own alone; an admin, who names no account, at anybody's. A pause ends by
    itself at `resume_at`, if that is said.
    """

    asked: Asked
    account_id: AccountId | None = None
    subscription_id: SubscriptionId | None = None
    reason: str = ""
    actor: Actor
    key: RequestKey | None = None
    resume_at: datetime | None = None


@frozen(kw_only=True)
class WishFulfilled:
    """The subscription as it stands now, and the change of its plan that is open, if any."""

    subscription: Subscription
    change: Change | None = None
    is_replay: bool = False


@frozen(kw_only=True)
class _WrittenDown:
    """What is remembered under the caller's key: what was asked for, under which key of ours.

    The channel is None where no provider stands behind it, and all was done at once.
    """

    request_id: str
    subscription_id: SubscriptionId
    wish: str
    channel: Channel | None


@frozen(kw_only=True)
class _Done:
    """What is remembered once the provider's answer has been taken up."""

    request_id: str


@frozen(kw_only=True)
class FulfillingWish:
    """Write the wish down, ask the provider, and take up how the subscription stands then.

    The provider's key is made from what was written down: where its answer is lost, a repeat under
    the caller's key asks for the same thing again, and one that has been answered is not asked
    again. What the provider answers and what its webhook says is one report told twice, in either
    order: the newer one counts. No money and no credits move: a refund is asked for apart.

    Refusals: InvalidField, SubscriptionNotFound, SubscriptionNotNamed, NotPossibleNow,
    ChannelUnknown, CapabilityMissing, ProviderUnavailable, ProviderRefused, KeyReused.
    """

    begin: BeginWork
    read: BeginRead
    providers: Providers
    clock: Clock
    new_id: NewId
    alarm: Alarm

    async def __call__(self, command: FulfilWish) -> WishFulfilled:
        async with self.begin() as work:
            first = await _first(work, command.key)
            is_settled = first is not None and await _is_done(work, command.key, first)
            written = first or await self._written_down(work, command)
            if first is None:
                await work.commit()
        if written.channel is not None and not is_settled:
            await self._ask(command, written, written.channel)
        async with self.read() as work:
            subscription = await work.subscriptions.find(written.subscription_id)
            change = await work.plan_changes.open_of(subscription.id)
        is_replay = first is not None
        return WishFulfilled(subscription=subscription, change=change, is_replay=is_replay)

    async def _written_down(self, work: UnitOfWork, command: FulfilWish) -> _WrittenDown:
        subscription = await _meant(work, command)
        wish = _wish(command.asked, subscription)
        check_wish(subscription, wish)
        if not subscription.renews_itself:
            self._able(subscription.channel, wish)
        keeps_plan = await self._keeps_plan(work, command, subscription)
        is_here = subscription.renews_itself or keeps_plan
        written = _WrittenDown(
            request_id=self.new_id(),
            subscription_id=subscription.id,
            wish=wish.value,
            channel=None if is_here else subscription.channel,
        )
        if not keeps_plan:
            await self._audit(work, command, written, "")
        if subscription.renews_itself and not keeps_plan:
            await self._do_here(work, command.actor, subscription, wish)
        if wish is Wish.PAUSE:
            # Said before the provider is asked: whatever comes first, its webhook or its answer.
            await work.subscriptions.save(
                resuming_at(subscription, command.resume_at, self.clock())
            )
        if command.key is not None:
            await work.answers.keep(command.key, written)
        return written

    async def _keeps_plan(
        self, work: UnitOfWork, command: FulfilWish, subscription: Subscription
    ) -> bool:
        """Take a change of plan back that waits for the period's end, if that is what is asked.

        To resume does so where there is neither an end nor a pause to take back.
        """
        goes_on = (
            subscription.status is SubscriptionStatus.ACTIVE
            and not subscription.cancel_at_period_end
        )
        if command.asked is not Asked.RESUME or not goes_on:
            return False
        waiting = await work.plan_changes.open_of(subscription.id)
        if waiting is None or waiting.by_seller or waiting.status is not ChangeStatus.SCHEDULED:
            return False
        taken = await work.plan_changes.take(waiting.id)
        assert taken is not None, "changes are never deleted"
        now, reason = self.clock(), command.reason
        await withdraw(work, taken, now, self.new_id, command.actor, reason)
        return True

    async def _do_here(
        self, work: UnitOfWork, actor: Actor, subscription: Subscription, wish: Wish
    ) -> None:
        now = self.clock()
        after = granted_here(subscription, wish, now)
        await work.subscriptions.save(after)
        await note_move(work, self.new_id, now, actor, subscription, after)
        await raise_subscription(work, self.new_id, now, subscription, after)

    async def _ask(self, command: FulfilWish, written: _WrittenDown, channel: Channel) -> None:
        """Ask the provider, outside every unit of work, and take up what it answers."""
        async with self.read() as work:
            subscription = await work.subscriptions.find(written.subscription_id)
        provider = self._able(channel, Wish(written.wish))
        reference = subscription.provider_subscription_id
        assert reference is not None, "a provider stands behind it"
        action = SubscriptionAction(written.wish)
        try:
            report = await provider.act(reference, action, written.request_id)
        except ProviderRefused as refusal:
            async with self.begin() as work:
                await self._audit(work, command, written, refusal.reason)
                if written.wish == Wish.PAUSE.value:
                    taken = await work.subscriptions.take(subscription.id)
                    await work.subscriptions.save(resuming_at(taken, None, self.clock()))
                await work.commit()
            raise
        await self._take_up(command.key, written, report)

    async def _take_up(
        self, key: RequestKey | None, written: _WrittenDown, report: SubscriptionReported
    ) -> None:
        concerns: list[Concern] = []
        async with self.begin() as work:
            if key is not None and not await _is_done(work, key, written):
                done = _Done(request_id=written.request_id)
                await work.answers.keep(_done_key(key, written), done)
            now = self.clock()
            found = await work.subscriptions.find(written.subscription_id)
            granting = await granting_for_change(work, found, now, self.new_id)
            subscription = await work.subscriptions.take(found.id)
            following = Following(
                work=work, now=now, new_id=self.new_id, concerns=concerns, granting=granting
            )
            await following.report(report, subscription)
            await work.commit()
        raise_alarms(self.alarm, report.channel, concerns)

    def _able(self, channel: Channel, wish: Wish) -> Provider:
        provider = self.providers.get(channel)
        if provider is None:
            raise ChannelUnknown(channel=channel, configured=tuple(sorted(self.providers)))
        is_pause = wish in {Wish.PAUSE, Wish.RESUME}
        needed = Capability.PAUSE if is_pause else Capability.SUBSCRIPTIONS
        if needed not in provider.capabilities:
            raise CapabilityMissing(channel=channel, capability=needed.value)
        return provider

    async def _audit(
        self, work: UnitOfWork, command: FulfilWish, written: _WrittenDown, failure: str
    ) -> None:
        """Keep who asked for what and why; or that the provider would not."""
        await work.audit_log.add(
            entry(
                self.new_id,
                self.clock(),
                command.actor,
                f"subscription.{written.wish}",
                target_of(written.subscription_id),
                after=f"refused by the provider: {failure}" if failure else "asked for",
                reason=command.reason,
            )
        )


async def _first(work: UnitOfWork, key: RequestKey | None) -> _WrittenDown | None:
    return None if key is None else await work.answers.claim(key, _WrittenDown)


async def _is_done(work: UnitOfWork, key: RequestKey | None, written: _WrittenDown) -> bool:
    if key is None:
        return False
    return await work.answers.claim(_done_key(key, written), _Done) is not None


def _done_key(key: RequestKey, written: _WrittenDown) -> RequestKey:
    return RequestKey(
        owner=key.owner,
        caller=Caller.SYSTEM,
        key=f"answered:{written.request_id}",
        fingerprint=written.request_id,
    )


def _wish(asked: Asked, subscription: Subscription) -> Wish:
    return going_on(subscription) if asked is Asked.RESUME else Wish(asked.value)


async def _meant(work: UnitOfWork, command: FulfilWish) -> Subscription:
    """Return the subscription that is meant, locked. Raises what says which one has to be named."""
    found = await subscription_meant(work, command.account_id, command.subscription_id)
    return await work.subscriptions.take(found.id)
