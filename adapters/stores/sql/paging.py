"""Cutting a page out of rows that are read in order, one more than the page holds."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TypeVar

from application.ports.paging import Page
from domain.errors import InvalidField

Item = TypeVar("Item")

_SEQ_DIGITS_MAX = 18
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def page_of(
    items: Sequence[Item], limit: int, cursor: Callable[[Item], str], total: int | None = None
) -> Page[Item]:
    """Return the first items as a page; one item more says that more follow."""
    shown = tuple(items[:limit])
    has_more = len(items) > limit
    return Page(items=shown, next=cursor(shown[-1]) if has_more else None, total=total)


def seq_after(after: str) -> int:
    """Read the cursor of a list ordered by `seq`. Raises InvalidField for one we never gave out."""
    if not (after.isascii() and after.isdecimal() and len(after) <= _SEQ_DIGITS_MAX):
        raise InvalidField(path="after", problem="is not a cursor of this list")
    return int(after)


def id_after(after: str) -> str:
    """Read the cursor of a list ordered by id. Raises InvalidField for what cannot be an id."""
    if _ID.fullmatch(after) is None:
        raise InvalidField(path="after", problem="is not a cursor of this list")
    return after
