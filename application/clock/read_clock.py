"""Read what time the billing clock shows."""

from __future__ import annotations

from datetime import datetime, timedelta

from attrs import frozen

from application.ports.system import Clock, VirtualClock


@frozen(kw_only=True)
class ClockRead:
    """The billing clock as it stands. `bound_for` is where it is being moved to."""

    now: datetime
    is_virtual: bool
    ahead: timedelta
    bound_for: datetime | None


@frozen(kw_only=True)
class ReadingClock:
    """Say what time it is for billing; while the clock is moved, this shows how far it has come."""

    clock: Clock
    virtual_clock: VirtualClock | None

    def __call__(self) -> ClockRead:
        now = self.clock()
        virtual = self.virtual_clock
        return ClockRead(
            now=now,
            is_virtual=virtual is not None,
            ahead=timedelta() if virtual is None else virtual.ahead_at(now),
            bound_for=None if virtual is None else virtual.bound_for,
        )
