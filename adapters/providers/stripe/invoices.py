"""Stripe's invoices as far as we read them; of all objects they have moved about the most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import frozen

from adapters.providers.stripe.objects import Marks, Reference, Seconds, marks_in


@frozen(kw_only=True)
class Amount:
    """Part of an amount: a discount."""

    amount: int


@frozen(kw_only=True)
class Tax:
    """A tax, on top of what is charged or part of it. `inclusive` is how older versions say so."""

    amount: int
    tax_behavior: str | None = None
    inclusive: bool = False

    @property
    def is_on_top(self) -> bool:
        """Say whether it was added to what was charged."""
        return self.tax_behavior != "inclusive" and not self.inclusive


@frozen(kw_only=True)
class Span:
    """The time that an invoice's line is about."""

    start: Seconds
    end: Seconds


@frozen(kw_only=True)
class LineDetails:
    """What an invoice's line comes from."""

    proration: bool = False


@frozen(kw_only=True)
class LineParent:
    """Where an invoice's line comes from: a subscription's item, or an item of its own."""

    type: str
    subscription_item_details: LineDetails | None = None
    invoice_item_details: LineDetails | None = None


@frozen(kw_only=True)
class PriceDetails:
    """The price that an invoice's line was reckoned by."""

    price: Reference | None = None


@frozen(kw_only=True)
class LinePricing:
    """How an invoice's line was reckoned."""

    price_details: PriceDetails | None = None


@frozen(kw_only=True)
class PriceNamed:
    """A price, as older versions name it."""

    id: Reference


@frozen(kw_only=True)
class InvoiceLine:
    """A line of an invoice. `type`, `proration` and `price` are where older versions say it."""

    id: Reference
    amount: int
    period: Span
    discount_amounts: Sequence[Amount] | None = None
    parent: LineParent | None = None
    type: str | None = None
    proration: bool = False
    pricing: LinePricing | None = None
    price: PriceNamed | None = None

    @property
    def price_id(self) -> str | None:
        """The price that it was reckoned by, if it was by one."""
        if self.pricing is None:
            return None if self.price is None else self.price.id
        details = self.pricing.price_details
        return None if details is None else details.price

    @property
    def is_period(self) -> bool:
        """Say whether it charges for a whole period, not for a change or something else."""
        parent = self.parent
        if parent is None:
            return self.type in {"subscription", None} and not self.proration
        details = parent.subscription_item_details
        if parent.type != "subscription_item_details":
            return False
        return details is None or not details.proration

    @property
    def is_proration(self) -> bool:
        """Say whether it charges or credits the rest of a period, as the price has changed."""
        parent = self.parent
        if parent is None:
            return self.proration
        details = parent.subscription_item_details or parent.invoice_item_details
        return details is not None and details.proration

    @property
    def net(self) -> int:
        """What it charges after discount and before tax; below zero it credits."""
        return self.amount - sum(each.amount for each in self.discount_amounts or ())


@frozen(kw_only=True)
class InvoiceLines:
    """Lines of an invoice: ten at most come with it, and `has_more` says that there are others.

    What waited for it comes first, changes of plan among it: the period's own line is the last.
    """

    data: Sequence[InvoiceLine]
    has_more: bool = False


@frozen(kw_only=True)
class OfSubscription:
    """The subscription that an invoice is for, with its metadata as they were then."""

    subscription: Reference | None = None
    metadata: Mapping[str, str] | None = None


@frozen(kw_only=True)
class InvoiceParent:
    """What an invoice comes from."""

    type: str
    subscription_details: OfSubscription | None = None


@frozen(kw_only=True)
class StatusTransitions:
    """When an invoice came to be what it is."""

    paid_at: Seconds | None = None


@frozen(kw_only=True)
class InvoiceObject:
    """An invoice. Its subscription, its tax and its lines' prorations have moved over the years.

    `total` is what it costs. Of that a customer's balance with Stripe may pay a part, or all, or
    add what was owing: `amount_due` is what a card is charged, `amount_paid` what it was charged.
    """

    id: Reference
    status: str | None = None
    billing_reason: str | None = None
    currency: str
    total: int
    amount_due: int
    amount_paid: int
    total_excluding_tax: int | None = None
    total_taxes: Sequence[Tax] | None = None
    total_tax_amounts: Sequence[Tax] | None = None
    tax: int | None = None
    customer: Reference | None = None
    parent: InvoiceParent | None = None
    subscription: Reference | None = None
    subscription_details: OfSubscription | None = None
    lines: InvoiceLines
    status_transitions: StatusTransitions | None = None
    hosted_invoice_url: str | None = None
    created: Seconds

    @property
    def subscription_id(self) -> str | None:
        """The subscription it is for, if it is for one."""
        new = self._of_subscription
        return (new.subscription if new is not None else None) or self.subscription

    @property
    def marks(self) -> Marks | None:
        """Our order that began the subscription, as far as the invoice knows."""
        for place in (self._of_subscription, self.subscription_details):
            found = None if place is None else marks_in(place.metadata)
            if found is not None:
                return found
        return None

    @property
    def document_url(self) -> str | None:
        """Where the buyer sees it, if that is an address that a browser may be sent to."""
        url = self.hosted_invoice_url
        return url if url is not None and url.startswith("https://") else None

    @property
    def tax_on_top(self) -> int:
        """The tax that was added to what was charged; tax that is part of a price is not."""
        taxes = self.total_tax_amounts if self.total_taxes is None else self.total_taxes
        if taxes is not None:
            return sum(each.amount for each in taxes if each.is_on_top)
        if self.tax is not None:
            return self.tax
        return 0 if self.total_excluding_tax is None else self.total - self.total_excluding_tax

    @property
    def period_lines(self) -> Sequence[InvoiceLine]:
        """The lines that charge for a whole period."""
        return [line for line in self.lines.data if line.is_period]

    @property
    def prorated_seconds(self) -> Sequence[Seconds]:
        """The instants to which its changes were prorated, as Stripe was told them with each.

        A proration's line is about the time from that instant on.
        """
        return sorted({line.period.start for line in self.lines.data if line.is_proration})

    @property
    def paid_seconds(self) -> int:
        """When it was paid, or at least made."""
        paid_at = None if self.status_transitions is None else self.status_transitions.paid_at
        return self.created if paid_at is None else paid_at

    @property
    def _of_subscription(self) -> OfSubscription | None:
        parent = self.parent
        if parent is None or parent.type != "subscription_details":
            return None
        return parent.subscription_details


@frozen(kw_only=True)
class PaymentOfInvoice:
    """What an invoice was paid with."""

    type: str
    payment_intent: Reference | None = None
    charge: Reference | None = None


@frozen(kw_only=True)
class InvoicePayment:
    """The tie between an invoice and what it was paid with."""

    invoice: Reference
    payment: PaymentOfInvoice
    status: str
    is_default: bool = False


@frozen(kw_only=True)
class InvoicePayments:
    """Ties between invoices and payments."""

    data: Sequence[InvoicePayment]
