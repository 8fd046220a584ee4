"""A page of a list, and how to ask for the next one."""

from __future__ import annotations

from typing import Generic, TypeVar

from attrs import frozen

T = TypeVar("T")

LIMIT_DEFAULT = 20
LIMIT_MAX = 100


@frozen(kw_only=True)
class PageRequest:
    """Which part of a list is asked for.

    `after` is the `next` of the page before; with it `offset` is 0. A list raises InvalidField for
    one it cannot have given out. Only lists that say so take an offset.
    """

    limit: int = LIMIT_DEFAULT
    offset: int = 0
    after: str | None = None


@frozen(kw_only=True)
class Page(Generic[T]):
    """So many things in order, and where the next page begins: None at the end.

    `total` is None where counting would cost more than the page.
    """

    items: tuple[T, ...]
    next: str | None
    total: int | None = None
