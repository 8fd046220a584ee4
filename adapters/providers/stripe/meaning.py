"""What Stripe's events mean in our words."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from attrs import frozen

from adapters.providers.stripe.events import Envelope, object_of, opened, unreadable
from adapters.providers.stripe.facts import checkout_linked, checkout_paid, subscription_reported
from adapters.providers.stripe.invoices import InvoiceObject
from adapters.providers.stripe.objects import (
    ChargeObject,
    CustomerObject,
    DisputeObject,
    RefundObject,
    SessionObject,
    SubscriptionObject,
)
from adapters.providers.stripe.reading import StripeReading
from adapters.providers.stripe.refusals import MISSING, StripeRefused
from adapters.providers.stripe.signature import CHANNEL
from domain.errors import InvalidField
from domain.payments.provider_event import (
    CheckoutExpired,
    CheckoutFailed,
    CustomerDeleted,
    ProviderEvent,
)

Facts = tuple[ProviderEvent, ...]


@frozen(kw_only=True)
class StripeMeaning:
    """Says what an event means, asking Stripe again wherever a later event may have changed it."""

    reading: StripeReading
    is_live: bool

    async def of(self, body: bytes) -> Facts:
        """Return the facts in an event. Raises WebhookUnreadable and whatever reading raises."""
        event = opened(body, self.is_live)
        try:
            if event.type in _TOLD:
                return _TOLD[event.type](event)
            if event.type in _ASKED:
                return await _ASKED[event.type](self.reading, event)
        except InvalidField as refused:
            raise unreadable("data", str(refused)) from refused
        return ()


def _checkout_completed(event: Envelope) -> Facts:
    session = object_of(event, SessionObject)
    if session.marks is None:
        return ()
    if session.mode == "subscription":
        return (checkout_linked(session, session.marks),)
    if session.mode == "payment" and session.is_settled:
        return (checkout_paid(session, session.marks, event.created_at),)
    # Completed but not paid: a bank transfer is on its way, and a later event tells of it.
    return ()


def _checkout_failed(event: Envelope) -> Facts:
    marks = object_of(event, SessionObject).marks
    return () if marks is None else (CheckoutFailed(order_id=marks.order_id),)


def _checkout_expired(event: Envelope) -> Facts:
    marks = object_of(event, SessionObject).marks
    return () if marks is None else (CheckoutExpired(order_id=marks.order_id),)


def _customer_deleted(event: Envelope) -> Facts:
    return (CustomerDeleted(channel=CHANNEL, customer_id=object_of(event, CustomerObject).id),)


async def _invoice_paid(reading: StripeReading, event: Envelope) -> Facts:
    invoice = object_of(event, InvoiceObject)
    if invoice.subscription_id is None:
        return ()
    return await reading.invoice_facts(invoice, invoice.subscription_id)


async def _invoice_unpaid(reading: StripeReading, event: Envelope) -> Facts:
    subscription_id = object_of(event, InvoiceObject).subscription_id
    if subscription_id is None:
        return ()
    return (await reading.reported(subscription_id, event.created_at),)


async def _subscription_changed(reading: StripeReading, event: Envelope) -> Facts:
    # Two events of one second cannot be put in order, so none is believed: each is a hint to look
    # again. An end is looked at again, too; told by an older clock it could be passed over.
    subscription = object_of(event, SubscriptionObject)
    try:
        return (await reading.reported(subscription.id, event.created_at),)
    except StripeRefused as refused:
        if refused.cause != MISSING:
            raise
    # Test data that was wiped: what the event says is all there is left to know.
    return (subscription_reported(subscription, event.created_at),)


async def _refund_changed(reading: StripeReading, event: Envelope) -> Facts:
    refund = object_of(event, RefundObject)
    return (await reading.refund(refund.id, event.created_at),)


async def _charge_refunded(reading: StripeReading, event: Envelope) -> Facts:
    # It knows the sum alone. Endpoints of before 2024-10-28 are told of most refunds only so.
    charge = object_of(event, ChargeObject)
    return await reading.refunds_of_charge(charge.id, event.created_at)


async def _dispute_changed(reading: StripeReading, event: Envelope) -> Facts:
    dispute = object_of(event, DisputeObject)
    return (await reading.dispute(dispute.id, event.created_at),)


Told = Callable[[Envelope], Facts]
"""What an event says by itself; nothing that comes later unsays it."""

Asked = Callable[[StripeReading, Envelope], Awaitable[Facts]]
"""What an event gives reason to look at."""

_TOLD: Mapping[str, Told] = {
    "checkout.session.completed": _checkout_completed,
    "checkout.session.async_payment_succeeded": _checkout_completed,
    "checkout.session.async_payment_failed": _checkout_failed,
    "checkout.session.expired": _checkout_expired,
    "customer.deleted": _customer_deleted,
}

_ASKED: Mapping[str, Asked] = {
    "invoice.paid": _invoice_paid,
    "invoice.payment_failed": _invoice_unpaid,
    "invoice.payment_action_required": _invoice_unpaid,
    "customer.subscription.created": _subscription_changed,
    "customer.subscription.updated": _subscription_changed,
    "customer.subscription.deleted": _subscription_changed,
    "customer.subscription.paused": _subscription_changed,
    "customer.subscription.resumed": _subscription_changed,
    "customer.subscription.trial_will_end": _subscription_changed,
    "customer.subscription.pending_update_applied": _subscription_changed,
    "customer.subscription.pending_update_expired": _subscription_changed,
    "refund.created": _refund_changed,
    "refund.updated": _refund_changed,
    "refund.failed": _refund_changed,
    "charge.refund.updated": _refund_changed,
    "charge.refunded": _charge_refunded,
    "charge.dispute.created": _dispute_changed,
    "charge.dispute.updated": _dispute_changed,
    "charge.dispute.funds_withdrawn": _dispute_changed,
    "charge.dispute.funds_reinstated": _dispute_changed,
    "charge.dispute.closed": _dispute_changed,
}

TYPES_NEEDED = (
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
    "invoice.paid",
    "customer.subscription.created",
    "customer.subscription.updated",
    "customer.subscription.deleted",
    "customer.subscription.paused",
    "customer.subscription.resumed",
    "customer.subscription.pending_update_applied",
    "customer.deleted",
    "refund.created",
    "refund.updated",
    "refund.failed",
    "charge.refunded",
    "charge.dispute.created",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
    "charge.dispute.closed",
)
"""The events without which something would be missed: what an endpoint must be sent, and what is
pulled. Stripe takes at most twenty in a list: `charge.dispute.updated` tells of evidence alone."""
