"""Creem's words for how things stand, in ours: every spelling that has been seen."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import TypeVar

from adapters.providers.creem.refusals import unreadable
from adapters.providers.creem.wire import ProductData
from domain.payments.provider_event import ProviderStatus, RefundStatus
from domain.period import Interval

T = TypeVar("T")

SCHEDULED_CANCEL = "scheduled_cancel"


class TransactionStatus(Enum):
    """How a transaction stands."""

    OPEN = "open"
    PAID = "paid"
    PARTLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"
    CHARGED_BACK = "charged_back"
    UNPAID = "unpaid"


_SUBSCRIPTION: Mapping[str, ProviderStatus] = {
    "active": ProviderStatus.ACTIVE,
    "trialing": ProviderStatus.TRIALING,
    "paused": ProviderStatus.PAUSED,
    "pastdue": ProviderStatus.PAST_DUE,
    "unpaid": ProviderStatus.PAST_DUE,
    # It has run out unpaid, and Creem may still collect: only `canceled` is the end.
    "expired": ProviderStatus.PAST_DUE,
    "scheduledcancel": ProviderStatus.ACTIVE,
    "canceled": ProviderStatus.CANCELED,
}

_TRANSACTION: Mapping[str, TransactionStatus] = {
    "pending": TransactionStatus.OPEN,
    "paid": TransactionStatus.PAID,
    "partialrefund": TransactionStatus.PARTLY_REFUNDED,
    "partiallyrefunded": TransactionStatus.PARTLY_REFUNDED,
    "refunded": TransactionStatus.REFUNDED,
    "chargedback": TransactionStatus.CHARGED_BACK,
    "chargeback": TransactionStatus.CHARGED_BACK,
    "uncollectible": TransactionStatus.UNPAID,
    "declined": TransactionStatus.UNPAID,
    "canceled": TransactionStatus.UNPAID,
    "void": TransactionStatus.UNPAID,
}

_REFUND: Mapping[str, RefundStatus] = {
    "pending": RefundStatus.PENDING,
    "requiresaction": RefundStatus.PENDING,
    "succeeded": RefundStatus.SUCCEEDED,
    "failed": RefundStatus.FAILED,
    "canceled": RefundStatus.FAILED,
}

_INTERVALS: Mapping[str, Interval] = {
    "every-month": Interval.MONTHLY,
    "every-year": Interval.YEARLY,
}


def subscription_status_of(status: str) -> ProviderStatus:
    """Return how a subscription stands. Raises WebhookUnreadable for a status unknown to us."""
    return _looked_up(_SUBSCRIPTION, status, "a subscription's status")


def transaction_status_of(status: str) -> TransactionStatus:
    """Return how a transaction stands. Raises WebhookUnreadable for a status unknown to us."""
    return _looked_up(_TRANSACTION, status, "a transaction's status")


def refund_status_of(status: str) -> RefundStatus:
    """Return how a refund stands. Raises WebhookUnreadable for a status unknown to us."""
    return _looked_up(_REFUND, status, "a refund's status")


def interval_of(product: ProductData) -> Interval | None:
    """Return how often a product is paid, or None if at no interval that we sell."""
    if product.billing_period != "custom":
        return _INTERVALS.get(product.billing_period or "")
    match product.recurring_interval, product.recurring_interval_count:
        case ("month", 1):
            return Interval.MONTHLY
        case ("year", 1) | ("month", 12):
            return Interval.YEARLY
    return None


def _looked_up(table: Mapping[str, T], word: str, what: str) -> T:
    found = table.get(word.replace("_", "").replace("-", "").casefold())
    if found is None:
        raise unreadable(f"{what} is unknown to us")
    return found
