"""Going through what Creem knows, since it stops telling what did not arrive.

What is found becomes events of the inbox. Their ids name an object and how it stands, so that the
same finding is the same event however often it is pulled:

    pull:<transaction>:<status>                       for a payment
    pull:<transaction>:<status>:<refunded>            for a payment of which money has gone back
    pull:<subscription>:<status>:<changed, in ms>     for a subscription, which returns to a status
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import msgspec
from attrs import frozen

from adapters.providers.creem.events import PULLED, PULLED_SUBSCRIPTION, PULLED_TRANSACTION
from adapters.providers.creem.reading import CreemReading
from adapters.providers.creem.reversals import refunded_minor
from adapters.providers.creem.signature import CHANNEL
from adapters.providers.creem.standing import reported_as_of
from adapters.providers.creem.statuses import TransactionStatus, transaction_status_of
from adapters.providers.creem.wire import (
    SubscriptionData,
    SubscriptionsData,
    TransactionData,
    TransactionsData,
    id_of,
    instant_of,
)
from application.ports.provider import Listed
from application.ports.system import Clock, NewId
from domain.errors import InvalidField
from domain.payments.errors import WebhookUnreadable
from domain.payments.ids import InboxId
from domain.payments.inbox import InboxEvent
from domain.payments.provider_event import SubscriptionReported

REVERSAL_TIME = timedelta(days=180)
"""How long after a payment money is still looked for on its way back."""

PAGES_MAX = 1000
"""So many pages of payments are gone through at one go."""

_TRANSACTIONS = "transactions"
_SUBSCRIPTIONS = "subscriptions"
_NEVER_OLD = datetime.max.replace(tzinfo=UTC)
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
        """Yield the payments of subscriptions since then, and what has gone back of them.

        Creem does not say in which order it lists. Only while that is newest first is there an end
        to look for, and only so far is looked here: whatever is left out, `page` comes upon. So it
        does upon what goes back of a payment that names no subscription, and so no order of ours
        before its checkout has been read. Raises ProviderUnavailable, ProviderRefused.
        """
        earliest: datetime | None = None
        for number in range(1, PAGES_MAX + 1):
            page = await self.reading.transactions(number)
            for transaction in page.items:
                at = _created_at(transaction)
                if earliest is not None and at > earliest:
                    return
                earliest = at
                if at < since:
                    return
                if id_of(transaction.subscription) is not None:
                    yield self._transaction(transaction)
            if _is_last(page):
                return

    async def page(self, since: datetime, after: str | None) -> Listed:
        """Return a page of all there is: of the transactions first, then of the subscriptions.

        A position names a list and the number of its next page.
        """
        kind, _, number = (after or f"{_TRANSACTIONS}:1").partition(":")
        if kind == _TRANSACTIONS:
            return await self._transactions(since, int(number))
        return await self._subscriptions(since, int(number))

    async def _transactions(self, since: datetime, number: int) -> Listed:
        """Return the payments since then, and those of before of which money has gone back.

        A transaction does not say when its money went back, so all that could are looked at; where
        a whole page, newest first, lies too far back for that, the rest is left out.
        """
        page = await self.reading.transactions(number)
        found = [
            self._transaction(each)
            for each in page.items
            if _created_at(each) >= since or _has_gone_back(each)
        ]
        moments = [_created_at(each) for each in page.items]
        is_falling = moments == sorted(moments, reverse=True)
        is_beyond = is_falling and bool(moments) and moments[0] < since - REVERSAL_TIME
        if is_beyond or _is_last(page):
            return Listed(events=tuple(found), next=f"{_SUBSCRIPTIONS}:1")
        return Listed(events=tuple(found), next=f"{_TRANSACTIONS}:{number + 1}")

    async def _subscriptions(self, since: datetime, number: int) -> Listed:
        """Return how subscriptions stand, and those that have changed since then as events, too.

        An event says more than how one stands: that a trial has begun, which no payment announces.
        """
        asked_at = self.wall_clock()
        page = await self.reading.subscriptions(number)
        events: list[InboxEvent] = []
        reports: list[SubscriptionReported] = []
        for subscription in page.items:
            try:
                changed_at = _changed_at(subscription)
                reports.append(reported_as_of(asked_at, subscription))
            except (InvalidField, WebhookUnreadable):
                # It is asked about by itself, and told of then.
                continue
            if changed_at is None or changed_at >= since:
                event_id = _subscription_id(subscription, changed_at)
                events.append(self._event(PULLED_SUBSCRIPTION, event_id, subscription))
        return Listed(
            reports=tuple(reports),
            events=tuple(events),
            next=None if _is_last(page) else f"{_SUBSCRIPTIONS}:{number + 1}",
        )

    def _transaction(self, transaction: TransactionData) -> InboxEvent:
        return self._event(PULLED_TRANSACTION, _transaction_id(transaction), transaction)

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


def _created_at(transaction: TransactionData) -> datetime:
    """Return when a payment was made; one of which that cannot be read is taken for the newest."""
    try:
        at = instant_of(transaction.created_at)
    except WebhookUnreadable:
        return _NEVER_OLD
    assert at is not None, "a transaction has an instant"
    return at


def _is_last(page: TransactionsData | SubscriptionsData) -> bool:
    return page.pagination.next_page is None or not page.items


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
