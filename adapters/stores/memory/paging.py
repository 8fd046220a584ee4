"""Cutting a page out of rows in order."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import islice
from typing import TypeVar

from adapters.stores.memory.table import Key
from application.ports.paging import Page
from domain.errors import InvalidField

Row = TypeVar("Row")

_SEQ_DIGITS_MAX = 18
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def page_of(
    rows: Iterator[Row], limit: int, cursor: Callable[[Row], str], total: int | None = None
) -> Page[Row]:
    """Return the first rows as a page. One row more is looked at, to know whether more follow."""
    items = tuple(islice(rows, limit))
    has_more = next(rows, None) is not None
    return Page(items=items, next=cursor(items[-1]) if has_more else None, total=total)


def id_after(after: str | None) -> Key | None:
    """Read the cursor of a list ordered by id. Raises InvalidField for what cannot be an id."""
    if after is None:
        return None
    if _ID.fullmatch(after) is None:
        raise InvalidField(path="after", problem="is not a cursor of this list")
    return (after,)


def seq_after(after: str) -> int:
    """Read the cursor of a list ordered by `seq`. Raises InvalidField for one we never gave out."""
    if not (after.isascii() and after.isdecimal() and len(after) <= _SEQ_DIGITS_MAX):
        raise InvalidField(path="after", problem="is not a cursor of this list")
    return int(after)
