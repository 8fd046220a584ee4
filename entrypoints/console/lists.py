"""Lists: which page of one is asked for, and its filters, from the address."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import TypeVar

from application.ports.paging import PageRequest
from domain.credits.ids import AccountId
from domain.errors import InvalidField
from entrypoints.console.page import Visit
from entrypoints.http.values import account_id_of

Choice = TypeVar("Choice", bound=Enum)

PAGE_SIZE = 25
_CURSOR_LENGTH_MAX = 500

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def page_of(visit: Visit) -> PageRequest:
    """Return the page that the address asks for. Raises InvalidField."""
    after = visit.query.get("after") or None
    if after is not None and (len(after) > _CURSOR_LENGTH_MAX or not after.isprintable()):
        raise InvalidField(path="after", problem="is not a cursor of this list")
    return PageRequest(limit=PAGE_SIZE, after=after)


def choice_of(visit: Visit, name: str, kind: type[Choice]) -> Choice | None:
    """Return what was chosen from a list, or None for all. Raises InvalidField."""
    text = visit.query.get(name, "")
    if not text:
        return None
    try:
        return kind(text)
    except ValueError:
        raise InvalidField(path=name, problem="is none of the choices") from None


def account_filter(visit: Visit) -> AccountId | None:
    """Return the account that a list is narrowed down to, or None. Raises InvalidField."""
    text = visit.query.get("account", "").strip()
    return account_id_of(text, path="account") if text else None


def from_day(visit: Visit) -> datetime | None:
    """Return the first instant of the day that a list begins with. Raises InvalidField."""
    return _instant(visit, "from")


def to_day(visit: Visit) -> datetime | None:
    """Return the first instant after the day that a list ends with. Raises InvalidField."""
    found = _instant(visit, "to")
    return None if found is None else found + timedelta(days=1)


def filters_of(visit: Visit, *names: str) -> Mapping[str, str]:
    """Return the filters as they were typed, for the form and for the link to the next page."""
    return {name: visit.query.get(name, "") for name in names}


def _instant(visit: Visit, name: str) -> datetime | None:
    text = visit.query.get(name, "").strip()
    if not text:
        return None
    wrong = InvalidField(path=name, problem="must be a day such as 2026-04-15")
    if not _DAY.fullmatch(text):
        raise wrong
    try:
        found = datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        raise wrong from None
    if not 1970 < found.year < 9000:
        raise InvalidField(path=name, problem="lies outside the calendar that is kept here")
    return found
