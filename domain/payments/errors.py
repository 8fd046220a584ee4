"""Refusals of the payments area."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from attrs import frozen

from domain.errors import Busy, Conflict, Invalid, NotFound, Rejected, TooMany, Unauthenticated
from domain.payments.ids import Channel, DisputeId, OrderId, ReconciliationId


@frozen(kw_only=True)
class OrderNotFound(NotFound):
    """The asker has no such order."""

    code: ClassVar[str] = "order_not_found"
    order_id: OrderId

    def __str__(self) -> str:
        return "There is no such order."


@frozen(kw_only=True)
class ReceiptNotIssued(NotFound):
    """No money has come in for the order, so there is nothing to receipt."""

    code: ClassVar[str] = "receipt_not_issued"
    order_id: OrderId

    def __str__(self) -> str:
        return "There is no receipt for this order: no money has come in for it."


@frozen(kw_only=True)
class ReceiptUnprintable(Rejected):
    """The receipt holds signs that no font here can draw so that they can be read."""

    code: ClassVar[str] = "receipt_unprintable"
    signs: str

    def __str__(self) -> str:
        return (
            f"The receipt cannot be drawn: no font here has the signs {self.signs}. Whoever runs "
            "the service can name one that has (BILLING_RECEIPT_FONTS)."
        )


@frozen(kw_only=True)
class ChannelUnknown(Rejected):
    """No payment provider is configured under this name."""

    code: ClassVar[str] = "channel_not_configured"
    channel: Channel
    configured: tuple[str, ...]

    def __str__(self) -> str:
        known = ", ".join(self.configured) or "none"
        return f"The channel '{self.channel}' is not configured here; configured: {known}."


@frozen(kw_only=True)
class CapabilityMissing(Rejected):
    """The provider cannot do this at all."""

    code: ClassVar[str] = "capability_missing"
    channel: Channel
    capability: str

    def __str__(self) -> str:
        said = f"The channel '{self.channel}' cannot do this (capability '{self.capability}')."
        remedy = _REMEDIES.get(self.capability)
        return said if remedy is None else f"{said} {remedy}"


_REMEDIES: Mapping[str, str] = {
    "trials": (
        "A trial belongs to the provider's product there: set its days on that product, or buy "
        "without the code, or through another channel."
    ),
}


@frozen(kw_only=True)
class NotSoldThere(Rejected):
    """What is to be bought has no counterpart at this provider."""

    code: ClassVar[str] = "not_sold_through_channel"
    channel: Channel
    item_id: str

    def __str__(self) -> str:
        return (
            f"This cannot be bought through '{self.channel}': an admin has to enter the provider's "
            "id for it first."
        )


@frozen(kw_only=True)
class CheckoutOver(Conflict):
    """An order was given up, or its price changed, before a checkout page was opened for it."""

    code: ClassVar[str] = "checkout_over"
    order_id: OrderId

    def __str__(self) -> str:
        return "This order can no longer be paid; start a new checkout with a new key."


@frozen(kw_only=True)
class OrderNotRefundable(Conflict):
    """Nothing of this order can go back: it was never paid, or everything has gone back."""

    code: ClassVar[str] = "order_not_refundable"
    order_id: OrderId
    status: str

    def __str__(self) -> str:
        return f"Nothing of this order can be refunded: it is {self.status}."


@frozen(kw_only=True)
class RefundTooLarge(Rejected):
    """More is to go back than is left of what was paid, refunds under way counted."""

    code: ClassVar[str] = "refund_too_large"
    asked_minor: int
    left_minor: int

    def __str__(self) -> str:
        return f"{self.asked_minor} was asked for and {self.left_minor} is left of this order."


@frozen(kw_only=True)
class DisputeNotFound(NotFound):
    """There is no such dispute."""

    code: ClassVar[str] = "dispute_not_found"
    dispute_id: DisputeId

    def __str__(self) -> str:
        return "There is no such dispute."


@frozen(kw_only=True)
class PaymentNotFound(NotFound):
    """The sandbox has collected no such payment."""

    code: ClassVar[str] = "payment_not_found"
    payment_id: str

    def __str__(self) -> str:
        return "There is no such payment."


@frozen(kw_only=True)
class ReturnUrlRefused(Invalid):
    """A return URL does not lie on one of the configured origins."""

    code: ClassVar[str] = "return_url_not_allowed"
    path: str
    problem: str

    def __str__(self) -> str:
        return f"{self.path}: {self.problem}"


@frozen(kw_only=True)
class NoProviderCustomer(Conflict):
    """The account has bought nothing there yet, so the provider has no page about it."""

    code: ClassVar[str] = "no_provider_customer"

    def __str__(self) -> str:
        return "There is nothing to manage yet: this account has no purchase at a payment provider."


@frozen(kw_only=True)
class ProviderUnavailable(Busy):
    """The payment provider did not answer in time, or not as it should."""

    code: ClassVar[str] = "provider_unavailable"
    channel: Channel

    def __str__(self) -> str:
        return f"The payment provider '{self.channel}' does not answer; repeat with the same key."


@frozen(kw_only=True)
class ProviderBusy(ProviderUnavailable):
    """The payment provider was asked too much for now, and said after how long it may be again."""

    retry_after_s: int


@frozen(kw_only=True)
class AskedTooOften(TooMany):
    """An account wants more of a payment provider, in a short time, than is asked on its behalf."""

    code: ClassVar[str] = "asked_too_often"
    retry_after_s: int

    def __str__(self) -> str:
        return f"This was asked too often; try again in {self.retry_after_s} seconds."


@frozen(kw_only=True)
class ProviderRefused(Rejected):
    """The payment provider would not do it; `reason` is ours, not the provider's text."""

    code: ClassVar[str] = "provider_refused"
    channel: Channel
    reason: str

    def __str__(self) -> str:
        return f"The payment provider '{self.channel}' refused: {self.reason}."


@frozen(kw_only=True)
class SignatureRefused(Invalid):
    """A webhook is not signed by the provider it claims to come from, or too long ago."""

    code: ClassVar[str] = "signature_refused"
    channel: Channel
    reason: str

    def __str__(self) -> str:
        return f"The webhook's signature was refused: {self.reason}."


@frozen(kw_only=True)
class WebhookUnreadable(Invalid):
    """A webhook is signed but cannot be read as an event."""

    code: ClassVar[str] = "webhook_unreadable"
    channel: Channel
    problem: str

    def __str__(self) -> str:
        return f"The webhook cannot be read: {self.problem}."


@frozen(kw_only=True)
class PaymentMismatch(Conflict):
    """A provider reports a payment that differs from what was ordered; nothing was credited.

    The event is set aside with this as its error, for a person to look at.
    """

    code: ClassVar[str] = "payment_mismatch"
    order_id: OrderId
    differs: str
    ordered: str
    reported: str

    def __str__(self) -> str:
        return (
            f"Payment and order differ in {self.differs}: "
            f"ordered {self.ordered}, paid {self.reported}."
        )


@frozen(kw_only=True)
class OrderUnknownYet(Conflict):
    """A provider's event names a purchase that we do not know, or do not know yet."""

    code: ClassVar[str] = "purchase_unknown"
    reference: str

    def __str__(self) -> str:
        return f"No purchase is known under '{self.reference}'; the event is kept and tried again."


@frozen(kw_only=True)
class ReconciliationNotFound(NotFound):
    """No comparison with the providers is kept under this id."""

    code: ClassVar[str] = "reconciliation_not_found"
    run_id: ReconciliationId

    def __str__(self) -> str:
        return "There is no such reconciliation, or it is too old to be kept."


@frozen(kw_only=True)
class EventNotFound(NotFound):
    """The inbox holds no such event."""

    code: ClassVar[str] = "event_not_found"
    event_id: str

    def __str__(self) -> str:
        return "There is no such event in the inbox."


@frozen(kw_only=True)
class EventBodyDropped(Conflict):
    """An event's body was dropped, so that it cannot be applied anew."""

    code: ClassVar[str] = "event_body_dropped"
    event_id: str

    def __str__(self) -> str:
        return "The body of this event was dropped; compare with the provider instead."


@frozen(kw_only=True)
class PayerUnknown(Unauthenticated):
    """A page of the sandbox was opened without the ticket that leads to it."""

    code: ClassVar[str] = "checkout_link_invalid"

    def __str__(self) -> str:
        return "This link is not valid, or no longer; start again from the shop."
