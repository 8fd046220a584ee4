"""Orders for what was collected without a checkout: a further period, a change of plan."""

from __future__ import annotations

from domain.payments.errors import PaymentMismatch
from domain.payments.ids import OrderId
from domain.payments.order import Order, OrderLine, OrderType
from domain.payments.payment import Payment
from domain.payments.provider_event import PeriodPaid
from domain.subscriptions.subscription import Subscription


def renewal_order(subscription: Subscription, event: PeriodPaid, order_id: OrderId) -> Order:
    """Return the order for a further period, as the subscription was sold.

    Raises PaymentMismatch if more was paid than it costs.
    """
    payment = event.payment
    if payment.net_minor > subscription.price_minor:
        raise PaymentMismatch(
            order_id=subscription.order_id,
            differs="amount",
            ordered=str(subscription.price_minor),
            reported=str(payment.net_minor),
        )
    return Order(
        id=order_id,
        account_id=subscription.account_id,
        line=OrderLine(
            type=OrderType.SUBSCRIPTION,
            item_id=subscription.plan_id,
            name=subscription.plan_name,
            interval=subscription.interval,
            price_minor=subscription.price_minor,
            currency=subscription.currency,
            credits=subscription.credits_per_month,
        ),
        channel=subscription.channel,
        discount_minor=subscription.price_minor - payment.net_minor,
        total_minor=payment.total_minor,
        created_at=payment.paid_at,
        subscription_id=subscription.id,
        period=event.period,
    )


def change_order(subscription: Subscription, payment: Payment, order_id: OrderId) -> Order:
    """Return the order for what a change of plan cost; its credits came with the change."""
    return Order(
        id=order_id,
        account_id=subscription.account_id,
        line=OrderLine(
            type=OrderType.SUBSCRIPTION,
            item_id=subscription.plan_id,
            name=f"{subscription.plan_name}: change of plan",
            interval=subscription.interval,
            price_minor=payment.net_minor,
            currency=payment.currency,
            credits=0,
        ),
        channel=subscription.channel,
        total_minor=payment.total_minor,
        created_at=payment.paid_at,
        subscription_id=subscription.id,
    )
