"""Values that no query looks into, kept as JSON in one column."""

from __future__ import annotations

from typing import TypeVar

import msgspec

T = TypeVar("T")


def json_text(value: object) -> str:
    """Return a value of the domain as it is kept."""
    return msgspec.json.encode(value).decode()


def json_value(text: str, kind: type[T]) -> T:
    """Return the value that was kept."""
    return msgspec.json.decode(text, type=kind)
