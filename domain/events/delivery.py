"""The delivery of one event to one endpoint: its attempts, and when the next one is due."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum

from attrs import evolve, frozen

from domain.events.ids import EndpointId, EventId

WAITS = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""How long to wait after each failed attempt: Standard Webhooks 1.0.0, some three days in all."""

TRIES_MAX = len(WAITS) + 1
JITTER = 0.2
"""Every wait is longer by up to this part, so that a receiver coming back is not overrun."""

RETRY_AFTER_MAX = timedelta(hours=24)
"""The longest that a receiver's own Retry-After is heeded."""

ATTEMPTS_KEPT = 20

LEASE = timedelta(seconds=30)
"""How long a claimed delivery is nobody else's. Longer than any attempt can take."""


class DeliveryStatus(Enum):
    """How far a delivery has come."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"
    """Every attempt has failed; it is sent again only when a person asks for it."""
    ABANDONED = "abandoned"
    """Its endpoint was deleted before it arrived: nobody sends it any more."""


@frozen(kw_only=True)
class Attempt:
    """One try: the status that was answered or why there was none, and how long it took.

    `answer` is the beginning of the receiver's own words.
    """

    at: datetime
    status: int | None
    error: str | None
    answer: str
    duration_ms: int

    @property
    def is_success(self) -> bool:
        """Say whether the receiver has taken the event: any 2xx, and nothing else."""
        return self.error is None and self.status is not None and 200 <= self.status < 300

    @property
    def is_gone(self) -> bool:
        """Say whether the receiver wants no more events (410)."""
        return self.status == 410


@frozen(kw_only=True)
class Delivery:
    """One event on its way to one endpoint.

    `due_at` is when it is tried next; whoever claims it moves that to the end of the claim, so
    that another process takes it up if this one dies. `tries` counts those since it was last asked
    for, `attempts` keeps the newest of all.
    """

    event_id: EventId
    endpoint_id: EndpointId
    status: DeliveryStatus = DeliveryStatus.WAITING
    tries: int = 0
    due_at: datetime
    delivered_at: datetime | None = None
    attempts: tuple[Attempt, ...] = ()

    @property
    def is_waiting(self) -> bool:
        """Say whether it is tried again by itself."""
        return self.status is DeliveryStatus.WAITING

    def claimed(self, now: datetime) -> Delivery:
        """Claim it for one attempt."""
        return evolve(self, due_at=now + LEASE)

    def tried(
        self, attempt: Attempt, now: datetime, *, chance: float, retry_after: timedelta | None
    ) -> Delivery:
        """Note an attempt. What was delivered stays so, whatever another attempt comes to say."""
        attempts = (*self.attempts, attempt)[-ATTEMPTS_KEPT:]
        tries = self.tries + 1
        noted = evolve(self, attempts=attempts, tries=tries)
        if attempt.is_success:
            return evolve(noted, status=DeliveryStatus.DELIVERED, delivered_at=now)
        if not self.is_waiting:
            return noted
        wait = wait_after(tries, chance=chance, retry_after=retry_after)
        if wait is None:
            return evolve(noted, status=DeliveryStatus.FAILED)
        return evolve(noted, due_at=now + wait)

    def abandoned(self) -> Delivery:
        """Give it up with its endpoint; its attempts stay on record."""
        return evolve(self, status=DeliveryStatus.ABANDONED)

    def again(self, now: datetime) -> Delivery:
        """Send it anew, as if it had never been tried; its attempts stay on record."""
        return evolve(self, status=DeliveryStatus.WAITING, tries=0, due_at=now, delivered_at=None)


def wait_after(
    tries: int, *, chance: float, retry_after: timedelta | None = None
) -> timedelta | None:
    """Return how long to wait after so many failed tries, or None if that was the last one.

    `chance` is from 0 to 1. A receiver that says Retry-After is given at least that long.
    """
    assert tries >= 1
    assert 0 <= chance <= 1
    if tries >= TRIES_MAX:
        return None
    wait = WAITS[tries - 1] * (1 + JITTER * chance)
    return wait if retry_after is None else max(wait, min(retry_after, RETRY_AFTER_MAX))
