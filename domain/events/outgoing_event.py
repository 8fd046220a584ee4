"""An event: something that happened here, told to the product in words that do not change.

The lowest area of the domain: every other one may raise events, and this one knows none of them.
So an account's id is plain text here, as it stands in what is delivered.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from enum import Enum

from attrs import frozen

from domain.events.ids import EventId

VERSION = 1
"""The version of every payload and its schema. Fields are only ever added under one version."""

Value = str | int | bool | None | Sequence["Value"] | Mapping[str, "Value"]
"""What a payload is made of: whatever JSON can say exactly."""

EventData = Mapping[str, Value]


class EventType(Enum):
    """What can be told. A name never changes its meaning once it is published."""

    CREDITS_GRANTED = "credits.granted"
    CREDITS_LOW = "credits.low"
    CREDITS_EXHAUSTED = "credits.exhausted"
    CREDITS_EXPIRED = "credits.expired"
    ACCOUNT_FROZEN = "account.frozen"
    ACCOUNT_UNFROZEN = "account.unfrozen"
    CHECK_IN_COMPLETED = "checkin.completed"
    COUPON_REDEEMED = "coupon.redeemed"
    ORDER_CREATED = "order.created"
    ORDER_PAID = "order.paid"
    ORDER_FAILED = "order.failed"
    ORDER_EXPIRED = "order.expired"
    ORDER_PARTIALLY_REFUNDED = "order.partially_refunded"
    ORDER_REFUNDED = "order.refunded"
    ORDER_DISPUTED = "order.disputed"
    ORDER_RESTORED = "order.restored"
    DISPUTE_INQUIRY_OPENED = "dispute.inquiry_opened"
    DISPUTE_OPENED = "dispute.opened"
    DISPUTE_WON = "dispute.won"
    DISPUTE_LOST = "dispute.lost"
    SUBSCRIPTION_STARTED = "subscription.started"
    SUBSCRIPTION_RENEWED = "subscription.renewed"
    SUBSCRIPTION_CHANGED = "subscription.changed"
    SUBSCRIPTION_CHANGE_SCHEDULED = "subscription.change_scheduled"
    SUBSCRIPTION_CHANGE_WITHDRAWN = "subscription.change_withdrawn"
    SUBSCRIPTION_CHANGE_REFUSED = "subscription.change_refused"
    SUBSCRIPTION_ACTIVE = "subscription.active"
    SUBSCRIPTION_TRIALING = "subscription.trialing"
    SUBSCRIPTION_TRIAL_ENDING = "subscription.trial_ending"
    SUBSCRIPTION_PAST_DUE = "subscription.past_due"
    SUBSCRIPTION_PAYMENT_OVERDUE = "subscription.payment_overdue"
    SUBSCRIPTION_GRACE_ENDED = "subscription.grace_ended"
    SUBSCRIPTION_PAUSED = "subscription.paused"
    SUBSCRIPTION_CANCELED = "subscription.canceled"
    SUBSCRIPTION_EXPIRED = "subscription.expired"
    ENDPOINT_TEST = "endpoint.test"
    ENDPOINT_SWITCHED_OFF = "endpoint.switched_off"


@frozen(kw_only=True)
class OutgoingEvent:
    """One thing that happened, raised in the same commit as what it tells of.

    `account_id` is None for what concerns the product as a whole. `data` says how things stand
    after the change. Of two events about one thing the newer has the later `at`, and of one
    instant the greater id: that is how a receiver puts in order what may arrive in any.
    """

    id: EventId
    type: EventType
    account_id: str | None
    at: datetime
    data: EventData

    def kept(self) -> KeptEvent:
        """Return the event as it is kept and delivered."""
        return KeptEvent(
            id=self.id,
            type=self.type.value,
            account_id=self.account_id,
            at=self.at,
            payload=self.payload,
        )

    @property
    def payload(self) -> str:
        """Return the JSON text that is delivered, the same in every attempt.

        `type`, `timestamp` and `data` are what Standard Webhooks 1.0.0 recommends.
        """
        said = {
            "id": self.id,
            "type": self.type.value,
            "version": VERSION,
            "timestamp": instant_text(self.at),
            "account_id": self.account_id,
            "data": self.data,
        }
        return json.dumps(said, ensure_ascii=False, separators=(",", ":"))


@frozen(kw_only=True)
class KeptEvent:
    """An event as it was written down: its payload is delivered as it is, whatever comes after."""

    id: EventId
    type: str
    account_id: str | None
    at: datetime
    payload: str


def instant_text(instant: datetime) -> str:
    """Return an instant as payloads hold it: RFC 3339, in UTC."""
    assert instant.tzinfo is not None, "an instant has a zone"
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")
