"""What the sandbox answers when it is asked, as facts in our words: what its webhooks also say."""

from __future__ import annotations

from datetime import datetime

from adapters.providers.sandbox import tellings
from adapters.providers.sandbox.events import (
    CHECKOUT_EXPIRED,
    CHECKOUT_PAID,
    DISPUTE_UPDATED,
    REFUND_UPDATED,
    SUBSCRIPTION_UPDATED,
    EventData,
    Outgoing,
    translated,
    written,
)
from adapters.providers.sandbox.payments import PAYMENT, PaymentState
from adapters.providers.sandbox.records import (
    CHECKOUT,
    SUBSCRIPTION,
    CheckoutState,
    CheckoutStatus,
    SubscriptionState,
    later_than,
    state_of,
)
from adapters.providers.sandbox.signature import CHANNEL
from application.ports.unit_of_work import UnitOfWork
from domain.payments.errors import ProviderRefused
from domain.payments.provider_event import ProviderEvent, SubscriptionReported

SESSION = "session_"
SUBSCRIBED = "sub_"

# The event that would say it is never sent, so it needs no name of its own.
_UNSENT = "evt_00000000-0000-0000-0000-000000000000"


async def checkout_facts(
    work: UnitOfWork, session_id: str, now: datetime
) -> tuple[ProviderEvent, ...]:
    """Return what has become of a checkout. Raises ProviderRefused."""
    checkout = await _checkout(work, session_id.removeprefix(SESSION), "checkout")
    match checkout.status_at(now):
        case CheckoutStatus.OPEN:
            return ()
        case CheckoutStatus.CLOSED:
            return _fact(CHECKOUT_EXPIRED, tellings.checkout_unpaid(checkout), now)
        case CheckoutStatus.PAID:
            payment = await payment_of(work, checkout.payment_id)
            paid_at = payment.paid_at
            begun = checkout.begun(paid_at, paid_at)
            return _fact(CHECKOUT_PAID, tellings.checkout_paid(checkout, begun, paid_at), paid_at)


async def subscription_report(
    work: UnitOfWork, subscription_id: str, now: datetime
) -> SubscriptionReported:
    """Return how a subscription stands. Raises ProviderRefused."""
    return report_of(await subscription_of(work, subscription_id), now)


async def subscription_of(work: UnitOfWork, subscription_id: str) -> SubscriptionState:
    """Return what is kept of a subscription. Raises ProviderRefused."""
    order_id = subscription_id.removeprefix(SUBSCRIBED)
    checkout = await _checkout(work, order_id, "subscription")
    place = f"{checkout.customer_id}/{subscription_id}"
    record = await work.sandbox.get(SUBSCRIPTION, place)
    if record is None:
        raise _unknown("subscription")
    return state_of(record, SubscriptionState)


def report_of(subscription: SubscriptionState, now: datetime) -> SubscriptionReported:
    """Return how a subscription stands, newer than what was told of it so far."""
    as_of = later_than(now, subscription.told_at)
    (report,) = _fact(SUBSCRIPTION_UPDATED, tellings.updated(subscription), as_of)
    assert isinstance(report, SubscriptionReported)
    return report


async def payment_facts(work: UnitOfWork, payment_id: str) -> tuple[ProviderEvent, ...]:
    """Return the refunds of a payment, and the dispute about it. Raises ProviderRefused."""
    payment = await payment_of(work, payment_id)
    as_of = payment.told_at or payment.paid_at
    facts: tuple[ProviderEvent, ...] = ()
    for refund in payment.refunds:
        facts += _fact(REFUND_UPDATED, tellings.refunded(payment, refund), as_of)
    if payment.dispute is not None:
        facts += _fact(DISPUTE_UPDATED, tellings.disputed(payment), as_of)
    return facts


async def payment_of(work: UnitOfWork, payment_id: str) -> PaymentState:
    """Return what is kept of a payment. Raises ProviderRefused."""
    record = await work.sandbox.get(PAYMENT, payment_id)
    if record is None:
        raise _unknown("payment")
    return state_of(record, PaymentState)


async def _checkout(work: UnitOfWork, order_id: str, asked_for: str) -> CheckoutState:
    record = await work.sandbox.get(CHECKOUT, order_id)
    if record is None:
        raise _unknown(asked_for)
    return state_of(record, CheckoutState)


def _fact(type: str, data: EventData, at: datetime) -> tuple[ProviderEvent, ...]:
    """Return what an event with this data means: one way to understand both."""
    event = Outgoing(id=_UNSENT, type=type, created_at=at, data=data)
    return translated(written(event).encode())


def _unknown(what: str) -> ProviderRefused:
    return ProviderRefused(channel=CHANNEL, reason=f"it has no such {what}")
