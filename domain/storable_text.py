"""Texts from outside as every database can keep them."""

from __future__ import annotations

import re
from collections.abc import Iterable

# PostgreSQL keeps no NUL, and half of a surrogate pair cannot be written down in UTF-8.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def storable(text: str) -> str:
    """Return a text with the replacement character for every sign that cannot be kept."""
    return _UNSTORABLE.sub("\ufffd", text)


def all_storable(texts: Iterable[str]) -> tuple[str, ...]:
    """Return several texts in the same way."""
    return tuple(storable(text) for text in texts)
