"""Tables in memory: rows in the order of their keys, seen through a layer of what differs.

A unit of work that writes keeps its changes in such a layer until it commits. One that only reads
keeps in the same kind of layer what rows were like when it began, as others commit over them. So
neither copies a table, and each sees one consistent state.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from enum import Enum
from heapq import merge
from typing import Generic, TypeVar

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
    readers: list[Layer[Value]] = Factory(list)

    def apply(self, changes: Mapping[Key, Value | Gone]) -> None:
        """Take over what a unit of work changed; open readers keep what was there before."""
        for key, value in changes.items():
            before = self.values.get(key, Gone.GONE)
            for reader in self.readers:
                reader.differs.setdefault(key, before)
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
    is_writable: bool
    main: Layer[Row]
    by_index: Mapping[Index[Row], Layer[Row]]

    def find(self, *key: str | int | date) -> Row | None:
        """Return the row with this key, or None."""
        return self.main.get(key)

    def take(self, *key: str | int | date) -> Row | None:
        """Return the row with this key to somebody who may change it."""
        assert self.is_writable, "a unit of work that only reads takes nothing"
        return self.main.get(key)

    def take_by(self, index: Index[Row], *key: str | int | date) -> Row | None:
        """Return the row with this key in an index to somebody who may change it."""
        assert self.is_writable, "a unit of work that only reads takes nothing"
        return self.by_index[index].get(key)

    def find_by(self, index: Index[Row], *key: str | int | date) -> Row | None:
        """Return the row with this key in an index, or None."""
        return self.by_index[index].get(key)

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
        if self.main.get(key) is not None:
            raise WriteRefused(f"{self.table.name}: {key} is there already")
        self.put(row)

    def change(self, row: Row) -> None:
        """Keep a changed row in the place of the one that is there."""
        assert self.main.get(self.table.key_of(row)) is not None, "only what is kept is changed"
        self.put(row)

    def put(self, row: Row) -> None:
        """Keep a row, new or changed. Raises WriteRefused if another has one of its index keys."""
        assert self.is_writable, "a unit of work that only reads writes nothing"
        key = self.table.key_of(row)
        before = self.main.get(key)
        for index, layer in self.by_index.items():
            old = None if before is None else index.key_of(before)
            new = index.key_of(row)
            if new is not None and new != old and layer.get(new) is not None:
                raise WriteRefused(f"{self.table.name}: {new} is there already")
            if old is not None and old != new:
                layer.differs[old] = Gone.GONE
            if new is not None:
                layer.differs[new] = row
        self.main.differs[key] = row

    def remove(self, *key: str | int | date) -> None:
        """Drop the row with this key, if there is one."""
        assert self.is_writable, "a unit of work that only reads removes nothing"
        before = self.main.get(key)
        if before is None:
            return
        for index, layer in self.by_index.items():
            old = index.key_of(before)
            if old is not None:
                layer.differs[old] = Gone.GONE
        self.main.differs[key] = Gone.GONE

    def commit(self) -> None:
        """Make the unit's changes what everybody sees."""
        for layer in self._layers():
            layer.below.apply(layer.differs)

    def watch(self) -> None:
        """From now on keep what others change as it is now."""
        for layer in self._layers():
            layer.below.readers.append(layer)

    def close(self) -> None:
        """Let go of the table."""
        if not self.is_writable:
            for layer in self._layers():
                layer.below.readers.remove(layer)

    def _layer(self, index: Index[Row] | None) -> Layer[Row]:
        return self.main if index is None else self.by_index[index]

    def _layers(self) -> Iterator[Layer[Row]]:
        yield self.main
        yield from self.by_index.values()


@define(eq=False)
class View:
    """What one unit of work sees and has changed, in all tables it opened.

    It opens its tables before anything is awaited, so that all are seen as of one instant.
    """

    is_writable: bool
    commits: list[Callable[[], None]] = Factory(list)
    closes: list[Callable[[], None]] = Factory(list)

    def rows(self, table: Table[Row]) -> Rows[Row]:
        """Open a table."""
        rows = Rows(
            table=table,
            is_writable=self.is_writable,
            main=Layer(table.main),
            by_index={index: Layer(below) for index, below in table.by_index.items()},
        )
        if self.is_writable:
            self.commits.append(rows.commit)
        else:
            rows.watch()
        self.closes.append(rows.close)
        return rows

    def commit(self) -> None:
        """Make all changes what everybody sees, at once."""
        for commit in self.commits:
            commit()

    def close(self) -> None:
        """Let go of all tables."""
        for close in self.closes:
            close()
