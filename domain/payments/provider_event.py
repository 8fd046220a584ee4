"""What providers tell us, in our words; each adapter translates its webhooks to these."""

from __future__ import annotations

from datetime import datetime
from enum import Enum

from attrs import frozen

from domain.payments.ids import Channel, OrderId
from domain.payments.payment import Payment
from domain.period import Period


class ProviderStatus(Enum):
    """The state of a subscription as a provider reports it."""

    INCOMPLETE = "incomplete"
    TRIALING = "trialing"
    ACTIVE = "active"
    PAST_DUE = "past_due"
    PAUSED = "paused"
    CANCELED = "canceled"
    EXPIRED = "expired"


@frozen(kw_only=True)
class CheckoutPaid:
    """The checkout of an order was paid. For a subscription it also names what was begun."""

    order_id: OrderId
    payment: Payment
    customer_id: str | None = None
    provider_subscription_id: str | None = None
    period: Period | None = None


@frozen(kw_only=True)
class CheckoutFailed:
    """A payment for the order was declined for good; the buyer may start another checkout."""

    order_id: OrderId


@frozen(kw_only=True)
class CheckoutExpired:
    """The checkout page of an order was closed unpaid, by the buyer or by time."""

    order_id: OrderId


@frozen(kw_only=True)
class PeriodPaid:
    """A further period of a subscription was paid."""

    provider_subscription_id: str
    payment: Payment
    period: Period


@frozen(kw_only=True)
class SubscriptionReported:
    """The provider's view of a subscription at an instant; an older report never undoes a newer."""

    channel: Channel
    provider_subscription_id: str
    status: ProviderStatus
    period: Period
    cancel_at_period_end: bool
    as_of: datetime


@frozen(kw_only=True)
class Ignored:
    """An event that means nothing to us. It is kept, and has no effect."""

    type: str


ProviderEvent = (
    CheckoutPaid | CheckoutFailed | CheckoutExpired | PeriodPaid | SubscriptionReported | Ignored
)
