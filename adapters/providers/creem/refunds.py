"""Giving money back at Creem: in full, or what is left of it, and never twice."""

from __future__ import annotations

from attrs import frozen

from adapters.providers.creem.client import CreemClient
from adapters.providers.creem.reading import CreemReading
from adapters.providers.creem.refusals import refused
from adapters.providers.creem.reversals import paid_minor, refund_id_of, refunded_minor
from adapters.providers.creem.signature import CHANNEL
from adapters.providers.creem.statuses import (
    TransactionStatus,
    refund_status_of,
    transaction_status_of,
)
from adapters.providers.creem.wire import RefundTakenData, TransactionData
from application.ports.provider import Capability
from application.ports.provider_calls import RefundRequest, RefundTaken
from domain.payments.errors import CapabilityMissing, ProviderRefused, ProviderUnavailable
from domain.payments.provider_event import RefundStatus

TRANSACTION = "tran_"

_REFUNDABLE = frozenset({TransactionStatus.PAID, TransactionStatus.PARTLY_REFUNDED})


@frozen(kw_only=True)
class CreemRefunds:
    """Refunds payments. Creem gives back all that is left, takes no key, and names no refund.

    So the payment is read before anything is asked for, and again when an answer is lost or no.
    """

    client: CreemClient
    reading: CreemReading

    async def refund(self, request: RefundRequest) -> RefundTaken:
        """Give back all that is left of a payment.

        Raises CapabilityMissing for a part of it, ProviderRefused, ProviderUnavailable.
        """
        transaction = await self._paid_by(request.provider_payment_id)
        done = _done(transaction)
        if done is not None:
            return done
        _check(request, transaction)
        try:
            asked = {"transaction_id": transaction.id}
            taken = await self.client.post("/v1/refunds", RefundTakenData, asked)
        except (ProviderUnavailable, ProviderRefused):
            done = _done(await self.reading.transaction(transaction.id))
            if done is None:
                raise
            return done
        return _taken(transaction, refund_status_of(taken.status))

    async def of_payment(self, provider_payment_id: str) -> list[TransactionData]:
        """Return the transactions behind a payment's id: itself, or those of Creem's order."""
        if provider_payment_id.startswith(TRANSACTION):
            return [await self.reading.transaction(provider_payment_id)]
        return await self.reading.transactions_of_order(provider_payment_id)

    async def _paid_by(self, provider_payment_id: str) -> TransactionData:
        for transaction in await self.of_payment(provider_payment_id):
            if transaction_status_of(transaction.status) is not TransactionStatus.UNPAID:
                return transaction
        raise refused("it knows no such payment")


def _check(request: RefundRequest, transaction: TransactionData) -> None:
    status = transaction_status_of(transaction.status)
    if status is TransactionStatus.CHARGED_BACK:
        raise refused("the payment is disputed and cannot be refunded")
    if status not in _REFUNDABLE:
        raise refused("the payment has not been collected")
    left = paid_minor(transaction) - refunded_minor(transaction)
    if request.amount_minor is None or request.amount_minor == left:
        return
    if request.amount_minor > left:
        raise refused("less than that is left of the payment")
    raise CapabilityMissing(channel=CHANNEL, capability=Capability.PARTIAL_REFUND.value)


def _done(transaction: TransactionData) -> RefundTaken | None:
    """Return the refund that has given back everything, if that is how the payment stands."""
    if transaction_status_of(transaction.status) is not TransactionStatus.REFUNDED:
        return None
    return _taken(transaction, RefundStatus.SUCCEEDED)


def _taken(transaction: TransactionData, status: RefundStatus) -> RefundTaken:
    """Return what has been begun; of what failed at once nothing is left that could be named."""
    if status is RefundStatus.FAILED:
        return RefundTaken(refund_id=None, status=status)
    return RefundTaken(
        refund_id=refund_id_of(transaction.id, paid_minor(transaction)), status=status
    )
