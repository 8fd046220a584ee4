"""The real clock, real ids and real chance."""

from __future__ import annotations

import secrets
import time
from datetime import UTC, datetime

from uuid_utils.compat import uuid7

_SECRET_BYTES = 32
_CHANCE = secrets.SystemRandom()


def system_clock() -> datetime:
    """Return the instant it is now, aware and in UTC."""
    return datetime.now(UTC)


def system_seconds() -> float:
    """Return the seconds since 1970: what tokens live by, whatever the billing clock says."""
    return time.time()


def system_stopwatch() -> float:
    """Return the seconds since the machine was started, or thereabouts: they never go back."""
    return time.monotonic()


def new_id() -> str:
    """Return a new UUIDv7 as text; within a process each is greater than the one before."""
    return str(uuid7())


def new_secret() -> str:
    """Return 256 random bits as text that is safe in addresses and headers."""
    return secrets.token_urlsafe(_SECRET_BYTES)


def chance() -> float:
    """Return a number from 0 to 1, for what is only to be spread out and never to be guessed."""
    return _CHANCE.random()
