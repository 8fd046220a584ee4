"""What a paid order causes: payment noted, subscription begun, credits granted, coupon kept.

Plain steps, handed an open unit of work; they never commit. Every effect is keyed by what it pays
for, so that any number of events about one purchase have one effect.
"""

from __future__ import annotations

from datetime import datetime

from attrs import evolve, frozen

from application.events.steps.raised_events import (
    raise_order,
    raise_redeemed,
    raise_started,
    raise_subscription,
)
from application.payments.steps.booking import number_receipt, paid_otherwise
from application.ports.unit_of_work import UnitOfWork
from application.promotions.steps.coupon_slots import keep_slots, release_slots
from application.subscriptions.steps.add_ons import tie_add_on
from application.subscriptions.steps.monthly_credits import grant_months_due
from application.subscriptions.steps.subscription_history import BY_TIME, note_move
from application.subscriptions.steps.trials import beginning_with, begun_trial, trial_period
from application.wallets.granting import Granting, grant_bonus
from domain.credits.grant import CATEGORY_OF, Cost, GrantSource, GrantTerms
from domain.money import Money
from domain.payments.errors import PaymentMismatch
from domain.payments.order import Order, OrderType
from domain.payments.payment import Payment
from domain.period import Period, period_after
from domain.subscriptions.catalogue import Plan
from domain.subscriptions.ids import PlanId, SubscriptionId
from domain.subscriptions.subscription import Subscription, SubscriptionStatus

Effects = tuple[str, ...]


@frozen(kw_only=True)
class ProviderSide:
    """What a provider says it began when a subscription's first period was paid."""

    subscription_id: str | None = None
    period: Period | None = None
    paid_at: datetime | None = None


NO_PROVIDER = ProviderSide()


@frozen(kw_only=True)
class Fulfilled:
    """The order as it is kept then, and in words what was done; nothing, if it was done before."""

    order: Order
    effects: Effects = ()


async def fulfil_payment(
    granting: Granting, order: Order, payment: Payment, provider: ProviderSide
) -> Fulfilled:
    """Take a provider's payment for an order taken in this unit of work, and do all it causes.

    A payment that was taken before causes nothing, and one of another amount than was asked for is
    kept without further effect. Raises PaymentMismatch if it is in another currency or of another
    channel, or if another payment has paid the order already.
    """
    work = granting.work
    paid_before = await work.payments.order_paid_by(payment.channel, payment.provider_payment_id)
    if paid_before == order.id:
        return Fulfilled(order=order)
    if paid_before is not None or order.was_paid:
        raise PaymentMismatch(
            order_id=order.id,
            differs="payment",
            ordered=order.provider_payment_id or str(paid_before),
            reported=payment.provider_payment_id,
        )
    if payment.net_minor != order.due_minor:
        return await _keep(granting, order, payment, provider)
    paid = order.paid_by(payment, granting.now)
    await work.payments.add(payment, order.id)
    return await _deliver(granting, paid, provider)


async def _keep(
    granting: Granting, order: Order, payment: Payment, provider: ProviderSide
) -> Fulfilled:
    """Keep money of another amount than was asked for: a person says what it is to bring.

    A subscription that the provider began for it does not begin here. The order knows it by the
    provider's id, so that what it is charged for later finds it.
    """
    work, reference = granting.work, provider.subscription_id
    concern = paid_otherwise(Money(order.due_minor, order.line.currency), payment)
    if reference is not None:
        concern += (
            f"; its subscription ({reference} at {order.channel}) has not begun here: cancel it at "
            "the provider, or let it be charged what was agreed upon, and it begins with that"
        )
    paid = order.paid_otherwise(payment, granting.now, concern)
    released = await release_slots(work, order.id, granting.now)
    kept = await number_receipt(work, evolve(paid, second_subscription_id=reference))
    await work.payments.add(payment, order.id)
    await work.orders.save(kept)
    await raise_order(work, granting.new_id, granting.now, kept)
    return Fulfilled(order=kept, effects=(f"order {order.id} paid otherwise", *released))


async def fulfil_free(granting: Granting, order: Order) -> Fulfilled:
    """Do all that an order causes whose total is nothing."""
    return await _deliver(granting, order.given_free(granting.now), NO_PROVIDER)


async def fulfil_trial(granting: Granting, order: Order, provider: ProviderSide) -> Fulfilled:
    """Begin a trial that the provider gives of its own accord, for an order that is not paid yet.

    Its first payment comes later, with an order of its own.
    """
    if order.was_paid:
        return Fulfilled(order=order)
    assert provider.period is not None
    days = max(1, (provider.period.end_at - provider.period.start_at).days)
    begun = beginning_with(order, days).given_free(granting.now)
    return await _deliver(granting, begun, provider)


async def _deliver(granting: Granting, order: Order, provider: ProviderSide) -> Fulfilled:
    effects: Effects = (f"order {order.id} paid",)
    if order.line.type is OrderType.SUBSCRIPTION:
        order, begun = await _begin_subscription(granting, order, provider)
        effects += begun
    else:
        effects += await _grant_purchase(granting, order)
        effects += await tie_add_on(granting.work, order)
    effects += await _grant_bonus(granting, order)
    kept, said = await keep_slots(granting.work, order, granting.now)
    order = await number_receipt(granting.work, order)
    await granting.work.orders.save(order)
    await raise_order(granting.work, granting.new_id, granting.now, order)
    for use in kept:
        await raise_redeemed(granting.work, granting.new_id, granting.now, use)
    effects += said
    await granting.save()
    return Fulfilled(order=order, effects=effects)


async def _grant_purchase(granting: Granting, order: Order) -> Effects:
    line = order.line
    months = 1 if line.interval is None else line.interval.months
    amount = line.credits * months
    if amount == 0:
        return ()
    terms = GrantTerms(
        amount=amount,
        source=GrantSource.PURCHASE,
        category=CATEGORY_OF[GrantSource.PURCHASE],
        cause=order.cause,
        cost=Cost(amount_minor=order.due_minor, currency=line.currency),
    )
    await granting.once(f"order:{order.id}", terms, f"Purchase: {line.name}")
    return (f"granted {amount} credits",)


async def _grant_bonus(granting: Granting, order: Order) -> Effects:
    effects: Effects = ()
    for use in await granting.work.redemptions.of_order(order.id):
        if use.benefit.bonus_credits > 0:
            await grant_bonus(granting, use, order.cause)
            effects += (f"granted {use.benefit.bonus_credits} bonus credits",)
    return effects


async def _begin_subscription(
    granting: Granting, order: Order, provider: ProviderSide
) -> tuple[Order, Effects]:
    plan = await granting.work.plans.get(PlanId(order.line.item_id))
    live = await granting.work.subscriptions.live_in_group(order.account_id, plan.group)
    effects: Effects = ()
    if live is not None and live.is_free and order.line.price_minor > 0:
        free = await granting.work.subscriptions.take(live.id)
        ended = free.become(SubscriptionStatus.CANCELED, granting.now)
        await granting.work.subscriptions.save(ended)
        await note_move(granting.work, granting.new_id, granting.now, BY_TIME, free, ended)
        await raise_subscription(granting.work, granting.new_id, granting.now, free, ended)
        effects, live = (f"free subscription {free.id} gave way",), None
    if live is not None:
        # Two checkouts were open and both were paid. The money is honoured with all the credits it
        # bought; a second subscription beside the first would charge the buyer twice a month.
        # A person has to end that one at the provider, where it would go on being charged.
        # A trial that was completed beside it was paid by nothing, and brings nothing.
        done = () if order.trial_days else await _grant_purchase(granting, order)
        there = f"{provider.subscription_id or 'begun'} at {order.channel}"
        concern = (
            f"it paid for a second subscription ({there}) beside {live.id}: cancel it at the "
            "provider, and refund what the customer did not want"
        )
        beside = evolve(order, concern=concern, second_subscription_id=provider.subscription_id)
        return beside, (*done, f"no second subscription beside {live.id}")
    begun = await _subscription(granting, order, plan, provider)
    granted, months = await grant_months_due(granting, begun)
    await granting.work.subscriptions.add(granted)
    await raise_started(granting.work, granting.new_id, granting.now, granted)
    return (
        evolve(order, subscription_id=begun.id, period=begun.period),
        (*effects, f"subscription {begun.id} began", *months),
    )


async def _subscription(
    granting: Granting, order: Order, plan: Plan, provider: ProviderSide
) -> Subscription:
    interval = order.line.interval
    assert interval is not None
    period = provider.period or (
        trial_period(granting.now, order.trial_days)
        if order.trial_days
        else period_after(granting.now, granting.now, interval)
    )
    has_provider = provider.subscription_id is not None
    subscription = Subscription(
        id=SubscriptionId(granting.new_id()),
        account_id=order.account_id,
        plan_id=plan.id,
        plan_name=order.line.name,
        group=plan.group,
        interval=interval,
        price_minor=order.line.price_minor,
        currency=order.line.currency,
        credits_per_month=order.line.credits,
        status=SubscriptionStatus.ACTIVE,
        period=period,
        anchor_at=period.start_at,
        credits_from_at=period.start_at,
        # Nobody would collect for the next period, so what was only made free once ends with it.
        cancel_at_period_end=not has_provider and order.line.price_minor > 0,
        channel=order.channel,
        provider_subscription_id=provider.subscription_id,
        reference=plan.reference(order.channel, interval) if has_provider else None,
        order_id=order.id,
        started_at=granting.now,
        # A period that was paid with nothing makes no payer yet, nor one that nobody will renew.
        paying_from_at=granting.now if has_provider and order.total_minor > 0 else None,
        collected_at=provider.paid_at,
        rules=plan.rules,
    )
    if not order.trial_days:
        return subscription
    by_code = await _trial_by_code(granting.work, order)
    return await begun_trial(granting.work, subscription, by_code)


async def _trial_by_code(work: UnitOfWork, order: Order) -> int:
    """Return the days of trial that the order's code promised; 0 where none did."""
    uses = await work.redemptions.of_order(order.id)
    return max((use.benefit.trial_days for use in uses), default=0)
