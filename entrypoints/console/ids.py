"""Ids of ours in the address of a page."""

from __future__ import annotations

import re
from collections.abc import Callable

from domain.errors import NotFound
from entrypoints.console.page import Visit

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def id_of(visit: Visit, refusal: Callable[[str], NotFound], name: str = "id") -> str:
    """Return the id that the address names; what is not even shaped like one is not found."""
    given = visit.query.get(name, "")
    if not _UUID.fullmatch(given):
        raise refusal(given)
    return given
