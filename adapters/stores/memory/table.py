"""Tables in memory: rows in the order of their keys, seen through a layer of what differs.

A unit of work that writes keeps its changes in such a layer until it commits. One that only reads
keeps in the same kind of layer what rows were like when it began, as others commit over them. So
neither copies a table, and each sees one consistent state. A table costs nothing until it is used:
most units touch a few of very many.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from enum import Enum
from heapq import merge
from typing import Any, Generic, TypeVar

from attrs import Factory, define, frozen

from application.ports.credits import WriteRefused

Row = TypeVar("Row")
Value = TypeVar("Value")

Key = tuple[str | int | date, ...]


class Gone(Enum):
    """Stands in a layer for a key that is not there."""

    GONE = "gone"


@define(eq=False)
class SortedMap(Generic[Value]):
    """Committed values by key, and the keys in order."""

    values: dict[Key, Value] = Factory(dict)
    keys: list[Key] = Factory(list)

    def apply(self, changes: Mapping[Key, Value | Gone]) -> None:
        """Take over what a unit of work changed."""
        for key, value in changes.items():
            before = self.values.get(key, Gone.GONE)
            if value is Gone.GONE:
                if before is not Gone.GONE:
                    del self.values[key]
                    del self.keys[bisect_left(self.keys, key)]
            else:
                if before is Gone.GONE:
                    insort(self.keys, key)
                self.values[key] = value


@define(eq=False)
class Layer(Generic[Value]):
    """A sorted map as one unit of work sees it: committed values, except where it `differs`."""

    below: SortedMap[Value]
    differs: dict[Key, Value | Gone] = Factory(dict)

    def get(self, key: Key) -> Value | None:
        """Return the value of a key, or None."""
        value = self.differs[key] if key in self.differs else self.below.values.get(key)
        return None if value is Gone.GONE else value

    def preserve(self, keys: Iterable[Key]) -> None:
        """Keep what lies under these keys, which are about to change, as it is seen here."""
        for key in keys:
            self.differs.setdefault(key, self.below.values.get(key, Gone.GONE))

    def ascending(self, prefix: Key, since: Key, after: Key | None) -> Iterator[Value]:
        """Return the values whose keys begin with the prefix, in order, within the bounds."""
        keys = self.below.keys
        size = len(prefix)
        start = bisect_left(keys, since) if after is None else bisect_right(keys, after)
        committed = (keys[place] for place in range(start, len(keys)))
        own = sorted(
            k
            for k in self.differs
            if k[:size] == prefix and k >= since and (after is None or k > after)
        )
        return self._values(merge(committed, own) if own else committed, prefix)

    def descending(self, prefix: Key, before: Key | None) -> Iterator[Value]:
        """Return the values whose keys begin with the prefix, backwards, from below `before` on."""
        keys = self.below.keys
        size = len(prefix)
        end = (
            bisect_right(keys, prefix, key=lambda key: key[:size])
            if before is None
            else bisect_left(keys, before)
        )
        committed = (keys[place] for place in range(end - 1, -1, -1))
        own = sorted(
            (k for k in self.differs if k[:size] == prefix and (before is None or k < before)),
            reverse=True,
        )
        return self._values(merge(committed, own, reverse=True) if own else committed, prefix)

    def _values(self, keys: Iterator[Key], prefix: Key) -> Iterator[Value]:
        seen: Key | None = None
        for key in keys:
            if key[: len(prefix)] != prefix:
                return
            if key != seen:
                value = self.get(key)
                if value is not None:
                    yield value
            seen = key


@frozen(eq=False)
class Index(Generic[Row]):
    """A second order of a table's rows; those for which `key_of` gives None stand outside it.

    No two rows share a key, as in a unique index; one that need not be unique ends with the row's
    own key.
    """

    key_of: Callable[[Row], Key | None]


@define(eq=False)
class Table(Generic[Row]):
    """The committed rows of one table, by their own key and by its indexes."""

    name: str
    key_of: Callable[[Row], Key]
    indexes: tuple[Index[Row], ...] = ()
    main: SortedMap[Row] = Factory(SortedMap)
    by_index: dict[Index[Row], SortedMap[Row]] = Factory(dict)

    def __attrs_post_init__(self) -> None:
        self.by_index = {index: SortedMap() for index in self.indexes}


@frozen(eq=False)
class Rows(Generic[Row]):
    """The rows of one table as one unit of work sees them."""

    table: Table[Row]
    view: View

    def find(self, *key: str | int | date) -> Row | None:
        """Return the row with this key, or None."""
        return self._main.get(key)

    def take(self, *key: str | int | date) -> Row | None:
        """Return the row with this key to somebody who may change it."""
        assert self.view.is_writable, "a unit of work that only reads takes nothing"
        return self._main.get(key)

    def take_by(self, index: Index[Row], *key: str | int | date) -> Row | None:
        """Return the row with this key in an index to somebody who may change it."""
        assert self.view.is_writable, "a unit of work that only reads takes nothing"
        return self._layer(index).get(key)

    def find_by(self, index: Index[Row], *key: str | int | date) -> Row | None:
        """Return the row with this key in an index, or None."""
        return self._layer(index).get(key)

    def ascending(
        self,
        index: Index[Row] | None = None,
        *,
        prefix: Key = (),
        since: Key | None = None,
        after: Key | None = None,
    ) -> Iterator[Row]:
        """Return the rows whose key begins with the prefix, in order.

        They begin with the key `since` itself, or behind the key `after`.
        """
        return self._layer(index).ascending(prefix, prefix if since is None else since, after)

    def descending(
        self, index: Index[Row] | None = None, *, prefix: Key = (), before: Key | None = None
    ) -> Iterator[Row]:
        """Return the rows whose key begins with the prefix, backwards, from below `before` on."""
        return self._layer(index).descending(prefix, before)

    def add(self, row: Row) -> None:
        """Keep a new row. Raises WriteRefused if its key, or one of its index keys, is taken."""
        key = self.table.key_of(row)
        if self._main.get(key) is not None:
            raise WriteRefused(f"{self.table.name}: {key} is there already")
        self.put(row)

    def change(self, row: Row) -> None:
        """Keep a changed row in the place of the one that is there."""
        assert self._main.get(self.table.key_of(row)) is not None, "only what is kept is changed"
        self.put(row)

    def put(self, row: Row) -> None:
        """Keep a row, new or changed. Raises WriteRefused if another has one of its index keys."""
        assert self.view.is_writable, "a unit of work that only reads writes nothing"
        key = self.table.key_of(row)
        before = self._main.get(key)
        for index in self.table.indexes:
            layer = self._layer(index)
            old = None if before is None else index.key_of(before)
            new = index.key_of(row)
            if new is not None and new != old and layer.get(new) is not None:
                raise WriteRefused(f"{self.table.name}: {new} is there already")
            if old is not None and old != new:
                layer.differs[old] = Gone.GONE
            if new is not None:
                layer.differs[new] = row
        self._main.differs[key] = row

    def remove(self, *key: str | int | date) -> None:
        """Drop the row with this key, if there is one."""
        assert self.view.is_writable, "a unit of work that only reads removes nothing"
        before = self._main.get(key)
        if before is None:
            return
        for index in self.table.indexes:
            old = index.key_of(before)
            if old is not None:
                self._layer(index).differs[old] = Gone.GONE
        self._main.differs[key] = Gone.GONE

    @property
    def _main(self) -> Layer[Row]:
        return self.view.layer(self.table.main)

    def _layer(self, index: Index[Row] | None) -> Layer[Row]:
        below = self.table.main if index is None else self.table.by_index[index]
        return self.view.layer(below)


@define(eq=False)
class View:
    """What one unit of work sees and has changed, in all tables of a store.

    `readers` are all open views of that store which only read. Whoever commits has them keep what
    was there, also in tables they have not looked at yet: each sees all as of one instant, that at
    which it was opened.
    """

    is_writable: bool
    readers: list[View]
    layers: dict[SortedMap[Any], Layer[Any]] = Factory(dict)

    def __attrs_post_init__(self) -> None:
        if not self.is_writable:
            self.readers.append(self)

    def rows(self, table: Table[Row]) -> Rows[Row]:
        """Open a table."""
        return Rows(table, self)

    def layer(self, below: SortedMap[Value]) -> Layer[Value]:
        """Return how this unit sees a map."""
        found = self.layers.get(below)
        if found is None:
            found = self.layers[below] = Layer(below)
        return found

    def commit(self) -> None:
        """Make all changes what everybody sees, at once."""
        for layer in self.layers.values():
            for reader in self.readers:
                reader.layer(layer.below).preserve(layer.differs)
            layer.below.apply(layer.differs)

    def close(self) -> None:
        """Let go of what a view that only reads has kept."""
        if not self.is_writable:
            self.readers.remove(self)
