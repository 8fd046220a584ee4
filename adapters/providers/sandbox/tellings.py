"""What the sandbox has to say about what it keeps, as the data of its events."""

from __future__ import annotations

from datetime import datetime

from adapters.providers.sandbox.events import (
    BegunData,
    ChangePaidData,
    CheckoutPaidData,
    CheckoutUnpaidData,
    DisputeUpdatedData,
    PaymentData,
    PeriodData,
    RefundUpdatedData,
    SubscriptionPaidData,
    SubscriptionUpdatedData,
)
from adapters.providers.sandbox.payments import PaymentState, RefundState
from adapters.providers.sandbox.records import CheckoutState, SubscriptionState
from domain.payments.provider_event import RefundStatus

PaymentTold = SubscriptionPaidData | ChangePaidData
"""What tells of money that a running subscription brought."""


def checkout_paid(
    checkout: CheckoutState, begun: SubscriptionState | None, now: datetime
) -> CheckoutPaidData:
    """Say that a checkout was paid, and which subscription that began."""
    return CheckoutPaidData(
        session_id=checkout.session_id,
        order_id=checkout.order_id,
        customer_id=checkout.customer_id,
        payment=PaymentData(
            id=checkout.payment_id,
            net_minor=checkout.net_minor,
            tax_minor=0,
            currency=checkout.currency,
            paid_at=now,
        ),
        subscription=None if begun is None else BegunData(id=begun.id, period=_period(begun)),
        account_id=checkout.account_id,
    )


def checkout_unpaid(checkout: CheckoutState) -> CheckoutUnpaidData:
    """Say which checkout was not paid."""
    return CheckoutUnpaidData(session_id=checkout.session_id, order_id=checkout.order_id)


def period_paid(renewed: SubscriptionState) -> SubscriptionPaidData:
    """Say that the subscription's period was paid, and what of it was collected.

    It was paid on the first instant of the period, unless a card had been declined. The payment's
    id names the period: however often it were told, it would count once.
    """
    return SubscriptionPaidData(
        subscription_id=renewed.id,
        payment=PaymentData(
            id=renewed.payment_id,
            net_minor=renewed.net_minor + renewed.from_balance_minor,
            tax_minor=0,
            collected_minor=renewed.net_minor,
            currency=renewed.currency,
            paid_at=renewed.paid_late_at or renewed.start_at,
        ),
        period=_period(renewed),
        reference=renewed.reference,
    )


def change_paid(changed: SubscriptionState, net_minor: int, paid_at: datetime) -> ChangePaidData:
    """Say that what a change of plan cost was paid, within the running period."""
    return ChangePaidData(
        subscription_id=changed.id,
        key=changed.change_key,
        payment=PaymentData(
            id=changed.change_payment_id,
            net_minor=net_minor,
            tax_minor=0,
            currency=changed.currency,
            paid_at=paid_at,
        ),
    )


def updated(subscription: SubscriptionState) -> SubscriptionUpdatedData:
    """Say what the subscription is like now."""
    return SubscriptionUpdatedData(
        subscription_id=subscription.id,
        status=subscription.status,
        reference=subscription.reference,
        cancel_at_period_end=subscription.cancel_at_period_end,
        period=_period(subscription),
    )


def refunded(payment: PaymentState, refund: RefundState) -> RefundUpdatedData:
    """Say that a part of a payment went back: in the sandbox that is done at once."""
    return RefundUpdatedData(
        refund_id=refund.id,
        payment_id=payment.id,
        amount_minor=refund.amount_minor,
        currency=payment.currency,
        status=RefundStatus.SUCCEEDED,
    )


def disputed(payment: PaymentState) -> DisputeUpdatedData:
    """Say how the dispute about a payment stands."""
    assert payment.dispute is not None
    return DisputeUpdatedData(
        dispute_id=payment.dispute_id,
        payment_id=payment.id,
        amount_minor=payment.disputed_minor,
        currency=payment.currency,
        status=payment.dispute,
    )


def _period(subscription: SubscriptionState) -> PeriodData:
    return PeriodData(start_at=subscription.start_at, end_at=subscription.end_at)
