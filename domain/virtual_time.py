"""How far a virtual clock may be moved, and the ways it says no."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

from attrs import frozen

from domain.errors import Conflict, InvalidField, Rejected

SPAN_MAX = timedelta(days=400)
"""The longest way of one step: a year and a month, so that thirteen monthly periods fit."""

LAST_YEAR = 2200
"""No clock is taken beyond this year: dates that far mean a mistyped number."""


@frozen(kw_only=True)
class ClockIsReal(Conflict):
    """The service was started with the real time, which nobody moves."""

    code: ClassVar[str] = "clock_is_real"

    def __str__(self) -> str:
        return (
            "This service lives by the real time. Start it with BILLING_MODE=test and "
            "BILLING_CLOCK=virtual to move its clock."
        )


@frozen(kw_only=True)
class ClockIsMoving(Conflict):
    """The clock is being moved already, by another request."""

    code: ClassVar[str] = "clock_is_moving"

    def __str__(self) -> str:
        return "The clock is being moved already. Ask again once it has arrived."


@frozen(kw_only=True)
class ClockIsStuck(Conflict):
    """What is due at an instant does not come to an end, so the clock stays there."""

    code: ClassVar[str] = "clock_is_stuck"
    at: datetime

    def __str__(self) -> str:
        return (
            f"What is due at {self.at.isoformat()} does not come to an end, so the clock stays "
            "there. The log says what could not be done."
        )


@frozen(kw_only=True)
class ClockTargetRefused(Rejected):
    """The clock cannot be taken to that instant: it lies behind it, or too far ahead."""

    code: ClassVar[str] = "clock_target_refused"
    problem: str

    def __str__(self) -> str:
        return f"The clock cannot be taken there: {self.problem}."


def target_of(now: datetime, *, to: datetime | None, by: timedelta | None) -> datetime:
    """Return the instant to go to: named itself, or so long from now.

    Raises InvalidField unless exactly one is said, ClockTargetRefused.
    """
    if (to is None) is (by is None):
        raise InvalidField(path="to", problem="say one of `to`, `days` and `seconds`")
    if to is not None and to < now:
        raise ClockTargetRefused(problem=f"it is {now.isoformat()} already")
    way = by if by is not None else (to or now) - now
    if way > SPAN_MAX:
        raise ClockTargetRefused(problem=f"a step is of {SPAN_MAX.days} days at most")
    target = now + way
    if target.year > LAST_YEAR:
        raise ClockTargetRefused(problem=f"the year {LAST_YEAR} is the last")
    return target
