"""The credits of a subscription's months, each granted once, whoever notices that it is due."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from application.payments.steps.order_lots import settle_lots
from application.wallets.granting import Granting
from domain.credits.claw_back import Shortfall
from domain.credits.grant import CATEGORY_OF, Cost, GrantSource, GrantTerms
from domain.money import split
from domain.payments.order import Order
from domain.period import Period, month_of
from domain.subscriptions.subscription import Subscription

MonthsGranted = tuple[Subscription, tuple[str, ...]]
"""The subscription as it is then, and what was done."""


async def grant_months_due(granting: Granting, subscription: Subscription) -> MonthsGranted:
    """Grant every month that is due.

    A month's credits live until the month ends; then they lapse, or some live on as the plan's
    terms say. A month that is wholly over before anybody noticed
    brings nothing: its credits would have lapsed.
    """
    return await _grant_months(granting, subscription, Subscription.month_due)


async def grant_months_paid(granting: Granting, subscription: Subscription) -> MonthsGranted:
    """Grant every month that has begun in a period just paid for, whatever came after the payment.

    News of a payment may come late, when the subscription has already been reported as overdue or
    ended. The buyer gets the same as if it had come in time.
    """
    return await _grant_months(granting, subscription, Subscription.month_paid)


async def _grant_months(
    granting: Granting,
    subscription: Subscription,
    next_month: Callable[[Subscription, datetime], Period | None],
) -> MonthsGranted:
    effects: tuple[str, ...] = ()
    while (month := next_month(subscription, granting.now)) is not None:
        if month.end_at > granting.now and subscription.credits_of(month) > 0:
            effects += await _grant_month(granting, subscription, month)
        subscription = subscription.month_granted(month)
    return subscription, effects


async def _grant_month(
    granting: Granting, subscription: Subscription, month: Period
) -> tuple[str, ...]:
    """Grant a month unless that was done before, or all that was paid for it has gone back."""
    order = await granting.work.orders.find(subscription.order_id)
    if order.is_gone:
        return ()
    purpose = f"month:{subscription.id}:{month.start_at.isoformat()}"
    span = "trial" if subscription.is_in_trial else "month"
    text = f"{subscription.plan_name}: credits of the {span}"
    if not await granting.once(purpose, _terms(subscription, month, order), text):
        return ()
    granted = (f"granted {subscription.credits_of(month)} credits of the {span}",)
    if order.refunded_minor > 0 or order.is_disputed:
        return (*granted, *await _share_gone(granting, order))
    return granted


async def _share_gone(granting: Granting, order: Order) -> tuple[str, ...]:
    """Let a month granted late share in what has become of the money that paid for it.

    What it has to give is all there, but for what it filled of a hole, which then opens again.
    """
    taken = await granting.work.orders.take(order.id)
    settled, effects = await settle_lots(
        granting,
        taken,
        shortfall=Shortfall.OWE,
        cause=order.cause,
        description=f"Share of a payment that has gone back: {order.line.name}",
    )
    await granting.work.orders.save(settled)
    return effects


def _terms(subscription: Subscription, month: Period, order: Order) -> GrantTerms:
    months = subscription.interval.months
    costs = split(order.due_minor, [1] * months)
    index = month_of(subscription.anchor_at, month.start_at) % months
    # What a trial leaves is never carried over: nothing was paid for it.
    rule = None if subscription.is_in_trial else subscription.rules.rollover
    anchor_at = subscription.anchor_at
    return GrantTerms(
        amount=subscription.credits_of(month),
        source=GrantSource.SUBSCRIPTION,
        category=CATEGORY_OF[GrantSource.SUBSCRIPTION],
        expires_at=month.end_at,
        cause=order.cause,
        cost=Cost(amount_minor=costs[index], currency=subscription.currency),
        rollover=None if rule is None else rule.after(month.end_at, anchor_at, subscription.id),
    )
