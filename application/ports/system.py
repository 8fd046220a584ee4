"""Time, ids and chance, as ports: rules are handed what they need, and tests hold the strings."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

Clock = Callable[[], datetime]
"""Return the instant it is now, aware and in UTC."""

Stopwatch = Callable[[], float]
"""Return the seconds since some beginning: they never go back, whatever is done to the clock."""

NewId = Callable[[], str]
"""Return a new UUIDv7 in its canonical text form: unique, and increasing in time."""

Alarm = Callable[[str, BaseException], None]
"""Tell the operator about a fault that no caller will hear of."""

NewSecret = Callable[[], str]
"""Return 256 random bits as text made of letters, digits, `-` and `_`."""

Chance = Callable[[], float]
"""Return a number from 0 to 1, each as likely as any other, so that not all repeat at once."""


class VirtualClock(Protocol):
    """A `Clock` that may be ahead of the real time, and stand still while it is moved.

    Rules, expiries, renewals and check-ins go by it. Whatever is security or traffic does not:
    tokens, signatures, portal tickets and the deliveries of webhooks live by the real time.
    """

    @property
    def bound_for(self) -> datetime | None:
        """The instant it is being moved to, or None while it runs at its own pace."""
        ...

    def __call__(self) -> datetime:
        """Return the instant it shows."""
        ...

    def ahead_at(self, instant: datetime) -> timedelta:
        """Return how far an instant is ahead of the real time as it is now."""
        ...

    def stand_at(self, instant: datetime, *, bound_for: datetime) -> None:
        """Show one instant, on the way to another, until it is told something else."""
        ...

    def go_on(self) -> None:
        """Run at the pace of the real time again, from the instant it shows."""
        ...

    def run_ahead(self, ahead: timedelta) -> None:
        """Run at the pace of the real time, ahead of it by so much."""
        ...
