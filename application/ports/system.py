"""Time, ids and chance, as ports: rules are handed what they need, and tests hold the strings."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

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
