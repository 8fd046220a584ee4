"""Stripe's objects as far as we read them, at the pinned version and at the older shape.

Where a field has moved, both places are read, the new one first: a webhook's shape follows the
version its endpoint was made with, not ours. Unknown fields are passed over.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated

from attrs import frozen
from msgspec import Meta, Raw

from domain.credits.ids import AccountId
from domain.payments.ids import OrderId

Reference = Annotated[str, Meta(max_length=255, pattern=r"^[!-~]+\Z")]
"""An id: printable, so that every store can keep it and every log can show it."""

# The last second of the year 9999: what a calendar can still show.
Seconds = Annotated[int, Meta(ge=0, le=253_402_300_799)]
"""An instant as Stripe writes it."""

ORDER_MARK = "order_id"
ACCOUNT_MARK = "account_id"
REFUND_MARK = "refund_key"
REFUND_KEY = "refund:"

_ID = re.compile(r"[!-~]{1,255}")


def instant(seconds: int) -> datetime:
    """Return an instant that Stripe gives in seconds."""
    return datetime.fromtimestamp(seconds, UTC)


@frozen(kw_only=True)
class Marks:
    """What we wrote on something that we sold: which order it is, and whose."""

    order_id: OrderId
    account_id: AccountId | None


def marks_in(metadata: Mapping[str, str] | None) -> Marks | None:
    """Return our marks in metadata; what names no order was not written by us."""
    found = metadata or {}
    order_id, account_id = found.get(ORDER_MARK), found.get(ACCOUNT_MARK)
    if order_id is None or not _ID.fullmatch(order_id):
        return None
    return Marks(
        order_id=OrderId(order_id), account_id=None if account_id is None else AccountId(account_id)
    )


@frozen(kw_only=True)
class TotalDetails:
    """What a checkout's total is made of, beside its items. Tax may be in the items' prices."""

    amount_discount: int = 0
    amount_tax: int = 0


@frozen(kw_only=True)
class SessionObject:
    """A checkout session."""

    id: Reference
    mode: str
    status: str | None = None
    payment_status: str
    amount_subtotal: int | None = None
    amount_total: int | None = None
    currency: str | None = None
    total_details: TotalDetails | None = None
    client_reference_id: str | None = None
    metadata: Mapping[str, str] | None = None
    customer: Reference | None = None
    payment_intent: Reference | None = None
    subscription: Reference | None = None
    invoice: Reference | None = None
    url: str | None = None
    expires_at: Seconds

    @property
    def marks(self) -> Marks | None:
        """Our order, and whose it is; None means that the checkout is not ours."""
        return marks_in(self.metadata)

    @property
    def tax_on_top(self) -> int:
        """The tax that was added to the price; tax that is part of the price is not."""
        details, total = self.total_details, self.amount_total
        if details is None or total is None:
            return 0
        if self.amount_subtotal is None:
            return details.amount_tax
        added = total - (self.amount_subtotal - details.amount_discount)
        return min(max(added, 0), details.amount_tax)

    @property
    def is_settled(self) -> bool:
        """Say whether the money is in, or none is due."""
        return self.payment_status in {"paid", "no_payment_required"}


@frozen(kw_only=True)
class SessionList:
    """Some checkout sessions, newest first."""

    data: Sequence[SessionObject]
    has_more: bool = False


@frozen(kw_only=True)
class PriceId:
    """A price, by its id alone."""

    id: Reference


@frozen(kw_only=True)
class SubscriptionItem:
    """One thing a subscription is billed for; at the pinned version it carries the period."""

    id: Reference
    price: PriceId | None = None
    quantity: int | None = None
    current_period_start: Seconds | None = None
    current_period_end: Seconds | None = None


@frozen(kw_only=True)
class SubscriptionItems:
    """What a subscription is billed for."""

    data: Sequence[SubscriptionItem]


@frozen(kw_only=True)
class SubscriptionObject:
    """A subscription. The period stood on it before 2025-03-31, and stands on its items since."""

    id: Reference
    status: str
    customer: Reference | None = None
    items: SubscriptionItems
    current_period_start: Seconds | None = None
    current_period_end: Seconds | None = None
    cancel_at_period_end: bool = False
    cancel_at: Seconds | None = None
    metadata: Mapping[str, str] | None = None

    @property
    def marks(self) -> Marks | None:
        """Our order that began it, and whose it is; None means that we did not."""
        return marks_in(self.metadata)

    @property
    def bounds(self) -> tuple[int, int] | None:
        """When the period starts and ends, in seconds."""
        item = self.items.data[0] if self.items.data else None
        if item is not None and item.current_period_start and item.current_period_end:
            return item.current_period_start, item.current_period_end
        if self.current_period_start and self.current_period_end:
            return self.current_period_start, self.current_period_end
        return None

    @property
    def price_id(self) -> str | None:
        """The price it is billed by; ours have one thing each."""
        price = self.items.data[0].price if self.items.data else None
        return None if price is None else price.id

    @property
    def is_ending(self) -> bool:
        """Say whether it ends with its period; the portal may say so by a date alone."""
        if self.cancel_at_period_end:
            return True
        bounds = self.bounds
        return self.cancel_at is not None and bounds is not None and self.cancel_at <= bounds[1]


@frozen(kw_only=True)
class SubscriptionList:
    """Some subscriptions, newest first, each to be read by itself: one may make no sense to us."""

    data: Sequence[Raw]
    has_more: bool = False


@frozen(kw_only=True)
class RefundObject:
    """Money on its way back."""

    id: Reference
    amount: int
    currency: str
    charge: Reference | None = None
    payment_intent: Reference | None = None
    status: str | None = None
    metadata: Mapping[str, str] | None = None
    created: Seconds

    @property
    def key(self) -> str | None:
        """The key under which we asked for it; None means that somebody else did."""
        mark = (self.metadata or {}).get(REFUND_MARK)
        return None if mark is None else mark.removeprefix(REFUND_KEY)


@frozen(kw_only=True)
class RefundList:
    """Some refunds, newest first."""

    data: Sequence[RefundObject]


@frozen(kw_only=True)
class ChargeObject:
    """One collection of money, by its id alone."""

    id: Reference


@frozen(kw_only=True)
class IntentObject:
    """An attempt to collect money, with the metadata that a checkout gave it."""

    id: Reference
    metadata: Mapping[str, str] | None = None


@frozen(kw_only=True)
class DisputeObject:
    """A buyer's bank that asks for money back, or takes it."""

    id: Reference
    amount: int
    currency: str
    charge: Reference | None = None
    payment_intent: Reference | None = None
    status: str
    created: Seconds


@frozen(kw_only=True)
class DisputeList:
    """Some disputes, newest first."""

    data: Sequence[DisputeObject]


@frozen(kw_only=True)
class Recurring:
    """How often a price is due."""

    interval: str
    interval_count: int = 1


@frozen(kw_only=True)
class CustomerObject:
    """A customer's record."""

    id: Reference


@frozen(kw_only=True)
class PriceObject:
    """A price. One without `unit_amount` has tiers, or fractions of a minor unit."""

    id: Reference
    currency: str
    unit_amount: int | None = None
    recurring: Recurring | None = None
    active: bool


@frozen(kw_only=True)
class PortalSession:
    """A page about one customer, for a short while."""

    url: str


@frozen(kw_only=True)
class Created:
    """Anything we make at Stripe and need no more of than its id."""

    id: Reference
