"""Rows by their primary keys: added, changed, put, found, taken."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, Table, and_, delete, select, update

from adapters.stores.sql.open_transaction import AnyRow, OpenTransaction, Rows, Values


async def add(transaction: OpenTransaction, table: Table, values: Values) -> None:
    """Insert a row. Raises WriteRefused if one of its unique keys is taken."""
    await transaction.run(transaction.insert(table).values(values))


async def add_new(transaction: OpenTransaction, table: Table, values: Values, *unique: str) -> bool:
    """Insert a row unless a unique key is taken; say whether it was inserted.

    The key is the one over the columns named, or any there is if none are named. While another
    transaction is about to insert the same, this waits for its end.
    """
    statement = (
        transaction.insert(table)
        .values(values)
        .on_conflict_do_nothing(index_elements=unique or None)
    )
    return bool(await transaction.run(statement.returning(*table.primary_key)))


async def change(transaction: OpenTransaction, table: Table, values: Values) -> bool:
    """Update the row with this primary key; say whether there is one."""
    key = tuple(values[column.name] for column in table.primary_key)
    statement = update(table).where(_is(table, key)).values(values)
    return bool(await transaction.run(statement.returning(*table.primary_key)))


async def put(transaction: OpenTransaction, table: Table, values: Values) -> None:
    """Insert a row, or replace the one with the same primary key."""
    keys = [column.name for column in table.primary_key]
    others = {name: value for name, value in values.items() if name not in keys}
    statement = transaction.insert(table).values(values)
    await transaction.run(statement.on_conflict_do_update(index_elements=keys, set_=others))


async def remove(transaction: OpenTransaction, table: Table, *key: object) -> None:
    """Delete the row with this primary key, if there is one."""
    await transaction.run(delete(table).where(_is(table, key)))


async def find(transaction: OpenTransaction, table: Table, *key: object) -> AnyRow | None:
    """Return the row with this primary key, or None."""
    return first(await transaction.run(select(table).where(_is(table, key))))


async def take(transaction: OpenTransaction, table: Table, *key: object) -> AnyRow | None:
    """Return the row with this primary key, locked until the transaction ends, or None."""
    query: Select[*tuple[Any, ...]] = select(table).where(_is(table, key))
    return first(await transaction.run(transaction.locked(query)))


def first(rows: Rows) -> AnyRow | None:
    """Return the first row, or None if there is none."""
    return rows[0] if rows else None


def _is(table: Table, key: tuple[object, ...]) -> ColumnElement[bool]:
    columns = list(table.primary_key)
    assert len(columns) == len(key)
    return and_(*(column == part for column, part in zip(columns, key, strict=True)))
