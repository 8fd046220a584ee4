"""How a list is asked for in pages, and what is said about the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar

from attrs import frozen
from msgspec import Meta

from application.ports.paging import LIMIT_DEFAULT, LIMIT_MAX, PageRequest
from domain.amount import AMOUNT_MAX
from domain.errors import InvalidField

Limit = Annotated[int, Meta(ge=1, le=LIMIT_MAX, description="How many to answer at most.")]
Offset = Annotated[
    int, Meta(ge=0, le=AMOUNT_MAX, description="How many to leave out; not together with `after`.")
]
After = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=500,
        description="The `meta.next` of the page before; gives the page that follows it.",
    ),
]

_ONLY_AFTER = "this list pages by after alone: give the meta.next of the page before"


@frozen(kw_only=True)
class CursorQuery:
    """Which page of a list that takes no offset: one with filters, or over all accounts.

    Lists with filters are classes derived from this one.
    """

    refused: ClassVar[Mapping[str, str]] = {"offset": _ONLY_AFTER}

    limit: Limit = LIMIT_DEFAULT
    after: After | None = None

    def page(self) -> PageRequest:
        """Return the page in the application's words."""
        return PageRequest(limit=self.limit, after=self.after)


@frozen(kw_only=True)
class PageQuery:
    """Which page of an account's own list, by offset or by the page before."""

    limit: Limit = LIMIT_DEFAULT
    offset: Offset | None = None
    after: After | None = None

    def page(self) -> PageRequest:
        """Return the page in the application's words. Raises InvalidField."""
        if self.after is not None and self.offset is not None:
            raise InvalidField(path="offset", problem="cannot be given together with after")
        return PageRequest(limit=self.limit, offset=self.offset or 0, after=self.after)

    def page_after(self) -> PageRequest:
        """Return the page of a list that a filter was put on, so that it takes no offset."""
        if self.offset is not None:
            raise InvalidField(path="offset", problem=_ONLY_AFTER)
        return PageRequest(limit=self.limit, after=self.after)


@frozen(kw_only=True, slots=False)
class PageMeta:
    """What is said about a page: `offset` and `total` are null where a list does not count.

    `next` is what to send as `after` for the following page, and null at the end.
    """

    limit: int
    offset: int | None
    total: int | None
    next: str | None
