"""Events, endpoints and deliveries."""

from datetime import datetime

from domain.events.delivery import Attempt, Delivery
from domain.events.endpoint import Endpoint, EndpointSecret, EndpointStatus, secret_written
from domain.events.ids import EndpointId, EventId
from domain.events.outgoing_event import EventData, EventType, OutgoingEvent
from tests.support.builders.credits import SOMEBODY
from tests.support.clock import NOON, fresh_id

SECRET = secret_written("a secret of the endpoint's own")


def an_event(
    *,
    id: str | None = None,
    type: EventType = EventType.ORDER_PAID,
    account_id: str | None = SOMEBODY,
    at: datetime = NOON,
    data: EventData | None = None,
) -> OutgoingEvent:
    """Return an event about an order."""
    return OutgoingEvent(
        id=EventId(id or fresh_id()),
        type=type,
        account_id=account_id,
        at=at,
        data={"order_id": "order-1"} if data is None else data,
    )


def an_endpoint(
    *,
    url: str = "https://shop.example/events",
    types: frozenset[EventType] = frozenset(),
    status: EndpointStatus = EndpointStatus.ON,
    secrets: tuple[EndpointSecret, ...] | None = None,
    failing_since: datetime | None = None,
) -> Endpoint:
    """Return an endpoint that wants every event."""
    first = EndpointSecret(text=SECRET, created_at=NOON)
    return Endpoint(
        id=EndpointId(fresh_id()),
        url=url,
        types=types,
        status=status,
        secrets=(first,) if secrets is None else secrets,
        failing_since=failing_since,
        created_at=NOON,
        changed_at=NOON,
    )


def a_delivery(event_id: EventId, endpoint_id: EndpointId, *, due_at: datetime = NOON) -> Delivery:
    """Return a delivery that was never tried."""
    return Delivery(event_id=event_id, endpoint_id=endpoint_id, due_at=due_at)


def an_attempt(
    *, status: int | None = 200, error: str | None = None, at: datetime = NOON
) -> Attempt:
    """Return an attempt that the receiver took, unless said otherwise."""
    return Attempt(at=at, status=status, error=error, answer="ok ☕", duration_ms=12)
