"""The billing clock of a sandbox: the real time and a lead, or one instant while it is moved."""

from __future__ import annotations

from datetime import datetime, timedelta

from attrs import define

from application.ports.system import Clock, VirtualClock


@define(kw_only=True)
class SteeredClock(VirtualClock):
    """Shows the real time until it is moved; it lives in one process, which alone moves it."""

    wall_clock: Clock
    _ahead: timedelta = timedelta()
    _stands_at: datetime | None = None
    _bound_for: datetime | None = None

    @property
    def bound_for(self) -> datetime | None:
        return self._bound_for

    def __call__(self) -> datetime:
        return self.wall_clock() + self._ahead if self._stands_at is None else self._stands_at

    def ahead_at(self, instant: datetime) -> timedelta:
        return instant - self.wall_clock()

    def stand_at(self, instant: datetime, *, bound_for: datetime) -> None:
        self._stands_at = instant
        self._bound_for = bound_for

    def go_on(self) -> None:
        self.run_ahead(self.ahead_at(self()))

    def run_ahead(self, ahead: timedelta) -> None:
        self._ahead = ahead
        self._stands_at = None
        self._bound_for = None
