"""Give an account a subscription without payment, or say anew until when."""

from __future__ import annotations

from datetime import datetime

from attrs import evolve, frozen

from application.access.steps.auditing import entry
from application.events.steps.raised_events import raise_order, raise_started, raise_subscription
from application.ports.idempotency import RequestKey
from application.ports.system import Clock, NewId
from application.ports.unit_of_work import BeginWork, UnitOfWork
from application.subscriptions.steps.monthly_credits import grant_months_due
from application.subscriptions.steps.subscription_history import note_move, target_of
from application.wallets.granting import Granting, begin_granting
from domain.access.audit import Actor
from domain.credits.ids import AccountId
from domain.payments.ids import OrderId
from domain.payments.order import Order
from domain.period import Interval, period_after
from domain.subscriptions.catalogue import Plan
from domain.subscriptions.comp import COMP, check_until, is_given, until, within_until
from domain.subscriptions.ids import PlanId, SubscriptionId
from domain.subscriptions.subscription import Subscription, SubscriptionStatus


@frozen(kw_only=True)
class CompSubscription:
    """Give an account a plan, for nothing, until an instant or until somebody ends it."""

    account_id: AccountId
    plan_id: PlanId
    interval: Interval
    until: datetime | None = None
    reason: str
    actor: Actor
    key: RequestKey | None = None


@frozen(kw_only=True)
class SubscriptionComped:
    """The subscription as it stands now."""

    subscription: Subscription
    is_replay: bool = False


@frozen(kw_only=True)
class _Given:
    """What is remembered under the caller's key: which subscription it gave."""

    subscription_id: SubscriptionId


@frozen(kw_only=True)
class CompingSubscription:
    """Write the order over nothing, the subscription, its first month and the audit entry at once.

    A plan that was given before is not given twice: where the same one is live, only its end is
    said anew; another one, or a free one of that group, gives way. What somebody pays for does not.
    A plan off sale can be given. Refusals: InvalidField, PlanNotFound, IntervalNotOffered,
    SubscriptionExists, KeyReused.
    """

    begin: BeginWork
    clock: Clock
    new_id: NewId

    async def __call__(self, command: CompSubscription) -> SubscriptionComped:
        async with self.begin() as work:
            if command.key is not None:
                first = await work.answers.claim(command.key, _Given)
                if first is not None:
                    found = await work.subscriptions.find(first.subscription_id)
                    return SubscriptionComped(subscription=found, is_replay=True)
            now = self.clock()
            check_until(command.until, now)
            granting = await begin_granting(work, command.account_id, now, self.new_id)
            plan = await work.plans.get(command.plan_id)
            live = await work.subscriptions.live_in_group(command.account_id, plan.group)
            if live is not None and _is_same(live, command):
                given = await self._prolonged(work, live, command)
            else:
                given = await self._given(granting, plan, live, command)
            await self._audit(work, given, command)
            if command.key is not None:
                await work.answers.keep(command.key, _Given(subscription_id=given.id))
            await work.commit()
        return SubscriptionComped(subscription=given)

    async def _prolonged(
        self, work: UnitOfWork, live: Subscription, command: CompSubscription
    ) -> Subscription:
        before = await work.subscriptions.take(live.id)
        after = until(before, command.until)
        await work.subscriptions.save(after)
        await note_move(work, self.new_id, self.clock(), command.actor, before, after)
        await raise_subscription(work, self.new_id, self.clock(), before, after)
        return after

    async def _given(
        self,
        granting: Granting,
        plan: Plan,
        live: Subscription | None,
        command: CompSubscription,
    ) -> Subscription:
        work, now = granting.work, granting.now
        # Whoever cannot be refused is not made to give way before that is sure.
        order = _order(plan, command, OrderId(self.new_id()), now)
        if live is not None:
            if not live.is_free:
                raise live.in_the_way
            free = await work.subscriptions.take(live.id)
            ended = free.become(SubscriptionStatus.CANCELED, now)
            await work.subscriptions.save(ended)
            await note_move(work, self.new_id, now, command.actor, free, ended)
            await raise_subscription(work, self.new_id, now, free, ended)
        begun = _begun(plan, command, order, SubscriptionId(self.new_id()), now)
        await work.orders.add(evolve(order, subscription_id=begun.id, period=begun.period))
        await raise_order(work, self.new_id, now, order)
        granted, _ = await grant_months_due(granting, begun)
        await granting.save()
        await work.subscriptions.add(granted)
        await raise_started(work, self.new_id, now, granted)
        return granted

    async def _audit(
        self, work: UnitOfWork, given: Subscription, command: CompSubscription
    ) -> None:
        ends_at = command.until
        await work.audit_log.add(
            entry(
                self.new_id,
                self.clock(),
                command.actor,
                "subscription.comp",
                target_of(given.id),
                after=f"{given.plan_name} {given.interval.value} until "
                f"{'it is ended' if ends_at is None else ends_at.isoformat()}",
                reason=command.reason,
            )
        )


def _is_same(live: Subscription, command: CompSubscription) -> bool:
    same = (live.plan_id, live.interval) == (command.plan_id, command.interval)
    return is_given(live) and same


def _order(plan: Plan, command: CompSubscription, order_id: OrderId, now: datetime) -> Order:
    """Return the order over nothing that the subscription's credits come from."""
    line = evolve(plan, is_on_sale=True).line(command.interval)
    return Order(
        id=order_id,
        account_id=command.account_id,
        line=evolve(line, price_minor=0),
        channel=COMP,
        total_minor=0,
        created_at=now,
    ).given_free(now)


def _begun(
    plan: Plan,
    command: CompSubscription,
    order: Order,
    subscription_id: SubscriptionId,
    now: datetime,
) -> Subscription:
    subscription = Subscription(
        id=subscription_id,
        account_id=command.account_id,
        plan_id=plan.id,
        plan_name=plan.name,
        group=plan.group,
        interval=command.interval,
        price_minor=0,
        currency=plan.currency,
        credits_per_month=plan.credits_included,
        status=SubscriptionStatus.ACTIVE,
        period=period_after(now, now, command.interval),
        anchor_at=now,
        credits_from_at=now,
        channel=COMP,
        order_id=order.id,
        started_at=now,
        rules=plan.rules,
    )
    course = evolve(subscription.course, until=command.until)
    return within_until(evolve(subscription, course=course))
