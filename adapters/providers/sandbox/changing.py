"""A change of plan at the sandbox: what it costs, what is collected, and what is told of it."""

from __future__ import annotations

from datetime import datetime

from attrs import evolve, frozen

from adapters.providers.sandbox import tellings
from adapters.providers.sandbox.acting import Acted
from adapters.providers.sandbox.events import (
    CHANGE_PAID,
    SUBSCRIPTION_PAID,
    SUBSCRIPTION_UPDATED,
    EventData,
    Outgoing,
)
from adapters.providers.sandbox.payments import PaymentState
from adapters.providers.sandbox.reading import subscription_of
from adapters.providers.sandbox.records import SubscriptionState, later_than
from adapters.providers.sandbox.signature import CHANNEL
from application.ports.provider_calls import ChangeBilling, ChangePreview, PlanChange, PriceSold
from application.ports.system import NewId
from application.ports.unit_of_work import UnitOfWork
from domain.payments.errors import ProviderRefused
from domain.period import Period, period_after
from domain.subscriptions.proration import Left, Rates, difference, fraction_left, fresh_start


@frozen(kw_only=True)
class _Bill:
    """What a change costs in minor units, below zero what is owed to the customer then."""

    due_minor: int
    begins_period: bool


async def cost_of(work: UnitOfWork, change: PlanChange) -> ChangePreview:
    """Return what a change would cost now. Raises ProviderRefused."""
    before = await subscription_of(work, change.provider_subscription_id)
    bill = _bill(_running(before), change)
    return ChangePreview(
        due_now_minor=bill.due_minor,
        currency=before.currency,
        is_exact=True,
        begins_period=bill.begins_period,
    )


async def change_of(work: UnitOfWork, change: PlanChange, now: datetime, new_id: NewId) -> Acted:
    """Make a change in the open unit of work, and return what is to be told.

    The change that was made last under the same key stays as it is. Raises ProviderRefused.
    """
    before = await subscription_of(work, change.provider_subscription_id)
    if before.change_key == change.key:
        return before, ()
    bill = _bill(_running(before), change)
    told_at = later_than(now, before.told_at)
    after = _changed(before, change, bill, told_at)
    if bill.begins_period:
        # Later than the one that ends, even where the billing clock stands still.
        after = _in_new_period(after, later_than(now, before.start_at), bill)
    events = [_told(SUBSCRIPTION_UPDATED, told_at, tellings.updated(after), new_id)]
    collected = max(0, bill.due_minor)
    if bill.begins_period or collected > 0:
        after = evolve(after, told_at=later_than(now, told_at))
        kind, payment_id, data = _payment_of(after, bill, collected, now)
        payment = PaymentState(
            id=payment_id,
            amount_minor=collected,
            currency=after.currency,
            paid_at=data.payment.paid_at,
        )
        await work.sandbox.put(payment.record())
        events.append(_told(kind, after.told_at, data, new_id))
    await work.sandbox.put(after.record())
    return after, tuple(events)


def _running(before: SubscriptionState) -> SubscriptionState:
    if not before.is_active:
        raise ProviderRefused(channel=CHANNEL, reason="the subscription is not running")
    return before


def _bill(before: SubscriptionState, change: PlanChange) -> _Bill:
    """Reckon by the service's own fraction, once, from what the running period was paid at."""
    if change.billing is not ChangeBilling.NOW:
        return _Bill(due_minor=0, begins_period=False)
    sold = _sold(before, change)
    worth = before.price_minor if before.worth_minor is None else before.worth_minor
    left = fraction_left(Period(before.start_at, before.end_at), change.proration_at)
    begins_period = sold.interval is not before.interval
    reckon = fresh_start if begins_period else difference
    made = reckon(
        Rates(price_minor=worth, credits=0),
        Rates(price_minor=sold.price_minor, credits=0),
        Left(of_money=left, of_credits=left),
    )
    return _Bill(due_minor=made.due_minor, begins_period=begins_period)


def _sold(before: SubscriptionState, change: PlanChange) -> PriceSold:
    sold = change.sold
    if sold is None or sold.currency != before.currency:
        raise ProviderRefused(channel=CHANNEL, reason="it is not told what is sold")
    return sold


def _changed(
    before: SubscriptionState, change: PlanChange, bill: _Bill, told_at: datetime
) -> SubscriptionState:
    sold = _sold(before, change)
    is_now = change.billing is ChangeBilling.NOW
    return evolve(
        before,
        item=sold.name,
        interval=sold.interval,
        price_minor=sold.price_minor,
        worth_minor=sold.price_minor if is_now else before.worth_minor,
        credit_minor=before.credit_minor + max(0, -bill.due_minor),
        reference=change.reference,
        changes=before.changes + 1,
        change_key=change.key,
        told_at=told_at,
    )


def _in_new_period(after: SubscriptionState, start_at: datetime, bill: _Bill) -> SubscriptionState:
    period = period_after(start_at, start_at, after.interval)
    return evolve(
        after,
        anchor_at=start_at,
        start_at=period.start_at,
        end_at=period.end_at,
        periods_paid=after.periods_paid + 1,
        collected_minor=max(0, bill.due_minor),
        from_balance_minor=0,
    )


def _payment_of(
    after: SubscriptionState, bill: _Bill, collected: int, now: datetime
) -> tuple[str, str, tellings.PaymentTold]:
    if bill.begins_period:
        return SUBSCRIPTION_PAID, after.payment_id, tellings.period_paid(after)
    return CHANGE_PAID, after.change_payment_id, tellings.change_paid(after, collected, now)


def _told(type: str, told_at: datetime, data: EventData, new_id: NewId) -> Outgoing:
    return Outgoing(id=f"evt_{new_id()}", type=type, created_at=told_at, data=data)
