"""What the sandbox does when a period is over: it collects for the next one, or cannot."""

from __future__ import annotations

from datetime import datetime

from adapters.providers.sandbox import tellings
from adapters.providers.sandbox.events import SUBSCRIPTION_PAID, SUBSCRIPTION_UPDATED, EventData
from adapters.providers.sandbox.payments import PaymentState
from adapters.providers.sandbox.records import (
    CUSTOMER,
    SUBSCRIPTION,
    CustomerState,
    SubscriptionState,
    later_than,
    state_of,
)
from application.ports.unit_of_work import UnitOfWork

Told = tuple[SubscriptionState, str, EventData]
"""The subscription as it is then, and the type and the data of the event that says so."""

SUBSCRIPTIONS_MAX = 100


async def period_over(work: UnitOfWork, before: SubscriptionState, now: datetime) -> Told:
    """End a subscription whose period is over, or collect for the next, and keep what came of it.

    A card that declines leaves a trial at its end, and anything else overdue.
    """
    told_at = later_than(now, before.told_at)
    if before.cancel_at_period_end:
        after = before.ended(told_at)
    elif await card_declines(work, before.customer_id):
        after = before.declined(told_at)
    else:
        after = before.renewed(told_at)
        await work.sandbox.put(payment_of(after).record())
    await work.sandbox.put(after.record())
    if after.periods_paid > before.periods_paid:
        return after, SUBSCRIPTION_PAID, tellings.period_paid(after)
    return after, SUBSCRIPTION_UPDATED, tellings.updated(after)


async def card_declines(work: UnitOfWork, customer_id: str) -> bool:
    """Say whether nothing can be collected from a customer."""
    record = await work.sandbox.get(CUSTOMER, customer_id)
    return record is not None and state_of(record, CustomerState).card_declines


async def change_card(work: UnitOfWork, customer_id: str, *, declines: bool, now: datetime) -> None:
    """Let a customer's card decline from now on, or not; what is overdue is tried again then."""
    record = await work.sandbox.get(CUSTOMER, customer_id)
    email = None if record is None else state_of(record, CustomerState).email
    card = CustomerState(id=customer_id, email=email, card_declines=declines)
    await work.sandbox.put(card.record())
    if declines:
        return
    for kept in await work.sandbox.of_kind(SUBSCRIPTION, f"{customer_id}/", SUBSCRIPTIONS_MAX):
        overdue = await work.sandbox.get(SUBSCRIPTION, kept.id)
        assert overdue is not None, "a subscription is never removed"
        await work.sandbox.put(state_of(overdue, SubscriptionState).retried(now).record())


def payment_of(paid: SubscriptionState) -> PaymentState:
    """Return the payment of a period."""
    return PaymentState(
        id=paid.payment_id,
        amount_minor=paid.net_minor,
        currency=paid.currency,
        paid_at=paid.paid_late_at or paid.start_at,
    )
