"""The rows of events that are written with a wallet."""

from __future__ import annotations

from typing import Any

from adapters.stores.sql.kept import Kept
from domain.events.outgoing_event import OutgoingEvent

EVENT = ("account_id", "id", "type", "at", "payload")
"""What is handed over of an event; that it is new, the outbox knows by itself."""


def event_row(event: OutgoingEvent, kept: Kept) -> tuple[Any, ...]:
    """Return an event as it is to be stored."""
    told = event.kept()
    return (told.account_id, told.id, told.type, kept.instant(told.at), told.payload)
