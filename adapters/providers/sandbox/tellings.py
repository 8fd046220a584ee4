"""What the sandbox has to say about its checkouts and subscriptions, as the data of its events."""

from __future__ import annotations

from datetime import datetime

from adapters.providers.sandbox.events import (
    BegunData,
    CheckoutPaidData,
    CheckoutUnpaidData,
    PaymentData,
    PeriodData,
    SubscriptionPaidData,
    SubscriptionUpdatedData,
)
from adapters.providers.sandbox.records import CheckoutState, SubscriptionState


def checkout_paid(
    checkout: CheckoutState, begun: SubscriptionState | None, now: datetime
) -> CheckoutPaidData:
    """Say that a checkout was paid, and which subscription that began."""
    return CheckoutPaidData(
        session_id=checkout.session_id,
        order_id=checkout.order_id,
        customer_id=checkout.customer_id,
        payment=PaymentData(
            id=f"pay_{checkout.order_id}",
            net_minor=checkout.net_minor,
            tax_minor=0,
            currency=checkout.currency,
            paid_at=now,
        ),
        subscription=None if begun is None else BegunData(id=begun.id, period=_period(begun)),
    )


def checkout_unpaid(checkout: CheckoutState) -> CheckoutUnpaidData:
    """Say which checkout was not paid."""
    return CheckoutUnpaidData(session_id=checkout.session_id, order_id=checkout.order_id)


def period_paid(renewed: SubscriptionState) -> SubscriptionPaidData:
    """Say that the subscription's period was paid, at its full price and on its first instant.

    The payment's id names the period: however often it were told, it would count once.
    """
    return SubscriptionPaidData(
        subscription_id=renewed.id,
        payment=PaymentData(
            id=f"pay_{renewed.order_id}_{renewed.periods_paid}",
            net_minor=renewed.price_minor,
            tax_minor=0,
            currency=renewed.currency,
            paid_at=renewed.start_at,
        ),
        period=_period(renewed),
    )


def updated(subscription: SubscriptionState) -> SubscriptionUpdatedData:
    """Say what the subscription is like now."""
    return SubscriptionUpdatedData(
        subscription_id=subscription.id,
        status=subscription.status,
        cancel_at_period_end=subscription.cancel_at_period_end,
        period=_period(subscription),
    )


def _period(subscription: SubscriptionState) -> PeriodData:
    return PeriodData(start_at=subscription.start_at, end_at=subscription.end_at)
