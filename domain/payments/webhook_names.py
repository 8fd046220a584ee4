"""By which names somebody appears in a webhook: every provider sends JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from hashlib import blake2b
from typing import NewType

NameDigest = NewType("NameDigest", int)
"""Stands for a text by which somebody may be named; so a name is kept in no second place."""

TO_BE_READ = NameDigest(0)
"""Stands beside an event whose names were not noted: whether it names somebody, its body says."""

DIGESTS_MAX = 500
"""With more texts than that an event is rather read than noted by all of them."""

_LENGTH_MAX = 320
_ORDINARY_WORD = re.compile(r"[a-z._]*")
_PROSE_OR_PAGE = re.compile(r"\s|://")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT")


def texts_of(body: bytes) -> frozenset[str]:
    """Return every text of a JSON body but the names of its fields; none of what is no JSON."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return frozenset()
    return frozenset(_texts(said))


def digest_of(name: str) -> NameDigest | None:
    """Return what stands for a name, or None for a text that is noted of no event.

    More than half of what providers write is words of their own in small letters
    (`payment_intent`, `usd`), prose, addresses of pages, and instants. Whoever is called so can be
    found by reading alone.
    """
    if len(name) > _LENGTH_MAX or _ORDINARY_WORD.fullmatch(name):
        return None
    if _PROSE_OR_PAGE.search(name) or _INSTANT.match(name):
        return None
    # A text of JSON may hold half of a pair that is no character.
    said = name.encode("utf-8", "surrogatepass")
    return NameDigest(int.from_bytes(blake2b(said, digest_size=8).digest(), signed=True))


def digests_in(body: bytes) -> frozenset[NameDigest]:
    """Return what an event is noted by, so that whoever it names is found without reading it."""
    each_digest = (digest_of(each) for each in texts_of(body))
    digests = frozenset(digest for digest in each_digest if digest is not None)
    return frozenset({TO_BE_READ}) if len(digests) > DIGESTS_MAX else digests


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
