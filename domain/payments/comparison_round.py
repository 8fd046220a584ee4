"""A round of comparing with a payment provider: a stretch at a time, in whatever process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import Enum

from attrs import evolve, frozen

from domain.payments.ids import Channel
from domain.payments.reconciliation import Drift, DriftKind, kept

LEASE = timedelta(minutes=3)
"""So long a process that says nothing is believed to be at a round; then another goes on."""

PUT_OFF = timedelta(minutes=15)
"""So long a provider that does not answer is left alone before its round goes on."""

OVERLAP = timedelta(hours=1)
"""So much of what was compared before is compared again: providers list late what they know."""


class Track(Enum):
    """The two rounds of a channel, so that what happens never waits for a look at all the rest.

    `NEWS` are the events since the round before. `STANDING` is all that is open here or there.
    """

    NEWS = "news"
    STANDING = "standing"


class Part(Enum):
    """What a round looks at, in this order.

    `LISTED` comes behind the checkouts: money that goes back is told there of payments whose order
    only a checkout tells, if the payment itself was never told. `SUBSCRIPTIONS` are those of which
    nothing has been heard for a day, though the list has been gone through.
    """

    EVENTS = "events"
    CHECKOUTS = "checkouts"
    LISTED = "listed"
    SUBSCRIPTIONS = "subscriptions"
    DISPUTES = "disputes"
    CONCERNS = "concerns"


_PARTS = {
    Track.NEWS: (Part.EVENTS,),
    Track.STANDING: (
        Part.CHECKOUTS,
        Part.LISTED,
        Part.SUBSCRIPTIONS,
        Part.DISPUTES,
        Part.CONCERNS,
    ),
}


def parts_of(track: Track) -> tuple[Part, ...]:
    """Return what a round of a track looks at, in order."""
    return _PARTS[track]


@frozen(kw_only=True)
class ComparisonRound:
    """How far a channel has been compared. One is kept for each channel and track: the present one.

    Things are looked for that happened after `since_at`. It goes on at `part`, behind the position
    `after`, in whatever process. `claim` names the process that is at it until `claimed_until`;
    without a name it is put off until then. The counts, and the first of the differences, are of
    what was found since the last run that was kept in the list. `compared_at` is when a round was
    last at its end, and `compared_drift` how many differences it had found. `is_unread` says that
    the provider could not be read the last time it was tried. All instants are of the real time.
    """

    channel: Channel
    track: Track
    begun_at: datetime
    since_at: datetime
    ended_at: datetime | None = None
    part: Part
    after: str | None = None
    compared: int = 0
    mended: int = 0
    open: int = 0
    needs_person: int = 0
    drift: tuple[Drift, ...] = ()
    is_unread: bool = False
    compared_at: datetime | None = None
    compared_drift: int = 0
    claim: str | None = None
    claimed_until: datetime | None = None

    @classmethod
    def first(
        cls, channel: Channel, track: Track, since: datetime, now: datetime
    ) -> ComparisonRound:
        """Begin the first round of a channel, which looks for what happened since an instant."""
        return cls(
            channel=channel, track=track, begun_at=now, since_at=since, part=parts_of(track)[0]
        )

    @property
    def drift_total(self) -> int:
        """How many differences were found since the last run that was kept."""
        return self.mended + self.open + self.needs_person

    def is_claimed(self, now: datetime) -> bool:
        """Say whether a process is at it that has not fallen silent, or it is put off."""
        return self.claimed_until is not None and now < self.claimed_until

    def is_due(self, now: datetime, pace: timedelta) -> bool:
        """Say whether there is something to do: the rest of this round, or the next one."""
        if self.is_claimed(now):
            return False
        return self.ended_at is None or now - self.begun_at >= pace

    def next(self, now: datetime) -> ComparisonRound:
        """Begin anew after the end, looking back to a little before the start of this round."""
        assert self.ended_at is not None, "a round is ended before the next begins"
        since = self.begun_at - OVERLAP
        return evolve(
            ComparisonRound.first(self.channel, self.track, since, now),
            compared_at=self.compared_at,
            compared_drift=self.compared_drift,
        )

    def claimed(self, claim: str, now: datetime) -> ComparisonRound:
        """Be worked on under this claim alone, for as long as a lease."""
        return evolve(self, claim=claim, claimed_until=now + LEASE)

    def put_off(self, after: str | None, now: datetime) -> ComparisonRound:
        """Wait a while behind a position of the present part: the provider does not answer."""
        return evolve(self, after=after, claim=None, claimed_until=now + PUT_OFF, is_unread=True)

    def found(
        self, compared: int, drift: Sequence[Drift], counts: Mapping[DriftKind, int]
    ) -> ComparisonRound:
        """Take what a stretch has found; `counts` are of all, of which `drift` are the first."""
        return evolve(
            self,
            compared=self.compared + compared,
            mended=self.mended + counts[DriftKind.MENDED],
            open=self.open + counts[DriftKind.OPEN],
            needs_person=self.needs_person + counts[DriftKind.NEEDS_PERSON],
            drift=kept((*self.drift, *drift)),
        )

    def told(self) -> ComparisonRound:
        """Count from nothing: what was found is kept in the list of runs."""
        return evolve(self, compared=0, mended=0, open=0, needs_person=0, drift=())

    def advanced(self, after: str | None, now: datetime) -> ComparisonRound:
        """Stand behind a position, or at the next part where there is none; the last one ends it.

        Whoever comes next may go on with it.
        """
        free = evolve(self, claim=None, claimed_until=None, is_unread=False, after=after)
        if after is not None:
            return free
        parts = parts_of(self.track)
        left = parts[parts.index(self.part) + 1 :]
        if left:
            return evolve(free, part=left[0])
        return evolve(free, ended_at=now, compared_at=now, compared_drift=self.drift_total)
