"""Money that Creem collected, as facts in our words."""

from __future__ import annotations

from attrs import evolve

from adapters.providers.creem.amounts import collected
from adapters.providers.creem.marks import account_id_of, order_id_of
from adapters.providers.creem.refusals import unreadable
from adapters.providers.creem.signature import CHANNEL
from adapters.providers.creem.standing import period_between, period_of
from adapters.providers.creem.wire import (
    CheckoutData,
    OrderData,
    ProductData,
    SubscriptionData,
    TransactionData,
    id_of,
    instant_of,
    minor_of,
)
from domain.payments.payment import Payment
from domain.payments.provider_event import PeriodPaid
from domain.period import Period


def one_off_payment(order: OrderData, checkout: CheckoutData) -> Payment:
    """Return the payment of a one-off purchase: known by Creem's order, compared before tax."""
    product = checkout.product if isinstance(checkout.product, ProductData) else None
    if product is not None and checkout.custom_price is not None:
        product = evolve(product, price=checkout.custom_price)
    paid = collected(order, product, minor_of(checkout.units) or 1)
    paid_at = instant_of(order.created_at) or instant_of(order.updated_at)
    if paid_at is None:
        raise unreadable("an order does not say when it was made")
    return Payment(
        channel=CHANNEL,
        provider_payment_id=order.id,
        net_minor=paid.net_minor,
        tax_minor=paid.tax_minor,
        currency=order.currency.upper(),
        paid_at=paid_at,
    )


def period_paid(subscription: SubscriptionData, transaction: TransactionData) -> PeriodPaid:
    """Return the fact that a transaction paid a period of a subscription."""
    product = subscription.product if isinstance(subscription.product, ProductData) else None
    paid = collected(transaction, product)
    paid_at = instant_of(transaction.created_at)
    assert paid_at is not None, "a transaction has an instant"
    return PeriodPaid(
        provider_subscription_id=subscription.id,
        payment=Payment(
            channel=CHANNEL,
            provider_payment_id=transaction.id,
            net_minor=paid.net_minor,
            tax_minor=paid.tax_minor,
            currency=transaction.currency.upper(),
            paid_at=paid_at,
        ),
        period=_period_paid_by(subscription, transaction),
        reference=id_of(subscription.product) if _is_latest(subscription, transaction) else None,
        order_id=order_id_of(subscription.metadata),
        account_id=account_id_of(subscription.metadata),
        customer_id=id_of(subscription.customer) or id_of(transaction.customer),
        bears_our_mark=order_id_of(subscription.metadata) is not None,
    )


def _period_paid_by(subscription: SubscriptionData, transaction: TransactionData) -> Period:
    own = period_between(instant_of(transaction.period_start), instant_of(transaction.period_end))
    current = period_of(subscription)
    period = (current or own) if _is_latest(subscription, transaction) else own
    if period is None:
        raise unreadable("neither the subscription nor its payment tells the period it is for")
    return period


def _is_latest(subscription: SubscriptionData, transaction: TransactionData) -> bool:
    """Say whether a subscription is told of as it stood when this paid for it."""
    return subscription.last_transaction_id in {None, transaction.id}
