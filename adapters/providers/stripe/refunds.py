"""Refunds: money of a payment given back, once for each key of ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from attrs import frozen
from stripe.params import RefundCreateParams

from adapters.providers.stripe.calls import StripeCalls, key_of
from adapters.providers.stripe.facts import refund_status
from adapters.providers.stripe.objects import REFUND_MARK, RefundObject
from adapters.providers.stripe.reading import StripeReading
from adapters.providers.stripe.signature import CHANNEL
from application.ports.provider_calls import RefundReason, RefundRequest, RefundTaken
from domain.payments.errors import ProviderRefused

Reason = Literal["duplicate", "fraudulent", "requested_by_customer"]

# To Stripe `fraudulent` also means: never take this card and this e-mail address again.
_REASONS: Mapping[RefundReason, Reason] = {
    RefundReason.REQUESTED: "requested_by_customer",
    RefundReason.DUPLICATE: "duplicate",
    RefundReason.FRAUDULENT: "fraudulent",
}


@frozen(kw_only=True)
class StripeRefunds:
    """Gives money back.

    Stripe forgets an idempotency key after a day, so the key also stands on the refund itself and
    is looked for first: a try whose answer was lost is found, however late it is repeated.
    """

    calls: StripeCalls
    reading: StripeReading

    async def take(self, request: RefundRequest) -> RefundTaken:
        """Refund, or find it refunded. Raises StripeRefused, ProviderRefused."""
        sources = await self.reading.sources(request.provider_payment_id)
        if not sources:
            raise ProviderRefused(
                channel=CHANNEL, reason="nothing was collected that could go back"
            )
        source = sources[0]
        key = key_of("refund", request.key)
        for known in await self.reading.refunds_of(source):
            if (known.metadata or {}).get(REFUND_MARK) == key:
                return _taken(known)
        params: RefundCreateParams = {
            "reason": _REASONS[request.reason],
            "metadata": {REFUND_MARK: key},
        }
        if source.startswith("pi_"):
            params["payment_intent"] = source
        else:
            params["charge"] = source
        if request.amount_minor is not None:
            params["amount"] = request.amount_minor
        made = await self.calls.ask(
            lambda stripe: stripe.v1.refunds.create_async(params, {"idempotency_key": key}),
            RefundObject,
        )
        return _taken(made)


def _taken(refund: RefundObject) -> RefundTaken:
    return RefundTaken(refund_id=refund.id, status=refund_status(refund.status))
