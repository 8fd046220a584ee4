"""Change a subscription's plan as it was quoted: at once, or when the paid period ends."""

from __future__ import annotations

from attrs import frozen

from application.events.steps.raised_events import raise_change, raise_subscription
from application.ports.idempotency import RequestKey
from application.ports.plan_changes import QuoteSeal
from application.ports.system import Clock, NewId
from application.ports.unit_of_work import BeginRead, BeginWork, UnitOfWork
from application.subscriptions.steps.monthly_credits import grant_months_due
from application.subscriptions.steps.plan_change_call import AskingForChange
from application.subscriptions.steps.plan_change_effects import (
    apply_now,
    causes_of_month,
    note_change,
    withdraw,
)
from application.wallets.granting import Granting, begin_granting
from domain.access.audit import Actor
from domain.credits.ids import AccountId
from domain.credits.taking_back import unspent_of
from domain.payments.errors import ProviderRefused
from domain.subscriptions.change import Change, ChangeStatus, Timing
from domain.subscriptions.change_errors import ChangeUnderWay, QuoteOutdated, QuoteRefused
from domain.subscriptions.ids import ChangeId, SubscriptionId
from domain.subscriptions.quote import Direction, Quote, state_of
from domain.subscriptions.subscription import Subscription


@frozen(kw_only=True)
class ChangePlan:
    """Take up a quote. An admin names the subscription it must be for, an account itself."""

    quote: str
    account_id: AccountId | None = None
    subscription_id: SubscriptionId | None = None
    reason: str = ""
    actor: Actor
    key: RequestKey | None = None


@frozen(kw_only=True)
class PlanChanged:
    """The subscription as it stands now, and how far the change has come."""

    subscription: Subscription
    change: Change
    is_replay: bool = False


@frozen(kw_only=True)
class _WrittenDown:
    """What is remembered under the caller's key: which change that was."""

    change_id: ChangeId


@frozen(kw_only=True)
class ChangingPlan:
    """Write the change down, ask the provider, and take up how the subscription stands then.

    One quote makes one change, with or without a caller's key: its id is the quote's. Where the
    provider's answer is lost the change stays requested, and is asked for again under the same
    key, by a repeat or by the worker. Where a payment fails nothing changes.

    Refusals: QuoteRefused, QuoteExpired, QuoteOutdated, ChangeUnderWay, QuotesNotConfigured,
    SubscriptionNotFound, ChannelUnknown, CapabilityMissing, ProviderUnavailable, ProviderRefused,
    KeyReused.
    """

    begin: BeginWork
    read: BeginRead
    seal: QuoteSeal
    ask: AskingForChange
    clock: Clock
    new_id: NewId

    async def __call__(self, command: ChangePlan) -> PlanChanged:
        quote = await self._presented(command)
        async with self.begin() as work:
            written, is_replay = await self._first(work, command, quote)
            if written is None:
                written = await self._written_down(work, command, quote)
            leased = self._leased(written) if is_replay else written
            if leased is not written:
                await work.plan_changes.save(leased)
            await work.commit()
        if leased.status is ChangeStatus.REQUESTED and not _is_here(leased):
            await self.ask(leased)
        async with self.read() as work:
            subscription = await work.subscriptions.find(leased.subscription_id)
            change = await work.plan_changes.find(leased.id)
        assert change is not None, "changes are never deleted"
        if change.status is ChangeStatus.REFUSED:
            raise ProviderRefused(channel=subscription.channel, reason=change.failure)
        return PlanChanged(subscription=subscription, change=change, is_replay=is_replay)

    async def _presented(self, command: ChangePlan) -> Quote:
        if command.subscription_id is not None:
            async with self.read() as work:
                await work.subscriptions.find(command.subscription_id)
        quote = self.seal.open(command.quote)
        is_ours = command.account_id in (None, quote.account_id)
        if not is_ours or command.subscription_id not in (None, quote.subscription_id):
            raise QuoteRefused
        return quote

    async def _first(
        self, work: UnitOfWork, command: ChangePlan, quote: Quote
    ) -> tuple[Change | None, bool]:
        """Return the change that this request, or this quote, has led to before; and if it has."""
        change_id = quote.id
        if command.key is not None:
            known = await work.answers.claim(command.key, _WrittenDown)
            change_id = quote.id if known is None else known.change_id
        await work.wallets.take(quote.account_id)
        await work.subscriptions.take(quote.subscription_id)
        found = await work.plan_changes.take(change_id)
        return found, found is not None

    def _leased(self, change: Change) -> Change:
        """Return a change whose answer is still open, to be asked for again by us alone."""
        if change.status is not ChangeStatus.REQUESTED:
            return change
        now = self.clock()
        if change.ask_at is not None and change.ask_at > now:
            raise ChangeUnderWay(subscription_id=change.subscription_id)
        return change.leased(now)

    async def _written_down(self, work: UnitOfWork, command: ChangePlan, quote: Quote) -> Change:
        now = self.clock()
        quote.check_life(now)
        subscription = await work.subscriptions.take(quote.subscription_id)
        waiting = await work.plan_changes.open_of(subscription.id)
        is_over = min(subscription.period.end_at, quote.month_ends_at) <= now
        if is_over or state_of(subscription, waiting) != quote.state:
            raise QuoteOutdated(subscription_id=subscription.id)
        if waiting is not None:
            waiting = await self._withdrawn(work, command, waiting)
        if quote.direction is Direction.STAY:
            assert waiting is not None, "to stay is quoted for where a change is waiting"
            change = waiting
        else:
            change = await self._begun(work, command, quote, subscription)
        if command.key is not None:
            await work.answers.keep(command.key, _WrittenDown(change_id=change.id))
        return change

    async def _withdrawn(self, work: UnitOfWork, command: ChangePlan, waiting: Change) -> Change:
        taken = await work.plan_changes.take(waiting.id)
        assert taken is not None, "changes are never deleted"
        return await withdraw(work, taken, self.clock(), self.new_id, command.actor, command.reason)

    async def _begun(
        self, work: UnitOfWork, command: ChangePlan, quote: Quote, subscription: Subscription
    ) -> Change:
        """Keep the change; what no provider stands behind changes at once, if it is to."""
        now = self.clock()
        granting = await begin_granting(work, subscription.account_id, now, self.new_id)
        # The month that runs comes as the old plan brings it, so that only its rest is reckoned.
        sold, _ = await grant_months_due(granting, subscription)
        await _check_unspent(granting, sold, quote)
        has_provider = not subscription.renews_itself
        change = quote.change(now, has_provider=has_provider)
        is_now = change.status is ChangeStatus.REQUESTED
        if is_now and has_provider:
            change = change.leased(now)
        await work.plan_changes.add(change)
        actor, reason = command.actor, command.reason
        action = "subscription.change_plan"
        await note_change(work, self.new_id, now, actor, change, action, reason)
        await raise_change(work, self.new_id, now, sold, change)
        after = sold
        if is_now and not has_provider:
            after, _ = await apply_now(granting, sold, change, actor)
        await granting.save()
        if after != subscription:
            await work.subscriptions.save(after)
            await raise_subscription(work, self.new_id, now, subscription, after)
        return change


async def _check_unspent(granting: Granting, subscription: Subscription, quote: Quote) -> None:
    """Refuse what takes back more than is left since it was quoted for. Raises QuoteOutdated."""
    if quote.when is not Timing.NOW or quote.credits >= 0:
        return
    causes = await causes_of_month(granting.work, subscription)
    if unspent_of(granting.posting.wallet, causes, granting.now) < -quote.credits:
        raise QuoteOutdated(subscription_id=subscription.id)


def _is_here(change: Change) -> bool:
    """Say whether no provider stands behind it, so that it has been made already."""
    return change.ask_at is None
