"""The inbox: every webhook a provider sent us, kept before anything else happens."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum

from attrs import evolve, frozen

from domain.payments.errors import EventBodyDropped
from domain.payments.ids import Channel, InboxId
from domain.storable_text import storable

TRIES_MAX = 20
_WAIT_SECONDS_MAX = 3600

FIRST_TRY = timedelta(seconds=5)
"""How long an event that has just come in is left to whoever took it in."""

CLAIM = timedelta(seconds=30)
"""How long a claimed event is nobody else's: longer than its provider is asked what it means."""


class InboxStatus(Enum):
    """How far a received event has come."""

    RECEIVED = "received"
    APPLIED = "applied"
    IGNORED = "ignored"
    FAILED = "failed"
    DEAD = "dead"


@frozen(kw_only=True)
class InboxEvent:
    """One event as the provider sent it: raw bytes, verified, under the provider's own id for it.

    `id` is ours, growing with time, for lists and addresses. `body` is empty once it has been
    dropped, because it was old or because somebody it names was to be forgotten.
    `effects` says in words what applying it did. A failed one is tried again at `next_try_at`;
    whoever tries it moves that to the end of a claim first, so that nobody else tries it at the
    same time, and somebody does if that process dies. After so many tries it is set aside as dead
    until a person replays it.
    """

    id: InboxId
    channel: Channel
    event_id: str
    type: str
    body: bytes
    received_at: datetime
    status: InboxStatus = InboxStatus.RECEIVED
    tries: int = 0
    next_try_at: datetime | None = None
    error: str | None = None
    effects: tuple[str, ...] = ()
    applied_at: datetime | None = None

    @property
    def has_body(self) -> bool:
        """Say whether what the provider sent is still there."""
        return bool(self.body)

    def without_body(self) -> InboxEvent:
        """Return what is left of it when its body is dropped: ids, instants and effects."""
        return evolve(self, body=b"")

    def replayed(self, now: datetime) -> InboxEvent:
        """Let it be tried anew, as if it had just come in. What it caused before is not undone.

        Raises EventBodyDropped: without its body nobody knows what it said.
        """
        if not self.has_body:
            raise EventBodyDropped(event_id=self.id)
        return evolve(self, status=InboxStatus.RECEIVED, tries=0, next_try_at=now, error=None)

    @property
    def is_waiting(self) -> bool:
        """Say whether it is still to be applied, now or at its next try."""
        return self.status in {InboxStatus.RECEIVED, InboxStatus.FAILED}

    @property
    def is_settled(self) -> bool:
        """Say whether nothing more is to be done about it."""
        return self.status in {InboxStatus.APPLIED, InboxStatus.IGNORED}

    def is_due(self, now: datetime) -> bool:
        """Say whether it may be tried now: nobody has just tried it, and nobody is trying it.

        A dead one is not, until a person replays it.
        """
        return self.is_waiting and (self.next_try_at is None or self.next_try_at <= now)

    def claimed(self, now: datetime) -> InboxEvent:
        """Claim it for one try."""
        return evolve(self, next_try_at=now + CLAIM)

    def is_still(self, seen: InboxEvent) -> bool:
        """Say whether nobody has settled, tried or claimed it since it was seen so."""
        return not self.is_settled and self.next_try_at == seen.next_try_at

    def applied(self, effects: tuple[str, ...], now: datetime) -> InboxEvent:
        """Note what applying it did, beside what it did before; none at all means ignored."""
        caused = (*self.effects, *effects)
        status = InboxStatus.APPLIED if caused else InboxStatus.IGNORED
        return evolve(
            self,
            status=status,
            tries=self.tries + 1,
            effects=caused,
            error=None,
            next_try_at=None,
            applied_at=now,
        )

    def failed(self, error: str, now: datetime) -> InboxEvent:
        """Note why it could not be applied, and when to try again: later each time."""
        tries = self.tries + 1
        wait = timedelta(seconds=min(2**tries, _WAIT_SECONDS_MAX))
        is_dead = tries >= TRIES_MAX
        return evolve(
            self,
            status=InboxStatus.DEAD if is_dead else InboxStatus.FAILED,
            tries=tries,
            # It may quote what a provider wrote.
            error=storable(error),
            next_try_at=None if is_dead else now + wait,
        )
