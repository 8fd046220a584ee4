"""A circuit breaker: while a provider does not answer, nobody waits to find that out again."""

from __future__ import annotations

import time
from asyncio import CancelledError
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from attrs import define

from domain.payments.errors import ProviderBusy, ProviderRefused, ProviderUnavailable

FAULTS_MAX = 5
REST_SECONDS = 15.0
WAIT_SECONDS_MAX = 60
"""So long at most all calls wait where one was told that too much is asked."""


@define(kw_only=True)
class Breaker:
    """Rests after so many faults in a row; after a rest one call may try, and decides.

    `seconds` is a clock that only runs forward: a rest is a length of time, not a time of day.
    """

    seconds: Callable[[], float] = time.monotonic
    faults_max: int = FAULTS_MAX
    rest_seconds: float = REST_SECONDS
    _faults: int = 0
    _rests_until: float = 0.0
    _waits_until: float = 0.0

    def admits(self) -> bool:
        """Say whether a call may be tried; after a rest, the first to ask is the trial."""
        if self._faults < self.faults_max:
            return True
        now = self.seconds()
        if now < self._rests_until:
            return False
        # A trial that is given up before it ends must not bar the way for ever.
        self._rests_until = now + self.rest_seconds
        return True

    @contextmanager
    def watching(self, silence_seconds: float) -> Iterator[None]:
        """Note how one call ends that was admitted; whatever it raises is raised on.

        That too much was asked is no fault of the provider's: it says for how long to wait. Who
        gives a call up early says nothing about the provider; who has waited for
        `silence_seconds` in vain does.
        """
        began = self.seconds()
        try:
            yield
        except ProviderBusy as told:
            self.told_to_wait(told.retry_after_s)
            raise
        except ProviderUnavailable:
            self.failed()
            raise
        except ProviderRefused:
            self.answered()
            raise
        except CancelledError:
            if self.seconds() - began >= silence_seconds:
                self.failed()
            raise
        self.answered()

    def answered(self) -> None:
        """Note that the provider answered, be it with a refusal."""
        self._faults = 0

    def told_to_wait(self, seconds: float) -> None:
        """Note that it answered, and wants nobody to ask before so many seconds are over."""
        self.answered()
        until = self.seconds() + min(seconds, WAIT_SECONDS_MAX)
        self._waits_until = max(self._waits_until, until)

    def left_to_wait(self) -> float:
        """Return how many seconds of that are left; nothing may be asked meanwhile."""
        return max(self._waits_until - self.seconds(), 0.0)

    def failed(self) -> None:
        """Note that no usable answer came."""
        self._faults += 1
        if self._faults >= self.faults_max:
            self._rests_until = self.seconds() + self.rest_seconds
