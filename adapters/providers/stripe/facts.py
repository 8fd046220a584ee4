"""Stripe's objects as facts in our words; nothing here asks Stripe anything."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from attrs import frozen

from adapters.providers.stripe.invoices import InvoiceObject
from adapters.providers.stripe.objects import (
    DisputeObject,
    Marks,
    PriceObject,
    RefundObject,
    SessionObject,
    SubscriptionObject,
    instant,
)
from adapters.providers.stripe.signature import CHANNEL
from application.ports.provider_calls import ProviderPrice
from domain.errors import InvalidField
from domain.money import split
from domain.payments.errors import ProviderRefused
from domain.payments.payment import Payment
from domain.payments.provider_event import (
    ChangePaid,
    CheckoutLinked,
    CheckoutPaid,
    DisputeReported,
    DisputeStatus,
    PeriodPaid,
    ProviderStatus,
    RefundReported,
    RefundStatus,
    SubscriptionReported,
)
from domain.period import Interval, Period

_SUBSCRIPTION_STATUS: Mapping[str, ProviderStatus] = {
    "incomplete": ProviderStatus.INCOMPLETE,
    "incomplete_expired": ProviderStatus.EXPIRED,
    "trialing": ProviderStatus.TRIALING,
    "active": ProviderStatus.ACTIVE,
    "past_due": ProviderStatus.PAST_DUE,
    # Stripe has stopped trying to collect, but a payment still revives it: not the end.
    "unpaid": ProviderStatus.PAST_DUE,
    "paused": ProviderStatus.PAUSED,
    "canceled": ProviderStatus.CANCELED,
}

_REFUND_STATUS: Mapping[str, RefundStatus] = {
    "pending": RefundStatus.PENDING,
    "requires_action": RefundStatus.PENDING,
    "succeeded": RefundStatus.SUCCEEDED,
    "failed": RefundStatus.FAILED,
    "canceled": RefundStatus.FAILED,
}

# Whatever else there is counts as open, statuses of the future included. An inquiry has taken no
# money yet; one that was closed and a dispute that was prevented took none: the payment stands.
_DISPUTE_STATUS: Mapping[str, DisputeStatus] = {
    "warning_needs_response": DisputeStatus.INQUIRY,
    "warning_under_review": DisputeStatus.INQUIRY,
    "won": DisputeStatus.WON,
    "warning_closed": DisputeStatus.WON,
    "prevented": DisputeStatus.WON,
    "lost": DisputeStatus.LOST,
}

_INTERVALS: Mapping[tuple[str, int], Interval] = {
    ("month", 1): Interval.MONTHLY,
    ("year", 1): Interval.YEARLY,
    ("month", 12): Interval.YEARLY,
}

_CREATED = "subscription_create"

# What a change of plan is known by that was collected together with a period, which has the
# invoice's own id.
_CHANGE = ":change"


@frozen(kw_only=True)
class Collection:
    """Money that was collected: all ids we may know it by, the likeliest first, and if it is ours.

    It is ours if something about it names an order of ours.
    """

    ids: tuple[str, ...]
    bears_our_mark: bool = True


@frozen(kw_only=True)
class _Sums:
    """What an invoice, or a part of it, costs before tax, the tax on that, and what came in."""

    net: int
    tax: int
    collected: int

    def parted(self, apart: int) -> tuple[_Sums, _Sums]:
        """Tell a part of the price apart from the rest, with its shares of the tax and the money.

        Whatever the customer's balance paid, it paid of both alike.
        """
        if apart == 0:
            return self, _Sums(net=0, tax=0, collected=0)
        nets = (self.net - apart, apart)
        taxes = split(self.tax, nets)
        totals = (nets[0] + taxes[0], nets[1] + taxes[1])
        collected = split(self.collected, totals)
        return (
            _Sums(net=nets[0], tax=taxes[0], collected=collected[0]),
            _Sums(net=nets[1], tax=taxes[1], collected=collected[1]),
        )


def checkout_paid(session: SessionObject, marks: Marks, paid_at: datetime) -> CheckoutPaid:
    """Return that a pack was paid. Raises InvalidField."""
    if session.amount_total is None or session.currency is None:
        raise InvalidField(path="amount_total", problem="is missing from a completed checkout")
    tax = session.tax_on_top
    payment = Payment(
        channel=CHANNEL,
        # Without a payment intent nothing was due, and nothing can be refunded or disputed.
        provider_payment_id=session.payment_intent or session.id,
        net_minor=session.amount_total - tax,
        tax_minor=tax,
        currency=session.currency.upper(),
        paid_at=paid_at,
    )
    return CheckoutPaid(
        order_id=marks.order_id,
        payment=payment,
        account_id=marks.account_id,
        customer_id=session.customer,
    )


def collected_as(payment_id: str) -> str:
    """Return the id of Stripe's own under which a payment of ours was collected."""
    return payment_id.removesuffix(_CHANGE)


def checkout_linked(session: SessionObject, marks: Marks) -> CheckoutLinked:
    """Return which subscription an order began. Raises InvalidField."""
    if session.subscription is None:
        raise InvalidField(path="subscription", problem="is missing from a completed checkout")
    return CheckoutLinked(
        order_id=marks.order_id,
        channel=CHANNEL,
        customer_id=session.customer,
        provider_subscription_id=session.subscription,
    )


def invoice_paid(
    invoice: InvoiceObject, subscription_id: str, marks: Marks | None
) -> tuple[PeriodPaid | ChangePaid, ...]:
    """Return what a paid invoice of a subscription paid for. Raises InvalidField.

    A line for a whole period pays for that period, whatever made Stripe write the invoice. What is
    beside it is the cost of a change: where it costs something it is told apart from the period;
    where it is a credit, the period was so much cheaper. `marks` name the order that began the
    subscription; None means that it was not begun by us. Judged by a part of its lines, a period
    could pass for a change: such an invoice is refused, and waits.
    """
    if invoice.lines.has_more:
        raise InvalidField(path="lines", problem="are not all there")
    whole, lines = _whole(invoice), invoice.period_lines
    if not lines:
        change = _payment(invoice, invoice.id, whole)
        return (_change(invoice, subscription_id, change, marks),) if change.total_minor > 0 else ()
    aside = sum(line.net for line in invoice.lines.data if not line.is_period)
    of_period, apart = whole.parted(min(max(aside, 0), whole.net))
    last = max(lines, key=lambda line: line.period.end)
    begun = marks if invoice.billing_reason == _CREATED else None
    period_paid = PeriodPaid(
        provider_subscription_id=subscription_id,
        payment=_payment(invoice, invoice.id, of_period, has_more=apart.net > 0),
        period=Period(instant(last.period.start), instant(last.period.end)),
        reference=last.price_id,
        order_id=None if begun is None else begun.order_id,
        account_id=None if begun is None else begun.account_id,
        customer_id=invoice.customer,
        bears_our_mark=marks is not None,
    )
    if apart.net == 0:
        return (period_paid,)
    change = _payment(invoice, f"{invoice.id}{_CHANGE}", apart, has_more=True)
    return period_paid, _change(invoice, subscription_id, change, marks)


def subscription_reported(
    subscription: SubscriptionObject, as_of: datetime
) -> SubscriptionReported:
    """Return what a subscription is like. Raises InvalidField."""
    status = _SUBSCRIPTION_STATUS.get(subscription.status)
    if status is None:
        raise InvalidField(path="status", problem="is not a status of a subscription we know")
    bounds = subscription.bounds
    if bounds is None:
        raise InvalidField(path="current_period_end", problem="is missing from a subscription")
    return SubscriptionReported(
        channel=CHANNEL,
        provider_subscription_id=subscription.id,
        status=status,
        period=Period(instant(bounds[0]), instant(bounds[1])),
        cancel_at_period_end=subscription.is_ending,
        as_of=as_of,
        reference=subscription.price_id,
        bears_our_mark=subscription.marks is not None,
    )


def refund_status(status: str | None) -> RefundStatus:
    """Return how far a refund has come; one that does not say is on its way."""
    if status is None:
        return RefundStatus.PENDING
    found = _REFUND_STATUS.get(status)
    if found is None:
        raise InvalidField(path="status", problem="is not a status of a refund we know")
    return found


def refund_reported(
    refund: RefundObject, collection: Collection, as_of: datetime
) -> RefundReported:
    """Return how far a refund has come. Raises InvalidField."""
    return RefundReported(
        channel=CHANNEL,
        refund_id=refund.id,
        payment_ids=collection.ids,
        amount_minor=refund.amount,
        currency=refund.currency.upper(),
        status=refund_status(refund.status),
        as_of=as_of,
        key=refund.key,
        bears_our_mark=collection.bears_our_mark,
    )


def dispute_reported(
    dispute: DisputeObject, collection: Collection, as_of: datetime
) -> DisputeReported:
    """Return how a dispute stands."""
    return DisputeReported(
        channel=CHANNEL,
        dispute_id=dispute.id,
        payment_ids=collection.ids,
        amount_minor=dispute.amount,
        currency=dispute.currency.upper(),
        status=_DISPUTE_STATUS.get(dispute.status, DisputeStatus.OPEN),
        as_of=as_of,
        bears_our_mark=collection.bears_our_mark,
    )


def provider_price(price: PriceObject) -> ProviderPrice:
    """Return what is charged under a price. Raises ProviderRefused for one we cannot sell by."""
    if price.unit_amount is None:
        raise ProviderRefused(channel=CHANNEL, reason="the price is not one whole, fixed amount")
    interval = None
    if price.recurring is not None:
        interval = _INTERVALS.get((price.recurring.interval, price.recurring.interval_count))
        if interval is None:
            raise ProviderRefused(
                channel=CHANNEL, reason="the price is due neither monthly nor yearly"
            )
    return ProviderPrice(
        reference=price.id,
        amount_minor=price.unit_amount,
        currency=price.currency.upper(),
        interval=interval,
        is_active=price.active,
    )


def _whole(invoice: InvoiceObject) -> _Sums:
    """Return the sums of an invoice; one that credits more than it charges costs nothing."""
    tax = invoice.tax_on_top
    if invoice.total <= 0:
        return _Sums(net=0, tax=0, collected=invoice.amount_paid)
    return _Sums(net=invoice.total - tax, tax=tax, collected=invoice.amount_paid)


def _payment(invoice: InvoiceObject, id: str, sums: _Sums, *, has_more: bool = False) -> Payment:
    return Payment(
        channel=CHANNEL,
        provider_payment_id=id,
        net_minor=sums.net,
        tax_minor=sums.tax,
        collected_minor=sums.collected,
        currency=invoice.currency.upper(),
        paid_at=instant(invoice.paid_seconds),
        document_url=invoice.document_url,
        part_of=invoice.id if has_more else None,
    )


def _change(
    invoice: InvoiceObject, subscription_id: str, payment: Payment, marks: Marks | None
) -> ChangePaid:
    return ChangePaid(
        provider_subscription_id=subscription_id,
        payment=payment,
        prorated_at=tuple(instant(each) for each in invoice.prorated_seconds),
        bears_our_mark=marks is not None,
    )
