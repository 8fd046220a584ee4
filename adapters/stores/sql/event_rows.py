"""The rows of events that are written with a wallet: as tuples, and as the JSON of many."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from adapters.stores.sql.columns import micros_of
from domain.events.outgoing_event import OutgoingEvent

EVENT = ("account_id", "id", "type", "at", "payload")
"""What is handed over of an event; that it is new, the outbox knows by itself."""

_ENCODER = msgspec.json.Encoder()


def event_row(event: OutgoingEvent) -> tuple[Any, ...]:
    """Return an event as it is to be stored, its instant as a number."""
    kept = event.kept()
    return (kept.account_id, kept.id, kept.type, micros_of(kept.at), kept.payload)


def events_as_json(events: Iterable[OutgoingEvent]) -> str:
    """Return events as one JSON text of arrays, in the order of the columns."""
    return _ENCODER.encode([event_row(event) for event in events]).decode()
