"""Going through what Creem knows, since it stops telling what did not arrive.

What is found becomes events of the inbox. Their ids name an object and how it stands, so that the
same finding is the same event however often it is pulled:

    pull:<transaction>:<status>                       for a payment
    pull:<transaction>:<status>:<refunded>            for a payment of which money has gone back
    pull:<subscription>:<status>:<changed, in ms>     for a subscription, which returns to a status
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import attrs
import msgspec
from attrs import frozen

from adapters.providers.creem.events import PULLED, PULLED_SUBSCRIPTION, PULLED_TRANSACTION
from adapters.providers.creem.reading import CreemReading
from adapters.providers.creem.reversals import refunded_minor
from adapters.providers.creem.signature import CHANNEL
from adapters.providers.creem.statuses import TransactionStatus, transaction_status_of
from adapters.providers.creem.wire import (
    SubscriptionData,
    TransactionData,
    instant_of,
)
from application.ports.system import Clock, NewId
from domain.payments.errors import WebhookUnreadable
from domain.payments.ids import InboxId
from domain.payments.inbox import InboxEvent

REVERSAL_TIME = timedelta(days=180)
"""How long after a payment money is still looked for on its way back."""

_MILLISECOND = timedelta(milliseconds=1)
_REVERSED = frozenset(
    {
        TransactionStatus.PARTLY_REFUNDED,
        TransactionStatus.REFUNDED,
        TransactionStatus.CHARGED_BACK,
    }
)


@frozen(kw_only=True)
class CreemPull:
    """Walks Creem's lists. `clock` is the billing clock, by which the inbox keeps its order."""

    reading: CreemReading
    clock: Clock
    wall_clock: Clock
    new_id: NewId

    async def since(self, since: datetime) -> AsyncIterator[InboxEvent]:
        """Return what has happened since then. Raises ProviderUnavailable, ProviderRefused."""
        async for transaction in self._transactions(since):
            yield self._event(PULLED_TRANSACTION, _transaction_id(transaction), transaction)
        async for page in self.reading.subscription_pages():
            for subscription in page:
                changed_at = _changed_at(subscription)
                if changed_at is None or changed_at >= since:
                    event_id = _subscription_id(subscription, changed_at)
                    yield self._event(PULLED_SUBSCRIPTION, event_id, subscription)

    async def _transactions(self, since: datetime) -> AsyncIterator[TransactionData]:
        """Return the payments since then, and those of before of which money has gone back.

        A transaction does not say when its money went back, so all that could are looked at. Creem
        does not say in which order it lists: only if that is newest first is the rest left out.
        """
        horizon = since - REVERSAL_TIME
        is_falling = True
        earliest: datetime | None = None
        async for page in self.reading.transaction_pages():
            for transaction in page:
                at = instant_of(transaction.created_at)
                assert at is not None, "a transaction has an instant"
                is_falling = is_falling and (earliest is None or at <= earliest)
                earliest = at
                if at >= since or _has_gone_back(transaction):
                    yield transaction
            if is_falling and earliest is not None and earliest < horizon:
                return

    def _event(self, type: str, event_id: str, object: Any) -> InboxEvent:
        told_at = self.wall_clock()
        body = msgspec.json.encode(
            {
                "id": event_id,
                "eventType": type,
                "created_at": _milliseconds(told_at),
                "object": attrs.asdict(object),
            }
        )
        now = self.clock()
        return InboxEvent(
            id=InboxId(self.new_id()),
            channel=CHANNEL,
            event_id=event_id,
            type=type,
            body=body,
            received_at=now,
            next_try_at=now,
        )


def _transaction_id(transaction: TransactionData) -> str:
    status = _known_status(transaction)
    if status is None:
        # It is kept like any other: that it cannot be read must not hold up those that can.
        return f"{PULLED}{transaction.id}:unknown"
    if status not in _REVERSED:
        return f"{PULLED}{transaction.id}:{status.value}"
    return f"{PULLED}{transaction.id}:{status.value}:{refunded_minor(transaction)}"


def _subscription_id(subscription: SubscriptionData, changed_at: datetime | None) -> str:
    moment = "0" if changed_at is None else str(_milliseconds(changed_at))
    return f"{PULLED}{subscription.id}:{subscription.status}:{moment}"


def _has_gone_back(transaction: TransactionData) -> bool:
    return _known_status(transaction) in _REVERSED


def _known_status(transaction: TransactionData) -> TransactionStatus | None:
    try:
        return transaction_status_of(transaction.status)
    except WebhookUnreadable:
        return None


def _changed_at(subscription: SubscriptionData) -> datetime | None:
    """Return when a subscription last changed: a payment does not count as a change at Creem."""
    moments: Sequence[datetime | None] = [
        instant_of(subscription.updated_at),
        instant_of(subscription.last_transaction_date),
        instant_of(subscription.current_period_start_date),
    ]
    return max((each for each in moments if each is not None), default=None)


def _milliseconds(instant: datetime) -> int:
    return (instant - datetime.fromtimestamp(0, instant.tzinfo)) // _MILLISECOND
