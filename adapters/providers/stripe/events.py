"""Stripe's webhooks as they come: which event a body is, and whether it is for us."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, TypeVar

import msgspec
from attrs import frozen
from msgspec import Meta

from adapters.providers.stripe.objects import Reference, Seconds, instant
from adapters.providers.stripe.signature import CHANNEL
from application.ports.provider import SignedEvent
from domain.payments.errors import WebhookUnreadable

T = TypeVar("T")

_SNAPSHOT = "event"


@frozen(kw_only=True)
class EventData:
    """The object an event is about, as it was then; it is looked at only when it is applied."""

    object: msgspec.Raw


@frozen(kw_only=True)
class Envelope:
    """What every event has, whatever it is about."""

    id: Reference
    object: str
    type: Annotated[str, Meta(pattern=r"^[a-z0-9_.]{1,100}\Z")]
    created: Seconds
    livemode: bool
    data: EventData

    @property
    def created_at(self) -> datetime:
        """When it happened, by Stripe's clock, to the second."""
        return instant(self.created)


@frozen(kw_only=True)
class _Kind:
    object: str


def opened(body: bytes | msgspec.Raw, is_live: bool) -> Envelope:
    """Return the event in a body. Raises WebhookUnreadable, for the other mode's events, too."""
    if _read(body, _Kind, "event").object != _SNAPSHOT:
        # A thin notification, most likely: it holds no object, only where to find one.
        raise unreadable(
            "event", "is not a snapshot event; make the endpoint with the payload style 'snapshot'"
        )
    event = _read(body, Envelope, "event")
    if event.livemode is not is_live:
        ours, its = ("live", "test") if is_live else ("test", "live")
        raise unreadable("livemode", f"is an event of {its} mode, and this service is in {ours}")
    return event


def named(body: bytes, is_live: bool) -> SignedEvent:
    """Return the id and the type of a signed event. Raises WebhookUnreadable."""
    event = opened(body, is_live)
    return SignedEvent(event_id=event.id, type=event.type)


def unreadable(part: str, problem: str) -> WebhookUnreadable:
    """Return the refusal of an event."""
    return WebhookUnreadable(channel=CHANNEL, problem=f"{part}: {problem}")


def object_of(event: Envelope, cl: type[T]) -> T:
    """Return the object an event is about. Raises WebhookUnreadable."""
    return _read(event.data.object, cl, "data")


def _read(text: bytes | msgspec.Raw, cl: type[T], part: str) -> T:
    try:
        return msgspec.json.decode(text, type=cl)
    except (msgspec.MsgspecError, UnicodeDecodeError) as fault:
        raise unreadable(part, str(fault)) from fault
    except RecursionError as fault:
        raise unreadable(part, "is nested too deeply") from fault
