"""How each engine's driver takes and gives what the two keep differently."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from attrs import frozen


def _as_it_is(value: Any) -> Any:
    return value


@frozen
class Kept:
    """How a driver takes and gives instants and days, and how it takes digests."""

    instant: Callable[[datetime], Any]
    instant_from: Callable[[Any], datetime]
    day: Callable[[date], Any]
    day_from: Callable[[Any], date]
    digest: Callable[[bytes], Any] = _as_it_is


AS_IT_IS = Kept(instant=_as_it_is, instant_from=_as_it_is, day=_as_it_is, day_from=_as_it_is)
