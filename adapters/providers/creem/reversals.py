"""Money going back at Creem, as facts in our words: refunds and disputes."""

from __future__ import annotations

from datetime import datetime

from adapters.providers.creem.signature import CHANNEL
from adapters.providers.creem.statuses import (
    TransactionStatus,
    refund_status_of,
    transaction_status_of,
)
from adapters.providers.creem.wire import (
    DisputeData,
    RefundData,
    TransactionData,
    id_of,
    instant_of,
    minor_of,
)
from domain.payments.provider_event import (
    DisputeReported,
    DisputeStatus,
    ProviderEvent,
    RefundReported,
    RefundStatus,
)


def refund_id_of(transaction_id: str, refunded_minor: int) -> str:
    """Return the id of the refund that brought what has gone back of a payment to this sum.

    Creem tells a refund's own id only in a webhook, never when it is asked for or read back. This
    one is the same whichever way we hear of the refund.
    """
    return f"{transaction_id}:refund:{refunded_minor}"


def refund_reported(
    refund: RefundData, transaction: TransactionData | None, *, bears_our_mark: bool
) -> RefundReported:
    """Return the fact that money goes back, as its webhook tells it."""
    amount = minor_of(refund.refund_amount) or 0
    status = refund_status_of(refund.status)
    refund_id, back = refund.id, None
    if transaction is not None:
        back = _refunded_by(refund, amount, transaction)
        refund_id = refund_id_of(transaction.id, back)
    as_of = instant_of(refund.created_at)
    assert as_of is not None, "a refund has an instant"
    return RefundReported(
        channel=CHANNEL,
        refund_id=refund_id,
        payment_ids=_payment_ids(transaction, id_of(refund.order)),
        amount_minor=amount,
        currency=refund.refund_currency.upper(),
        status=status,
        as_of=as_of,
        sum_minor=back,
        bears_our_mark=bears_our_mark,
    )


def dispute_reported(dispute: DisputeData, *, bears_our_mark: bool) -> DisputeReported:
    """Return the fact that a payment is disputed. Creem never tells how that ends."""
    linked = dispute.transaction
    transaction = linked if isinstance(linked, TransactionData) else None
    transaction_id = id_of(linked)
    as_of = instant_of(dispute.created_at)
    assert as_of is not None, "a dispute has an instant"
    payment_ids = _payment_ids(transaction, id_of(dispute.order))
    if transaction is None and transaction_id is not None:
        payment_ids = (transaction_id, *payment_ids)
    return DisputeReported(
        channel=CHANNEL,
        dispute_id=dispute.id if transaction_id is None else _dispute_id_of(transaction_id),
        payment_ids=payment_ids,
        amount_minor=minor_of(dispute.amount) or 0,
        currency=dispute.currency.upper(),
        status=DisputeStatus.OPEN,
        as_of=as_of,
        bears_our_mark=bears_our_mark,
    )


def gone_back(
    transaction: TransactionData, now: datetime, *, bears_our_mark: bool = True
) -> tuple[ProviderEvent, ...]:
    """Return what a transaction itself tells of money going back: what Creem does not announce.

    It tells the sum of what has gone back, not in which parts it went. A charged-back transaction
    also counts its amount as refunded; that is one fact, not two.
    """
    if transaction_status_of(transaction.status) is TransactionStatus.CHARGED_BACK:
        return (
            DisputeReported(
                channel=CHANNEL,
                dispute_id=_dispute_id_of(transaction.id),
                payment_ids=_payment_ids(transaction, None),
                amount_minor=paid_minor(transaction),
                currency=transaction.currency.upper(),
                status=DisputeStatus.OPEN,
                as_of=now,
                bears_our_mark=bears_our_mark,
            ),
        )
    back = refunded_minor(transaction)
    if back == 0:
        return ()
    return (
        RefundReported(
            channel=CHANNEL,
            refund_id=refund_id_of(transaction.id, back),
            payment_ids=_payment_ids(transaction, None),
            amount_minor=back,
            currency=transaction.currency.upper(),
            status=RefundStatus.SUCCEEDED,
            as_of=now,
            sum_minor=back,
            bears_our_mark=bears_our_mark,
        ),
    )


def paid_minor(transaction: TransactionData) -> int:
    """Return what the buyer paid in a transaction, tax included."""
    paid = minor_of(transaction.amount_paid)
    if paid is not None:
        return paid
    return (minor_of(transaction.amount) or 0) + (minor_of(transaction.tax_amount) or 0)


def refunded_minor(transaction: TransactionData) -> int:
    """Return how much of a transaction has gone back, tax included."""
    if transaction_status_of(transaction.status) is TransactionStatus.REFUNDED:
        return paid_minor(transaction)
    return minor_of(transaction.refunded_amount) or 0


def _refunded_by(refund: RefundData, amount: int, transaction: TransactionData) -> int:
    """Return how much of the payment has gone back once this refund has.

    The transaction that comes with a refund may or may not count it yet. One that has succeeded is
    counted. Until then one over everything, or over everything that is left, ends at what was paid.
    """
    paid = paid_minor(transaction)
    counted = refunded_minor(transaction)
    if refund_status_of(refund.status) is RefundStatus.SUCCEEDED and counted >= amount:
        return counted
    if amount == paid or counted + amount == paid:
        return paid
    return counted if counted >= amount else counted + amount


def _dispute_id_of(transaction_id: str) -> str:
    """Return the id of the dispute about a payment: the same in a webhook and when read back."""
    return f"{transaction_id}:dispute"


def _payment_ids(transaction: TransactionData | None, order_id: str | None) -> tuple[str, ...]:
    """Return the ids of a payment, first the one it counts under: see `one_off_payment`."""
    if transaction is None:
        return () if order_id is None else (order_id,)
    order = id_of(transaction.order) or order_id
    ids = (transaction.id,) if order is None else (transaction.id, order)
    is_of_a_subscription = transaction.subscription is not None or transaction.type == "invoice"
    return ids if is_of_a_subscription else ids[::-1]
