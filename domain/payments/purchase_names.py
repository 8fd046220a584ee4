"""The ids by which facts of one purchase can be told to belong together."""

from __future__ import annotations

from domain.payments.ids import OrderId
from domain.payments.provider_event import (
    ChangePaid,
    CheckoutExpired,
    CheckoutFailed,
    CheckoutLinked,
    CheckoutPaid,
    CustomerDeleted,
    DisputeReported,
    PeriodPaid,
    ProviderEvent,
    RefundReported,
    SubscriptionReported,
    TrialBegun,
)


def names_in(event: ProviderEvent) -> frozenset[str]:
    """Return every order, payment, subscription and customer that a fact names.

    A renewal names the subscription that the first payment began, a refund the payment it gives
    back: two facts without a name in common do not depend on each other.
    """
    match event:
        case CheckoutPaid():
            return _names(
                order_id=event.order_id,
                payments=(event.payment.provider_payment_id,),
                subscription=event.provider_subscription_id,
                customer=event.customer_id,
            )
        case CheckoutFailed() | CheckoutExpired():
            return _names(order_id=event.order_id)
        case CheckoutLinked() | TrialBegun():
            return _names(
                order_id=event.order_id,
                subscription=event.provider_subscription_id,
                customer=event.customer_id,
            )
        case PeriodPaid():
            return _names(
                order_id=event.order_id,
                payments=(event.payment.provider_payment_id,),
                subscription=event.provider_subscription_id,
                customer=event.customer_id,
            )
        case ChangePaid():
            return _names(
                payments=(event.payment.provider_payment_id,),
                subscription=event.provider_subscription_id,
            )
        case SubscriptionReported():
            return _names(subscription=event.provider_subscription_id)
        case RefundReported() | DisputeReported():
            return _names(payments=event.payment_ids)
        case CustomerDeleted():
            return _names(customer=event.customer_id)


def _names(
    *,
    order_id: OrderId | None = None,
    payments: tuple[str, ...] = (),
    subscription: str | None = None,
    customer: str | None = None,
) -> frozenset[str]:
    found = {f"payment:{each}" for each in payments}
    if order_id is not None:
        found.add(f"order:{order_id}")
    if subscription is not None:
        found.add(f"subscription:{subscription}")
    if customer is not None:
        found.add(f"customer:{customer}")
    return frozenset(found)
