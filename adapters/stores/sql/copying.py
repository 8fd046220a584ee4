"""A whole store copied into another database, row by row as it is, and compared afterwards.

Every key, number, hash and instant is kept: so the chain is, and so is what answers a repeat.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime
from typing import Any

from attrs import frozen
from sqlalchemy import Table, func, insert, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from adapters.stores.sql.columns import micros_of
from adapters.stores.sql.postgres import apart, shown
from adapters.stores.sql.schema import state_of
from adapters.stores.sql.sqlite_file import held, state_of_file
from adapters.stores.sql.tables.all_tables import ALL_TABLES
from adapters.stores.sql.tables.metadata import metadata
from application.ports.store import SchemaMismatch, SchemaState

BATCH = 1000

CopyProgress = Callable[[str, int], None]
"""Told, after each batch, the table and how many of its rows have been copied or compared."""

_SQLITE = "sqlite:///"


class CopyRefused(Exception):
    """A store cannot be copied as it is asked for; nothing was written."""


class CopyDiffers(Exception):
    """What was written is not what was read; the target is to be thrown away."""


@frozen(kw_only=True)
class TableCopied:
    """A table on both sides: how many rows, and one digest over all of them in order."""

    name: str
    rows: int
    digest: str


async def copy_store(source: str, target: str, progress: CopyProgress) -> Sequence[TableCopied]:
    """Copy all rows in one transaction of the target, then read it again and compare.

    The source is read as of one snapshot and not changed. Raises StoreInUse if somebody holds
    either side, SchemaMismatch, CopyRefused if the target is not empty, CopyDiffers.
    """
    if source == target:
        raise CopyRefused("the two stores are one")
    async with _opened(source, is_source=True) as old, _opened(target, is_source=False) as new:
        await _refuse_rows(new)
        copied = [await _copied(table, old, new, progress) for table in _in_order()]
        await new.commit()
        for table, expected in zip(_in_order(), copied, strict=True):
            found = await _read(table, new, progress)
            if found != expected:
                raise CopyDiffers(f"{table.name} differs: {found} is not {expected}")
    return copied


async def digests_of(url: str) -> Sequence[TableCopied]:
    """Return every table of a store with its rows and its digest, as of one snapshot.

    Raises StoreInUse, SchemaMismatch, CopyRefused as `copy_store` does for a source.
    """
    async with _opened(url, is_source=True) as connection:
        return [await _read(table, connection, lambda *_: None) for table in _in_order()]


def _in_order() -> Sequence[Table]:
    """Return all tables, each after those that it refers to."""
    assert len(metadata.sorted_tables) == len(ALL_TABLES)
    return metadata.sorted_tables


@asynccontextmanager
async def _opened(url: str, *, is_source: bool) -> AsyncIterator[AsyncConnection]:
    opening = _sqlite if url.startswith(_SQLITE) else _postgres
    async with opening(url, is_source=is_source) as connection:
        yield connection


@asynccontextmanager
async def _sqlite(url: str, *, is_source: bool) -> AsyncIterator[AsyncConnection]:
    path = url.removeprefix(_SQLITE)
    state = await asyncio.to_thread(state_of_file, path)
    if state is not SchemaState.CURRENT:
        raise SchemaMismatch(path, state)
    with held(path):
        async with _sqlite_engine(path) as engine, engine.connect() as connection:
            await connection.exec_driver_sql("PRAGMA synchronous = FULL")
            await connection.exec_driver_sql("BEGIN" if is_source else "BEGIN IMMEDIATE")
            yield connection


@asynccontextmanager
async def _sqlite_engine(path: str) -> AsyncIterator[AsyncEngine]:
    engine = create_async_engine(f"sqlite+aiosqlite:///{path}", hide_parameters=True)
    try:
        yield engine
    finally:
        await engine.dispose()


@asynccontextmanager
async def _postgres(url: str, *, is_source: bool) -> AsyncIterator[AsyncConnection]:
    async with apart(url, "billing copy") as engine:
        seen = engine.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=is_source
        )
        async with seen.connect() as connection:
            state = await connection.run_sync(state_of)
            if state is not SchemaState.CURRENT:
                raise SchemaMismatch(shown(url), state)
            others = text(
                "SELECT pid FROM pg_stat_activity WHERE datname = current_database() "
                "AND application_name = 'billing' LIMIT 1"
            )
            pid = (await connection.execute(others)).scalar_one_or_none()
            if pid is not None:
                told = f"{shown(url)}: a service is connected (session {pid})"
                raise CopyRefused(f"{told}; stop it first")
            yield connection


async def _refuse_rows(connection: AsyncConnection) -> None:
    for table in _in_order():
        if (await connection.execute(select(table).limit(1))).first() is not None:
            raise CopyRefused(f"the target is not empty: {table.name} has rows")


async def _copied(
    table: Table, old: AsyncConnection, new: AsyncConnection, progress: CopyProgress
) -> TableCopied:
    digest, rows = hashlib.sha256(), 0
    async for batch in _batches(table, old):
        await new.execute(insert(table), list(batch))
        rows += _add(digest, table, batch)
        progress(table.name, rows)
    return TableCopied(name=table.name, rows=rows, digest=digest.hexdigest())


async def _read(table: Table, connection: AsyncConnection, progress: CopyProgress) -> TableCopied:
    count = (await connection.execute(select(func.count()).select_from(table))).scalar_one()
    digest, rows = hashlib.sha256(), 0
    async for batch in _batches(table, connection):
        rows += _add(digest, table, batch)
        progress(table.name, rows)
    assert rows == count, "a table is read from its first key to its last"
    return TableCopied(name=table.name, rows=rows, digest=digest.hexdigest())


async def _batches(
    table: Table, connection: AsyncConnection
) -> AsyncIterator[Sequence[dict[str, Any]]]:
    """Yield a table's rows in the order of its key, which is the same on both engines."""
    key = list(table.primary_key)
    last: tuple[Any, ...] | None = None
    while True:
        query = select(table).order_by(*key).limit(BATCH)
        if last is not None:
            # By the columns' types, so that instants and days are as each engine keeps them.
            query = query.where(tuple_(*key) > tuple_(*last, types=[each.type for each in key]))
        found = (await connection.execute(query)).mappings()
        batch = [dict(row) for row in found]
        if batch:
            yield batch
        if len(batch) < BATCH:
            return
        last = tuple(batch[-1][column.name] for column in key)


def _add(digest: Any, table: Table, batch: Sequence[dict[str, Any]]) -> int:
    for row in batch:
        values = [_written(row[column.name]) for column in table.columns]
        framed = "".join(f"{len(value)}:{value}" for value in values)
        digest.update(framed.encode("utf-8", "surrogatepass"))
    return len(batch)


def _written(value: Any) -> str:
    """Return a value as the digest covers it: the same text for the same value on every engine."""
    match value:
        case None:
            return "-"
        case bool():
            return "+true" if value else "+false"
        case datetime():
            return f"+{micros_of(value)}"
        case date():
            return f"+{value.isoformat()}"
        case bytes():
            return f"+{value.hex()}"
        case _:
            return f"+{value}"
