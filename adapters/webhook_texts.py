"""What texts stand in the body of a webhook: every provider sends JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator


def texts_of(body: bytes) -> frozenset[str]:
    """Return every text of a JSON body but the names of its fields; none of what is no JSON."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return frozenset()
    return frozenset(_texts(said))


def _texts(said: object) -> Iterator[str]:
    waiting = [said]
    while waiting:
        each = waiting.pop()
        match each:
            case str():
                yield each
            case list():
                waiting += each
            case dict():
                waiting += each.values()
