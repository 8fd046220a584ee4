"""Orders for what was collected without a checkout: a further period, a change of plan."""

from __future__ import annotations

from attrs import evolve

from application.payments.steps.booking import is_agreed, order_of, paid_otherwise
from domain.payments.errors import PaymentMismatch
from domain.payments.ids import OrderId
from domain.payments.order import Order, OrderLine, OrderType
from domain.payments.payment import Payment
from domain.payments.provider_event import PeriodPaid
from domain.subscriptions.subscription import Subscription


def renewal_order(subscription: Subscription, event: PeriodPaid, order_id: OrderId) -> Order:
    """Return the order for a further period, as the subscription was sold, or for less."""
    payment = event.payment
    discount_minor = subscription.price_minor - payment.net_minor
    return Order(
        id=order_id,
        account_id=subscription.account_id,
        line=_line(subscription),
        channel=subscription.channel,
        discount_minor=discount_minor,
        # For how long the provider goes on with it is not told.
        discount_periods=None if discount_minor else 1,
        total_minor=payment.total_minor,
        created_at=payment.paid_at,
        subscription_id=subscription.id,
        period=event.period,
    )


def unagreed_order(subscription: Subscription, event: PeriodPaid, order_id: OrderId) -> Order:
    """Return the order for a further period that cost more than was agreed, or other money."""
    concern = paid_otherwise(subscription.price, event.payment)
    return _kept_order(subscription, event.payment, order_id, "further period", concern)


def ended_order(subscription: Subscription, payment: Payment, order_id: OrderId) -> Order:
    """Return the order for a period that was paid after the subscription had ended."""
    concern = (
        f"it was paid on {payment.paid_at:%Y-%m-%d}, after its subscription {subscription.id} had "
        "ended, and brought no credits: refund it, and look at the provider why it was collected"
    )
    return _kept_order(subscription, payment, order_id, "after its end", concern)


def check_certain(subscription: Subscription, event: PeriodPaid) -> None:
    """Refuse a period of which it is not known yet as what it was sold. Raises PaymentMismatch.

    A change of plan at the provider may be told after its first payment. As long as nothing was
    told since the period began, what is paid by another price than ours, or costs more, may be for
    another plan.
    """
    if subscription.is_reported_since(event.period.start_at):
        return
    payment, ours = event.payment, subscription.reference
    if None not in {event.reference, ours} and event.reference != ours:
        differs, ordered, reported = "price", str(ours), str(event.reference)
    elif not is_agreed(payment, subscription.price):
        ordered, reported = str(subscription.price_minor), str(payment.net_minor)
        differs = "amount"
    else:
        return
    raise PaymentMismatch(
        order_id=subscription.order_id, differs=differs, ordered=ordered, reported=reported
    )


def change_order(subscription: Subscription, payment: Payment, order_id: OrderId) -> Order:
    """Return the order for what a change of plan cost; its credits came with the change."""
    return _kept_order(subscription, payment, order_id, "change of plan")


def _kept_order(
    subscription: Subscription,
    payment: Payment,
    order_id: OrderId,
    bought: str,
    concern: str | None = None,
) -> Order:
    line, account_id = _line(subscription), subscription.account_id
    return evolve(
        order_of(payment, account_id, order_id, line, bought),
        subscription_id=subscription.id,
        concern=concern,
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
