"""The sandbox's webhooks: how they are written, and what they mean in our words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Annotated, Literal, TypeVar

import msgspec
from attrs import frozen
from msgspec import Meta

from adapters.providers.sandbox.signature import CHANNEL
from application.ports.provider import SignedEvent
from domain.credits.ids import AccountId
from domain.errors import InvalidField
from domain.payments.errors import WebhookUnreadable
from domain.payments.ids import OrderId
from domain.payments.payment import Payment
from domain.payments.provider_event import (
    ChangePaid,
    CheckoutExpired,
    CheckoutFailed,
    CheckoutPaid,
    DisputeReported,
    DisputeStatus,
    PeriodPaid,
    ProviderEvent,
    ProviderStatus,
    RefundReported,
    RefundStatus,
    SubscriptionReported,
)
from domain.period import Period

T = TypeVar("T")

CHECKOUT_PAID = "checkout.paid"
CHECKOUT_FAILED = "checkout.failed"
CHECKOUT_EXPIRED = "checkout.expired"
SUBSCRIPTION_PAID = "subscription.paid"
SUBSCRIPTION_UPDATED = "subscription.updated"
CHANGE_PAID = "subscription.change_paid"
REFUND_UPDATED = "refund.updated"
DISPUTE_UPDATED = "dispute.updated"

Instant = Annotated[datetime, Meta(tz=True)]
Reference = Annotated[str, Meta(max_length=255, pattern=r"^[!-~]+\Z")]
"""An id: printable, so that every store can keep it and every log can show it."""


@frozen(kw_only=True)
class PeriodData:
    """The time that was paid for."""

    start_at: Instant
    end_at: Instant


@frozen(kw_only=True)
class PaymentData:
    """What was paid, in minor units: after discount, and the tax on it.

    `collected_minor` is the money that came in; left out, it was all of that.
    """

    id: Reference
    net_minor: int
    tax_minor: int
    collected_minor: int | None = None
    currency: str
    paid_at: Instant


@frozen(kw_only=True)
class BegunData:
    """The subscription that a paid checkout began."""

    id: Reference
    period: PeriodData


@frozen(kw_only=True)
class CheckoutPaidData:
    """A checkout was paid."""

    session_id: Reference
    order_id: Reference
    customer_id: Reference
    payment: PaymentData
    subscription: BegunData | None
    account_id: str | None = None


@frozen(kw_only=True)
class CheckoutUnpaidData:
    """A checkout was declined, or closed unpaid."""

    session_id: Reference
    order_id: Reference


@frozen(kw_only=True)
class SubscriptionPaidData:
    """A further period of a subscription was paid."""

    subscription_id: Reference
    payment: PaymentData
    period: PeriodData
    reference: Reference | None = None


@frozen(kw_only=True)
class ChangePaidData:
    """What a change of plan cost was paid, beside the regular periods, by the change's key."""

    subscription_id: Reference
    payment: PaymentData
    key: Reference | None = None


@frozen(kw_only=True)
class SubscriptionUpdatedData:
    """What a subscription is like now, and what the price is called that it is billed by."""

    subscription_id: Reference
    status: ProviderStatus
    cancel_at_period_end: bool
    period: PeriodData
    reference: Reference | None = None


@frozen(kw_only=True)
class RefundUpdatedData:
    """How far money of a payment has come on its way back."""

    refund_id: Reference
    payment_id: Reference
    amount_minor: int
    currency: str
    status: RefundStatus


@frozen(kw_only=True)
class DisputeUpdatedData:
    """How a dispute about a payment stands."""

    dispute_id: Reference
    payment_id: Reference
    amount_minor: int
    currency: str
    status: DisputeStatus


EventData = (
    CheckoutPaidData
    | CheckoutUnpaidData
    | SubscriptionPaidData
    | ChangePaidData
    | SubscriptionUpdatedData
    | RefundUpdatedData
    | DisputeUpdatedData
)


@frozen(kw_only=True)
class Outgoing:
    """An event as it is written."""

    id: str
    type: str
    created_at: datetime
    mode: Literal["test"] = "test"
    data: EventData


@frozen(kw_only=True)
class Incoming:
    """An event as it is read: what it says is looked at only when it is applied."""

    id: Annotated[str, Meta(pattern=r"^evt_[0-9a-f-]{36}\Z")]
    type: Annotated[str, Meta(pattern=r"^[a-z_.]{1,64}\Z")]
    created_at: Instant
    mode: Literal["test"]
    data: msgspec.Raw


def written(event: Outgoing) -> str:
    """Return the event as the text that is signed and sent."""
    return msgspec.json.encode(event).decode()


def named(body: bytes) -> SignedEvent:
    """Return the id and the type of a signed event. Raises WebhookUnreadable."""
    event = _read(body, Incoming, "event")
    return SignedEvent(event_id=event.id, type=event.type)


def translated(body: bytes) -> tuple[ProviderEvent, ...]:
    """Return what an event means in our words. Raises WebhookUnreadable."""
    event = _read(body, Incoming, "event")
    translate = _MEANING.get(event.type)
    if translate is None:
        return ()
    try:
        return (translate(event),)
    except InvalidField as refused:
        raise _unreadable("data", str(refused)) from refused
    except OverflowError as beyond:
        raise _unreadable("data", "an instant lies outside the calendar") from beyond


def _checkout_paid(event: Incoming) -> CheckoutPaid:
    data = _read(event.data, CheckoutPaidData, "data")
    begun = data.subscription
    return CheckoutPaid(
        order_id=OrderId(data.order_id),
        payment=_payment(data.payment),
        account_id=None if data.account_id is None else AccountId(data.account_id),
        customer_id=data.customer_id,
        provider_subscription_id=None if begun is None else begun.id,
        period=None if begun is None else _period(begun.period),
    )


def _checkout_failed(event: Incoming) -> CheckoutFailed:
    data = _read(event.data, CheckoutUnpaidData, "data")
    return CheckoutFailed(order_id=OrderId(data.order_id))


def _checkout_expired(event: Incoming) -> CheckoutExpired:
    data = _read(event.data, CheckoutUnpaidData, "data")
    return CheckoutExpired(order_id=OrderId(data.order_id))


def _subscription_paid(event: Incoming) -> PeriodPaid:
    data = _read(event.data, SubscriptionPaidData, "data")
    return PeriodPaid(
        provider_subscription_id=data.subscription_id,
        payment=_payment(data.payment),
        period=_period(data.period),
        reference=data.reference,
    )


def _change_paid(event: Incoming) -> ChangePaid:
    data = _read(event.data, ChangePaidData, "data")
    return ChangePaid(
        provider_subscription_id=data.subscription_id,
        payment=_payment(data.payment),
        key=data.key,
    )


def _subscription_updated(event: Incoming) -> SubscriptionReported:
    data = _read(event.data, SubscriptionUpdatedData, "data")
    return SubscriptionReported(
        channel=CHANNEL,
        provider_subscription_id=data.subscription_id,
        status=data.status,
        period=_period(data.period),
        cancel_at_period_end=data.cancel_at_period_end,
        as_of=event.created_at.astimezone(UTC),
        reference=data.reference,
    )


def _refund_updated(event: Incoming) -> RefundReported:
    data = _read(event.data, RefundUpdatedData, "data")
    return RefundReported(
        channel=CHANNEL,
        refund_id=data.refund_id,
        payment_ids=(data.payment_id,),
        amount_minor=data.amount_minor,
        currency=data.currency,
        status=data.status,
        as_of=event.created_at.astimezone(UTC),
    )


def _dispute_updated(event: Incoming) -> DisputeReported:
    data = _read(event.data, DisputeUpdatedData, "data")
    return DisputeReported(
        channel=CHANNEL,
        dispute_id=data.dispute_id,
        payment_ids=(data.payment_id,),
        amount_minor=data.amount_minor,
        currency=data.currency,
        status=data.status,
        as_of=event.created_at.astimezone(UTC),
    )


_MEANING: Mapping[str, Callable[[Incoming], ProviderEvent]] = {
    CHECKOUT_PAID: _checkout_paid,
    CHECKOUT_FAILED: _checkout_failed,
    CHECKOUT_EXPIRED: _checkout_expired,
    SUBSCRIPTION_PAID: _subscription_paid,
    SUBSCRIPTION_UPDATED: _subscription_updated,
    CHANGE_PAID: _change_paid,
    REFUND_UPDATED: _refund_updated,
    DISPUTE_UPDATED: _dispute_updated,
}


def _payment(data: PaymentData) -> Payment:
    whole, collected = data.net_minor + data.tax_minor, data.collected_minor
    return Payment(
        channel=CHANNEL,
        provider_payment_id=data.id,
        net_minor=data.net_minor,
        tax_minor=data.tax_minor,
        collected_minor=whole if collected is None else collected,
        currency=data.currency,
        paid_at=data.paid_at.astimezone(UTC),
    )


def _period(data: PeriodData) -> Period:
    return Period(data.start_at.astimezone(UTC), data.end_at.astimezone(UTC))


def _read(text: bytes | msgspec.Raw, cl: type[T], part: str) -> T:
    try:
        return msgspec.json.decode(text, type=cl)
    except (msgspec.MsgspecError, UnicodeDecodeError) as fault:
        raise _unreadable(part, str(fault)) from fault
    except RecursionError as fault:
        raise _unreadable(part, "is nested too deeply") from fault


def _unreadable(part: str, problem: str) -> WebhookUnreadable:
    return WebhookUnreadable(channel=CHANNEL, problem=f"{part}: {problem}")
