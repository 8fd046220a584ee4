"""Say what a change of plan would mean, and promise it for some minutes."""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction

from attrs import evolve, frozen

from application.payments.steps.provider_turns import ProviderTurns
from application.ports.credits import Ledger
from application.ports.plan_changes import QuoteSeal
from application.ports.provider import Provider, Providers
from application.ports.provider_calls import ChangePreview
from application.ports.system import Clock, NewId
from application.ports.unit_of_work import BeginRead, UnitOfWork
from application.subscriptions.steps.plan_change_call import asked_of_provider, provider_able
from application.subscriptions.steps.plan_change_effects import causes_of_month
from application.subscriptions.steps.subscription_meant import subscription_meant
from domain.credits.ids import AccountId
from domain.credits.taking_back import unspent_of
from domain.payments.errors import NotSoldThere
from domain.payments.ids import OrderId
from domain.payments.order import Order, OrderStatus, OrderType
from domain.period import Interval
from domain.subscriptions.catalogue import Plan
from domain.subscriptions.change import Change, Timing
from domain.subscriptions.comp import is_given
from domain.subscriptions.ids import ChangeId, PlanId, SubscriptionId
from domain.subscriptions.proration import Left, Prorated, difference, fresh_start, left_at
from domain.subscriptions.quote import (
    QUOTE_LIFE,
    ChangeRules,
    Direction,
    Quote,
    check_change,
    direction_of,
    running_month,
    state_of,
    when_of,
)
from domain.subscriptions.reckoning import reckoning_of
from domain.subscriptions.subscription import Subscription
from domain.subscriptions.terms import Terms, terms_of, terms_sold

# The code with which ISO 4217 says that there is no currency: nothing is charged in any.
_FREE_OF_CHARGE = ChangePreview(due_now_minor=0, currency="XXX", is_exact=True)


@frozen(kw_only=True)
class PreviewChange:
    """A plan and an interval to change to; an admin names the subscription, and no account."""

    plan_id: PlanId
    interval: Interval
    account_id: AccountId | None = None
    subscription_id: SubscriptionId | None = None


@frozen(kw_only=True)
class ChangePreviewed:
    """What is offered, and the same as a sealed text, to be presented when it is taken up."""

    quote: Quote
    sealed: str


@frozen(kw_only=True)
class _Standing:
    """What a quote is made from: how everything stands at one instant."""

    subscription: Subscription
    waiting: Change | None
    order: Order
    causes: frozenset[str]
    after: Terms
    now: datetime


@frozen(kw_only=True)
class PreviewingChange:
    """Reckon what a change costs and brings, asking the provider what it would collect.

    Nothing is changed, neither here nor there. Credits go by our own fraction; what is due is the
    provider's word where it can preview, else an estimate that says so.

    Refusals: SubscriptionNotFound, SubscriptionNotNamed, PlanNotFound, NotOnSale,
    IntervalNotOffered, NotPossibleNow, AlreadyOnPlan, ChangeUnderWay, ChangeNotOffered,
    NotSoldThere, ChannelUnknown, CapabilityMissing, ProviderUnavailable, ProviderRefused,
    QuotesNotConfigured; of a customer, not of an admin, AskedTooOften.
    """

    read: BeginRead
    ledger: Ledger
    providers: Providers
    rules: ChangeRules
    seal: QuoteSeal
    clock: Clock
    new_id: NewId
    turns: ProviderTurns

    async def __call__(self, command: PreviewChange) -> ChangePreviewed:
        async with self.read() as work:
            standing = await self._standing(work, command)
        direction = direction_of(standing.subscription, standing.after)
        quote = self._at_end(standing, direction)
        when = when_of(direction, self.rules, terms_of(standing.subscription), standing.after)
        if direction is Direction.STAY:
            quote = evolve(quote, when=Timing.NOW, effective_at=standing.now)
        elif when is Timing.NOW and not _is_in_doubt(standing.order):
            if command.account_id is not None and not standing.subscription.renews_itself:
                self.turns.take(command.account_id)
            quote = await self._now(standing, quote) or quote
        return ChangePreviewed(quote=quote, sealed=self.seal.seal(quote))

    async def _standing(self, work: UnitOfWork, command: PreviewChange) -> _Standing:
        found = await subscription_meant(work, command.account_id, command.subscription_id)
        plan = await work.plans.get(command.plan_id)
        waiting = await work.plan_changes.open_of(found.id)
        after = self._terms(found, plan, command)
        # Whole seconds, which is what a provider prorates by.
        now = max(self.clock().replace(microsecond=0), found.period.start_at)
        check_change(found, waiting, after, now)
        return _Standing(
            subscription=found,
            waiting=waiting,
            order=await work.orders.find(found.order_id),
            causes=await causes_of_month(work, found),
            after=after,
            now=now,
        )

    def _terms(self, subscription: Subscription, plan: Plan, command: PreviewChange) -> Terms:
        if (plan.id, command.interval) == (subscription.plan_id, subscription.interval):
            return terms_of(subscription)
        if not subscription.renews_itself:
            reference = _reference(
                provider_able(self.providers, subscription), plan, command.interval
            )
            return terms_sold(plan, command.interval, reference)
        sold = terms_sold(plan, command.interval, None)
        # Whoever gives a plan away gives away another in its place.
        is_gift = is_given(subscription) and command.account_id is None
        return evolve(sold, price_minor=0) if is_gift else sold

    def _at_end(self, standing: _Standing, direction: Direction) -> Quote:
        """Return the quote of a change that waits for the period's end, and costs nothing now."""
        subscription, now = standing.subscription, standing.now
        left = left_at(subscription.period, subscription.period, now)
        return Quote(
            id=ChangeId(self.new_id()),
            order_id=OrderId(self.new_id()),
            account_id=subscription.account_id,
            subscription_id=subscription.id,
            state=state_of(subscription, standing.waiting),
            before=terms_of(subscription),
            after=standing.after,
            direction=direction,
            when=Timing.AT_PERIOD_END,
            at=now,
            effective_at=subscription.period.end_at,
            month_ends_at=subscription.period.end_at,
            due_minor=0,
            from_balance_minor=0,
            credits=0,
            taken_back=0,
            left=left.of_money,
            begins_period=False,
            is_exact=True,
            expires_at=self.clock() + QUOTE_LIFE,
        )

    async def _now(self, standing: _Standing, later: Quote) -> Quote | None:
        """Return the quote of a change at once, or None if the credits it takes are spent."""
        subscription, now = standing.subscription, standing.now
        told = await self._told(standing, later.id)
        month = running_month(subscription, now)
        left = (
            Left(of_money=later.left, of_credits=Fraction(0))
            if month is None
            else left_at(subscription.period, month, now)
        )
        before, after = later.before.rates, later.after.rates
        if subscription.renews_itself:
            # Nobody collects for it, whatever the plan costs others.
            before, after = evolve(before, price_minor=0), evolve(after, price_minor=0)
        reckon = fresh_start if told.begins_period else difference
        made: Prorated = reckon(before, after, left)
        if made.credits < 0:
            wallets = await self.ledger.load([subscription.account_id])
            wallet = wallets[subscription.account_id]
            if unspent_of(wallet, standing.causes, self.clock()) < -made.credits:
                return None
        taken_back = after.credits - made.credits if told.begins_period else -made.credits
        return evolve(
            later,
            when=Timing.NOW,
            effective_at=now,
            month_ends_at=subscription.period.end_at if month is None else month.end_at,
            due_minor=told.due_now_minor,
            from_balance_minor=told.from_balance_minor,
            credits=made.credits,
            taken_back=max(0, taken_back),
            begins_period=told.begins_period,
            is_exact=told.is_exact,
            reckoning=reckoning_of(
                made,
                before,
                after,
                left,
                period=subscription.period,
                month=month,
                begins_period=told.begins_period,
            ),
        )

    async def _told(self, standing: _Standing, change_id: ChangeId) -> ChangePreview:
        subscription = standing.subscription
        if subscription.renews_itself:
            return _FREE_OF_CHARGE
        asked = asked_of_provider(change_id, subscription, standing.after, standing.now)
        return await provider_able(self.providers, subscription).preview_change(asked)


def _reference(provider: Provider, plan: Plan, interval: Interval) -> str:
    entered = plan.reference(provider.channel, interval)
    if entered is not None:
        return entered
    if provider.needs_reference_for(OrderType.SUBSCRIPTION):
        raise NotSoldThere(channel=provider.channel, item_id=plan.id)
    # A provider that sells whatever it is told to is told what to call it.
    return f"{plan.id}:{interval.value}"


def _is_in_doubt(order: Order) -> bool:
    """Say whether money of the running period has gone back, so that its rest is not whole."""
    return order.was_paid and order.status is not OrderStatus.PAID
