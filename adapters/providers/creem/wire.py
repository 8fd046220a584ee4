"""What Creem's objects are like: as much of them as we use, and tolerant in all else.

Published samples, the official library and the API itself disagree about what is always there, so
only what billing cannot do without is required. Wherever one object names another, it may do so by
its id or hold it whole.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from attrs import frozen
from msgspec import Meta

from adapters.providers.creem.refusals import unreadable

Reference = Annotated[str, Meta(max_length=255, pattern=r"^[!-~]+\Z")]
"""An id: printable, so that every store can keep it and every log can show it."""

Number = int | float
"""A count of minor units: whole, whatever its type in JSON."""

Moment = int | float | str
"""An instant: milliseconds in transactions, refunds and disputes, ISO 8601 in all else."""


@frozen(kw_only=True)
class Named:
    """An object of which only the id matters."""

    id: Reference


@frozen(kw_only=True)
class Marked:
    """An object of which only the id and the metadata matter."""

    id: Reference
    metadata: Any = None


Link = Reference | Named | None


@frozen(kw_only=True)
class ProductData:
    """What is sold: every price and interval is a product of its own."""

    id: Reference
    price: Number | None = None
    currency: str | None = None
    billing_type: str | None = None
    billing_period: str | None = None
    recurring_interval: str | None = None
    recurring_interval_count: Number | None = None
    tax_mode: str | None = None
    status: str | None = None


@frozen(kw_only=True)
class OrderData:
    """A purchase as Creem keeps it: of a one-off product, or of a subscription's first period."""

    id: Reference
    amount: Number
    currency: str
    type: str | None = None
    status: str | None = None
    discount_amount: Number | None = None
    tax_amount: Number | None = None
    amount_paid: Number | None = None
    created_at: Moment | None = None
    updated_at: Moment | None = None


@frozen(kw_only=True)
class TransactionData:
    """Money collected once, and what has gone back of it."""

    id: Reference
    amount: Number
    currency: str
    status: str
    created_at: Moment
    type: str | None = None
    amount_paid: Number | None = None
    discount_amount: Number | None = None
    tax_amount: Number | None = None
    refunded_amount: Number | None = None
    order: Link = None
    subscription: Link = None
    customer: Link = None
    period_start: Moment | None = None
    period_end: Moment | None = None


@frozen(kw_only=True)
class SubscriptionData:
    """A subscription. `canceled_at` is left unread: active ones have been seen to carry it."""

    id: Reference
    status: str
    product: Reference | ProductData | None = None
    customer: Link = None
    last_transaction_id: Reference | None = None
    last_transaction: Reference | TransactionData | None = None
    last_transaction_date: Moment | None = None
    next_transaction_date: Moment | None = None
    current_period_start_date: Moment | None = None
    current_period_end_date: Moment | None = None
    created_at: Moment | None = None
    updated_at: Moment | None = None
    metadata: Any = None


@frozen(kw_only=True)
class CheckoutData:
    """A checkout page, and once it is completed what came of it."""

    id: Reference
    status: str
    checkout_url: str | None = None
    request_id: str | None = None
    units: Number | None = None
    custom_price: Number | None = None
    product: Reference | ProductData | None = None
    order: Reference | OrderData | None = None
    subscription: Link = None
    customer: Link = None
    metadata: Any = None


@frozen(kw_only=True)
class RefundData:
    """Money on its way back."""

    id: Reference
    status: str
    refund_amount: Number
    refund_currency: str
    transaction: Reference | TransactionData | None = None
    order: Link = None
    checkout: Reference | Marked | None = None
    subscription: Reference | Marked | None = None
    created_at: Moment


@frozen(kw_only=True)
class DisputeData:
    """A payment that the buyer's bank takes back."""

    id: Reference
    amount: Number
    currency: str
    transaction: Reference | TransactionData | None = None
    order: Link = None
    checkout: Reference | Marked | None = None
    subscription: Reference | Marked | None = None
    created_at: Moment


@frozen(kw_only=True)
class DiscountData:
    """A discount code."""

    id: Reference
    code: str
    status: str
    type: str
    amount: Number | None = None
    currency: str | None = None
    applies_to_products: list[str] | None = None
    redeem_count: Number | None = None


@frozen(kw_only=True)
class PortalData:
    """The way to a customer's portal."""

    customer_portal_link: str


@frozen(kw_only=True)
class RefundTakenData:
    """All that Creem answers to a refund."""

    status: str


@frozen(kw_only=True)
class PagingData:
    """Where a list goes on."""

    next_page: Number | None = None


@frozen(kw_only=True)
class TransactionsData:
    """A page of transactions."""

    items: list[TransactionData]
    pagination: PagingData


@frozen(kw_only=True)
class SubscriptionsData:
    """A page of subscriptions."""

    items: list[SubscriptionData]
    pagination: PagingData


def id_of(
    link: str | Named | Marked | ProductData | OrderData | TransactionData | None,
) -> str | None:
    """Return the id of what is linked, however it is."""
    return link if link is None or isinstance(link, str) else link.id


def minor_of(number: Number | None) -> int | None:
    """Return minor units as an integer. Raises WebhookUnreadable if they are not whole."""
    if number is None or isinstance(number, int):
        return number
    if not number.is_integer():
        raise unreadable("an amount is not a whole number of minor units")
    return int(number)


def instant_of(moment: Moment | None) -> datetime | None:
    """Return an instant in UTC. Raises WebhookUnreadable if it cannot be read as one."""
    if moment is None:
        return None
    try:
        if isinstance(moment, str):
            read = datetime.fromisoformat(moment)
            return (read.replace(tzinfo=UTC) if read.tzinfo is None else read).astimezone(UTC)
        # Whole milliseconds first: a float of seconds would come out a microsecond off.
        seconds, milliseconds = divmod(int(moment), 1000)
        return datetime.fromtimestamp(seconds, UTC).replace(microsecond=milliseconds * 1000)
    except (ValueError, OverflowError, OSError) as fault:
        raise unreadable("an instant cannot be read, or lies outside the calendar") from fault
