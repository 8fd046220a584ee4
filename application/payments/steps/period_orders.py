"""Orders for what was collected without a checkout: a further period, a change of plan."""

from __future__ import annotations

from attrs import evolve

from application.payments.steps.booking import order_of, paid_otherwise
from domain.payments.errors import PaymentMismatch
from domain.payments.ids import OrderId
from domain.payments.order import Order, OrderLine, OrderType
from domain.payments.payment import Payment
from domain.payments.provider_event import PeriodPaid
from domain.subscriptions.subscription import Subscription


def renewal_order(subscription: Subscription, event: PeriodPaid, order_id: OrderId) -> Order:
    """Return the order for a further period, as the subscription was sold, or for less."""
    payment = event.payment
    return Order(
        id=order_id,
        account_id=subscription.account_id,
        line=_line(subscription),
        channel=subscription.channel,
        discount_minor=subscription.price_minor - payment.net_minor,
        total_minor=payment.total_minor,
        created_at=payment.paid_at,
        subscription_id=subscription.id,
        period=event.period,
    )


def unagreed_order(subscription: Subscription, event: PeriodPaid, order_id: OrderId) -> Order:
    """Return the order for a further period that cost more than was agreed, or other money.

    How it was sold is known once the provider has told how the subscription stands since the
    period began: a change of plan there may be told after its payment. Raises PaymentMismatch
    until then.
    """
    payment = event.payment
    if not subscription.is_reported_since(event.period.start_at):
        raise PaymentMismatch(
            order_id=subscription.order_id,
            differs="amount",
            ordered=str(subscription.price_minor),
            reported=str(payment.net_minor),
        )
    line, account_id = _line(subscription), subscription.account_id
    return evolve(
        order_of(payment, account_id, order_id, line, "further period"),
        subscription_id=subscription.id,
        concern=paid_otherwise(subscription.price, payment),
    )


def change_order(subscription: Subscription, payment: Payment, order_id: OrderId) -> Order:
    """Return the order for what a change of plan cost; its credits came with the change."""
    line, account_id = _line(subscription), subscription.account_id
    return evolve(
        order_of(payment, account_id, order_id, line, "change of plan"),
        subscription_id=subscription.id,
    )


def _line(subscription: Subscription) -> OrderLine:
    return OrderLine(
        type=OrderType.SUBSCRIPTION,
        item_id=subscription.plan_id,
        name=subscription.plan_name,
        interval=subscription.interval,
        price_minor=subscription.price_minor,
        currency=subscription.currency,
        credits=subscription.credits_per_month,
    )
