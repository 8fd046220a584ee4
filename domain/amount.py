"""Whole amounts: the only kind of number credits and money are counted in."""

from __future__ import annotations

from typing import Any

from domain.errors import InvalidField

# The largest integer that JSON readers in every language hold exactly (2^53 - 1). Credits and
# minor units stay below it, so that no client ever sees a rounded amount.
AMOUNT_MAX = 2**53 - 1


def is_whole(value: object) -> bool:
    """Say whether a value is an integer proper; a boolean is not, although Python says so."""
    return isinstance(value, int) and not isinstance(value, bool)


def _checked(path: str, value: Any, least: int) -> None:
    if not is_whole(value):
        raise InvalidField(path=path, problem="must be a whole number")
    if value < least:
        raise InvalidField(path=path, problem=f"must be at least {least:,}")
    if value > AMOUNT_MAX:
        raise InvalidField(path=path, problem=f"must be at most {AMOUNT_MAX:,}")


def positive(_instance: object, attribute: Any, value: Any) -> None:
    """Validate an attrs field as a whole amount above zero. Raises InvalidField."""
    _checked(attribute.name, value, 1)


def not_negative(_instance: object, attribute: Any, value: Any) -> None:
    """Validate an attrs field as a whole amount of zero or more. Raises InvalidField."""
    _checked(attribute.name, value, 0)


def within(path: str, value: int, *, least: int, most: int) -> int:
    """Return the value if it lies in [least, most]. Raises InvalidField naming the path."""
    if not is_whole(value) or not least <= value <= most:
        raise InvalidField(path=path, problem=f"must be a whole number from {least:,} to {most:,}")
    return value
